import { readAudioSpecificConfig } from '../media/aac-header.ts'
import { avcConfig, describeAvcConfig, parameterSetsIn, readParameterSets } from '../media/avc-config.ts'
import { MediaFormatError } from '../media/box-reader.ts'
import type { FlvTag } from '../media/flv-reader.ts'
import {
  type AudioTrack,
  aacFrameSamples,
  type Sample,
  type SampleSink,
  type Track,
  type VideoTrack,
  videoTimescale,
} from '../media/sample.ts'
import { SourceClock } from '../media/source-clock.ts'

const tagType = { audio: 8, video: 9 } as const
const videoHeaderBytes = 5
const audioHeaderBytes = 2
const ticksPerMs = videoTimescale / 1000
/** Runs begin at 10 s, as FFmpeg's do: room for sound that was encoded ahead of its picture. */
const runStartMs = 10_000
/** Sound stays on its own grid of frames until the timestamps say that it is this far off, milliseconds. */
const audioToleranceMs = 40
/** A picture after which none comes lasts so long, milliseconds. */
const lastPictureMs = 40

export interface FlvSamplesOptions {
  readonly videoId: string
  readonly audioId: string
  /** bit/s. */
  readonly videoBitrate: number
  readonly audioBitrate: number
  /** Usual duration of a picture, ticks. */
  readonly frameDuration: number
  /** Called once per track, before its first sample. */
  readonly onTrack: (track: Track) => void
  readonly onSample: SampleSink
}

/** The sound is no longer what the run began with: a new run must begin. */
export class SoundChanged extends Error {
  override readonly name = 'SoundChanged'
}

/**
 * Makes samples of FLV tags with H.264 and AAC-LC, without touching the media: what a passthrough sends. A picture is
 * given when the next one tells how long it lasts.
 */
export class FlvSamples {
  readonly #options: FlvSamplesOptions
  readonly #clock = new SourceClock()
  #video: VideoTrack | undefined
  #audio: AudioTrack | undefined
  #lengthBytes = 4
  #changed = false
  #held: Sample | undefined
  #nextAudioDts: number | undefined
  #audioChanged = false

  constructor(options: FlvSamplesOptions) {
    this.#options = options
  }

  /** Throws MediaFormatError for headers that can't be read, and {@link SoundChanged}. */
  take({ type, timestampMs, payload }: FlvTag): void {
    if (type === tagType.video && payload.length > videoHeaderBytes) this.#takeVideo(timestampMs, payload)
    if (type === tagType.audio && payload.length > audioHeaderBytes) this.#takeAudio(timestampMs, payload)
  }

  /** Gives the last picture. */
  end(): void {
    const held = this.#held
    this.#held = undefined
    if (held) this.#options.onSample(this.#options.videoId, { ...held, duration: lastPictureMs * ticksPerMs })
  }

  #takeVideo(timestampMs: number, payload: Buffer): void {
    if (payload[1] === 0) this.#setVideoConfig(payload.subarray(videoHeaderBytes))
    else if (payload[1] === 1 && this.#video) this.#takePicture(timestampMs, payload)
  }

