import type { SourceDescription } from '#schema/contracts/source.ts'
import { type AacHeader, readAudioSpecificConfig } from '../../media/aac-header.ts'
import { type H264Header, readAvcConfig } from '../../media/h264-header.ts'
import { h264Profile } from '../../media/h264-profile.ts'
import type { Amf0Object, Amf0Value } from '../../rtmp/amf0.ts'
import { BitrateMeter } from '../bitrate-meter.ts'
import { FrameSpacing } from '../frame-spacing.ts'
import { KeyframeMeter } from '../keyframe-meter.ts'

/** Frame rates that can be true; VFR encoders write their time base into the VUI. */
const fpsRange = { from: 1, to: 240 } as const
/** Video timestamps from which a frame rate is measured. */
const measuredFrames = 15

/** Learns what a source sends: from its codec headers first, then its metadata, then its timestamps. */
export class SourceDescriber {
  #metadata: Amf0Object = {}
  #video: H264Header | undefined
  #audio: AacHeader | undefined
  #isHeard = false
  #videoTimes: number[] = []
  #hasBFrames = false
  #keyframeCompositionMs = 0
  readonly #keyframes = new KeyframeMeter()
  readonly #spacing = new FrameSpacing()
  readonly #bitrate = new BitrateMeter()

  /** The properties of `onMetaData`; a later one replaces an earlier. */
  metadata(properties: Amf0Object): void {
    this.#metadata = properties
  }

  /** An AVCDecoderConfigurationRecord. False when it can't be read; what was known before then stays. */
  videoHeader(config: Uint8Array): boolean {
    const header = readAvcConfig(config)
    if (header !== undefined) this.#video = header
    return header !== undefined
  }

  /** An AudioSpecificConfig. False when it can't be read; what was known before then stays. */
  audioHeader(config: Uint8Array): boolean {
    const header = readAudioSpecificConfig(config)
    if (header !== undefined) this.#audio = header
    return header !== undefined
  }

  /** A frame of sound. A header alone is a promise that some encoders keep late, or never. */
  audioFrame(): void {
    this.#isHeard = true
  }

  /** A video frame: decode time and composition time offset, ms. */
  videoFrame(timestampMs: number, isKeyframe: boolean, compositionMs: number): void {
    if (this.#videoTimes.length < measuredFrames) this.#videoTimes.push(timestampMs)
    if (isKeyframe) this.#keyframes.note(timestampMs)
    this.#keyframes.noteFrame(timestampMs)
    this.#spacing.note(timestampMs)
    // Without B-frames every frame waits equally long from decoding to display, up to the rounding of times.
    if (!isKeyframe && Math.abs(compositionMs - this.#keyframeCompositionMs) > 2) this.#hasBFrames = true
    if (isKeyframe) this.#keyframeCompositionMs = compositionMs
  }

  /** Bytes of media have come. */
  media(bytes: number, nowMs: number): void {
    this.#bitrate.add(bytes, nowMs)
  }

  /** Whether picture size, frame rate and sound are all known. */
  get complete(): boolean {
    return this.#video !== undefined && this.#audio !== undefined && this.#isHeard && this.#fps() !== null
  }

  describe(nowMs: number): SourceDescription {
    const { varies } = this.#spacing
    const { encoder, audiochannels, stereo } = this.#metadata
    const channels = this.#audio?.channels ?? positive(audiochannels) ?? (stereo === false ? 1 : 2)
    return {
      protocol: 'rtmp',
      video: this.#video
        ? {
            codec: 'h264',
            profile: h264Profile(this.#video.codec),
            width: this.#video.width,
            height: this.#video.height,
            fps: this.#fps(),
            keyframe_interval_s: this.#keyframes.longestSeconds,
            b_frames: this.#hasBFrames,
            ...(varies !== undefined && { frame_rate_varies: varies }),
          }
        : null,
      audio:
        this.#audio && this.#isHeard
          ? { codec: aacName(this.#audio.codec), sample_rate: this.#audio.sampleRate, channels }
          : null,
      bitrate_kbps: this.#bitrate.kbps(nowMs),
      encoder: readableName(encoder),
    }
  }

  #fps(): number | null {
    const said = credibleFps(this.#metadata.framerate) ?? credibleFps(this.#metadata.videoframerate)
    return said ?? credibleFps(this.#video?.fps) ?? this.#measuredFps()
  }

  #measuredFps(): number | null {
    const first = this.#videoTimes[0]
    const last = this.#videoTimes.at(-1)
    if (first === undefined || last === undefined || this.#videoTimes.length < measuredFrames) return null
    const fps = ((measuredFrames - 1) * 1000) / (last - first)
    const whole = Math.round(fps)
    // Timestamps are rounded to 1 ms: over 14 frames a whole rate comes out within 1 %.
    return credibleFps(Math.abs(fps - whole) < 0.01 * whole ? whole : Math.round(fps * 1000) / 1000)
  }
}

function credibleFps(value: Amf0Value): number | null {
  const fps = typeof value === 'string' ? Number(value) : value
  return typeof fps === 'number' && fps >= fpsRange.from && fps <= fpsRange.to ? fps : null
}

/** Plain AAC-LC, or one of the others (HE-AAC and its kin). */
const aacName = (codec: string) => (codec === 'mp4a.40.2' ? 'aac' : 'he_aac')

function positive(value: Amf0Value): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 64 ? value : undefined
}

/** A name from outside, fit for a page: at most 120 characters, none of them control characters. */
function readableName(value: Amf0Value): string | null {
  if (typeof value !== 'string') return null
  return value.replace(/\p{Cc}/gu, '').slice(0, 120) || null
}
