import type { Readable } from 'node:stream'
import type { EncodePlan } from '#schema/plan/plan.ts'
import type { SampleSink, Track } from '../media/sample.ts'
import { audioEncoder, fragmentedMp4, quiet } from './args.ts'
import type { FfmpegBinary } from './ffmpeg-binary.ts'
import { type FfmpegProcess, startFfmpeg } from './ffmpeg-process.ts'
import type { GainRider } from './gain-rider.ts'
import { meterRate, type SoundBlock } from './loudness.ts'
import { Normalizer } from './normalizer.ts'
import { toS16 } from './pcm-reader.ts'
import { TimedPcmReader } from './timed-pcm.ts'
import { type PlannedTrack, TrackReader } from './track-reader.ts'

export interface NormalizedAudioOptions {
  readonly ffmpeg: FfmpegBinary
  readonly plan: EncodePlan
  readonly track: PlannedTrack
  readonly signal: AbortSignal
  readonly onTrack: (track: Track) => void
  readonly onSample: SampleSink
  readonly onSound: (block: SoundBlock) => void
  /** Goes on where it stood. */
  readonly rider: GainRider
}

/** Takes the raw sound of a transcode, brings it to its loudness and has it encoded by a second FFmpeg. */
export class NormalizedAudio {
  readonly encoder: FfmpegProcess
  readonly #reader: TimedPcmReader
  readonly #normalizer: Normalizer
  #startFrame = 0

  constructor(options: NormalizedAudioOptions) {
    const { ffmpeg, plan, track, signal, onTrack, onSample, onSound, rider } = options
    let timescale: number = meterRate
    const encoded = new TrackReader(
      track,
      (found) => {
        timescale = found.timescale
        onTrack(found)
      },
      (id, sample) => {
        // The encoder counts from its own beginning, which is 10 s there.
        const laterBy = (this.#startFrame / meterRate - runStartSeconds) * timescale
        onSample(id, { ...sample, dts: sample.dts + Math.round(laterBy) })
      },
    )
    this.encoder = startFfmpeg({
      ...{ ffmpeg, signal, stdin: true, sinks: [(chunk: Buffer) => encoded.push(chunk)] },
      args: [
        ...[...quiet, '-probesize', '32', '-analyzeduration', '0', '-protocol_whitelist', 'pipe'],
        ...['-f', 's16le', '-ar', String(meterRate), '-ac', '2', '-i', 'pipe:0'],
        ...[...audioEncoder(plan), ...fragmentedMp4('pipe:3')],
      ],
    })
    this.#normalizer = new Normalizer(rider, (samples) => this.encoder.stdin?.write(toS16(samples)), onSound)
    this.#reader = new TimedPcmReader(
      (startFrame) => {
        this.#startFrame = startFrame
      },
      (samples) => this.#normalizer.push(samples),
    )
  }

  /** Takes what the transcode wrote; holds `from` back while the encoder is behind. */
  push(chunk: Uint8Array, from: Readable | undefined): void {
    this.#reader.push(chunk)
    const { stdin } = this.encoder
    if (!stdin?.writableNeedDrain || !from) return
    from.pause()
    stdin.once('drain', () => from.resume())
  }

  /** No more sound comes: the encoder gives what it has and ends. */
  end(): void {
    if (this.encoder.stdin?.writable) this.#normalizer.end()
    this.encoder.stdin?.end()
  }
}

/** `-output_ts_offset` of every output. */
const runStartSeconds = 10