  #takePicture(timestampMs: number, payload: Buffer): void {
    const keyframe = payload[0]! >> 4 === 1
    const unit = withLongLengths(payload.subarray(videoHeaderBytes), this.#lengthBytes)
    if (keyframe) this.#lookForConfig(unit)
    let dts = Math.round((this.#clock.at(timestampMs, 'video') + runStartMs) * ticksPerMs)
    const held = this.#held
    if (held) {
      dts = Math.max(dts, held.dts + 1)
      this.#options.onSample(this.#options.videoId, { ...held, duration: dts - held.dts })
    }
    const begins = keyframe && this.#changed ? this.#video : undefined
    if (begins) this.#changed = false
    this.#held = {
      dts,
      compositionOffset: payload.readIntBE(2, 3) * ticksPerMs,
      duration: 0,
      keyframe,
      payload: unit,
      ...(begins && { begins }),
    }
  }

  /** Parameter sets in the stream itself win over those of the header. */
  #lookForConfig(unit: Buffer): void {
    const sets = parameterSetsIn(unit)
    const present = sets && readParameterSets(this.#video!.decoderConfig)
    if (sets && (!present || Buffer.compare(sets.sps, present.sps) !== 0)) this.#useConfig(avcConfig(sets))
  }

  #setVideoConfig(config: Buffer): void {
    this.#lengthBytes = ((config[4] ?? 3) & 3) + 1
    const sets = readParameterSets(config)
    if (!sets) throw new MediaFormatError("The H.264 header can't be read.")
    // A record of our own: lengths of four bytes, whatever the source has.
    const own = avcConfig(sets)
    if (!this.#video || Buffer.compare(own, this.#video.decoderConfig) !== 0) this.#useConfig(own)
  }

  #useConfig(decoderConfig: Uint8Array): void {
    const found = describeAvcConfig(decoderConfig)
    if (!found) throw new MediaFormatError("The H.264 header can't be read.")
    const { videoId: id, videoBitrate: bitrate, frameDuration, onTrack } = this.#options
    const { codec, width, height } = found
    const before = this.#video
    this.#video = {
      ...{ kind: 'video', id, timescale: videoTimescale, codec, bitrate, width, height },
      ...{ frameDuration, decoderConfig, changing: true },
    }
    if (before) this.#changed = true
    else onTrack(this.#video)
  }

  #takeAudio(timestampMs: number, payload: Buffer): void {
    if (payload[1] === 0) this.#setAudioConfig(Buffer.from(payload.subarray(audioHeaderBytes)))
    else if (this.#audio) this.#takeSound(this.#audio, timestampMs, payload.subarray(audioHeaderBytes))
  }

  #takeSound(track: AudioTrack, timestampMs: number, payload: Buffer): void {
    const measured = Math.round(((this.#clock.at(timestampMs, 'audio') + runStartMs) * track.timescale) / 1000)
    const expected = this.#nextAudioDts ?? measured
    const toleranceTicks = (audioToleranceMs * track.timescale) / 1000
    const dts = Math.abs(measured - expected) > toleranceTicks ? Math.max(measured, expected) : expected
    // Sound that came twice, or so late that its place is taken.
    if (expected - measured > toleranceTicks) return
    this.#nextAudioDts = dts + aacFrameSamples
    const begins = this.#audioChanged ? track : undefined
    this.#audioChanged = false
    this.#options.onSample(this.#options.audioId, {
      ...{ dts, compositionOffset: 0, duration: aacFrameSamples, keyframe: true, payload },
      ...(begins && { begins }),
    })
  }

  #setAudioConfig(decoderConfig: Buffer): void {
    const found = readAudioSpecificConfig(decoderConfig)
    if (!found) throw new MediaFormatError("The AAC header can't be read.")
    const { sampleRate, codec, channels = 2 } = found
    const before = this.#audio
    if (before && (before.sampleRate !== sampleRate || before.codec !== codec)) throw new SoundChanged()
    if (before && Buffer.compare(before.decoderConfig, decoderConfig) === 0) return
    const { audioId: id, audioBitrate: bitrate, onTrack } = this.#options
    this.#audio = {
      ...{ kind: 'audio', id, timescale: sampleRate, codec, bitrate, sampleRate, channels },
      ...{ frameDuration: aacFrameSamples, decoderConfig },
    }
    if (before) this.#audioChanged = true
    else onTrack(this.#audio)
  }
}

/** The access unit with lengths of four bytes: itself where it has them, else a copy. */
function withLongLengths(unit: Buffer, lengthBytes: number): Buffer {
  if (lengthBytes === 4) return unit
  const parts: Buffer[] = []
  for (let at = 0; at + lengthBytes <= unit.length; ) {
    const length = unit.readUIntBE(at, lengthBytes)
    const header = Buffer.allocUnsafe(4)
    header.writeUInt32BE(length)
    parts.push(header, unit.subarray(at + lengthBytes, at + lengthBytes + length))
    at += lengthBytes + length
  }
  return Buffer.concat(parts)
}
