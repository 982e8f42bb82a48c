/** The two kinds of media that Weir carries. */
export type TrackKind = 'video' | 'audio'

/**
 * One access unit: the only currency downstream of FFmpeg. Splicer, packager and publishers pass the same object
 * by reference; nobody copies or writes to `payload`.
 */
export interface Sample {
  /** Decode time in ticks of its track's timescale. Before the splicer: the run's own clock. After it: the session's. */
  readonly dts: number
  /** Composition time offset (PTS − DTS), ticks. */
  readonly compositionOffset: number
  /** Ticks. */
  readonly duration: number
  readonly keyframe: boolean
  /** H.264 in AVCC form (4-byte lengths, ISO/IEC 14496-15) or one raw AAC frame (no ADTS). */
  readonly payload: Uint8Array
  /** Set on the first sample that needs another decoder configuration than the one before it: from here on this holds. */
  readonly begins?: Track
}

/** What never changes about a track while it lasts. */
interface TrackBase {
  /** `720p`, `audio`: unique in the session, safe in a URL. */
  readonly id: string
  /** Ticks per second. */
  readonly timescale: number
  /** RFC 6381, e.g. `avc1.4d401f`, `mp4a.40.2`. */
  readonly codec: string
  /** Bit rate that the encoder was told, bit/s. */
  readonly bitrate: number
}

export interface VideoTrack extends TrackBase {
  readonly kind: 'video'
  /** Pixels. */
  readonly width: number
  readonly height: number
  /** Ticks per frame; constant frame rate. */
  readonly frameDuration: number
  /** AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1), the body of `avcC`. */
  readonly decoderConfig: Uint8Array
  /**
   * Somebody else's encode (passthrough): durations vary and `frameDuration` is only usual, keyframes come when they
   * come, and the configuration may change in mid-stream.
   */
  readonly changing?: boolean
}

export interface AudioTrack extends TrackBase {
  readonly kind: 'audio'
  /** Hz; equals `timescale`. */
  readonly sampleRate: number
  readonly channels: number
  /** Ticks per frame: 1024 for AAC-LC. */
  readonly frameDuration: number
  /** AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1), the DecoderSpecificInfo inside `esds`. */
  readonly decoderConfig: Uint8Array
}

export type Track = VideoTrack | AudioTrack

/** Takes a sample of one track; what every stage downstream of FFmpeg offers to the stage before it. */
export type SampleSink = (trackId: string, sample: Sample) => void

/** Timescale of all video tracks, ticks per second. */
export const videoTimescale = 90_000
/** Sample rate and timescale of all audio tracks. */
export const audioTimescale = 48_000
/** Samples in one AAC-LC frame. */
export const aacFrameSamples = 1024
