import type { Readable } from 'node:stream'
import type { Sample, Track } from '../media/sample.ts'
import { audioEncoder, fragmentedMp4, quiet } from './encoders.ts'
import type { FfmpegBinary } from './ffmpeg-binary.ts'
import { type FfmpegProcess, startFfmpeg } from './ffmpeg-process.ts'
import type { GainRider } from './gain-rider.ts'
import { meterRate, type SoundBlock } from './loudness.ts'
import { Normalizer } from './normalizer.ts'
import type { MediaOutput } from './outputs.ts'
import { toS16 } from './pcm-reader.ts'
import { TimedPcmReader } from './timed-pcm.ts'
import { TrackReader } from './track-reader.ts'

export interface NormalizedAudioOptions {
  readonly ffmpeg: FfmpegBinary
  /** What the sound is encoded to, each with its own bit rate. */
  readonly outputs: readonly MediaOutput[]
  readonly signal: AbortSignal
  readonly onTrack: (output: MediaOutput, track: Track) => void
  readonly onSample: (output: MediaOutput, sample: Sample) => void
  readonly onSound: (block: SoundBlock) => void
  /** Goes on where it stood. */
  readonly rider: GainRider
}

/** Takes the raw sound of a transcode, brings it to its loudness and has it encoded by a second FFmpeg. */
export class NormalizedAudio {
  readonly encoder: FfmpegProcess
  readonly #pcm: TimedPcmReader
  readonly #normalizer: Normalizer
  #startFrame = 0

  constructor(options: NormalizedAudioOptions) {
    const { ffmpeg, outputs, signal, onSound, rider } = options
    const readers = outputs.map((output) => this.#reader(output, options))
    this.encoder = startFfmpeg({
      ...{ ffmpeg, signal, stdin: true },
      sinks: readers.map((reader) => (chunk: Buffer) => reader.push(chunk)),
      args: [
        ...[...quiet, '-probesize', '32', '-analyzeduration', '0', '-protocol_whitelist', 'pipe'],
        ...['-f', 's16le', '-ar', String(meterRate), '-ac', '2', '-i', 'pipe:0'],
        ...outputs.flatMap(({ plan }, index) => [
          '-map',
          '0:a:0',
          ...audioEncoder(plan),
          ...fragmentedMp4(`pipe:${3 + index}`),
        ]),
      ],
    })
    this.#normalizer = new Normalizer(rider, (samples) => this.encoder.stdin?.write(toS16(samples)), onSound)
    this.#pcm = new TimedPcmReader(
      (startFrame) => {
        this.#startFrame = startFrame
      },
      (samples) => this.#normalizer.push(samples),
    )
  }

  /** Takes what the transcode wrote; holds `from` back while the encoder is behind. */
  push(chunk: Uint8Array, from: Readable | undefined): void {
    this.#pcm.push(chunk)
    const { stdin } = this.encoder
    if (!stdin?.writableNeedDrain || !from) return
    from.pause()
    stdin.once('drain', () => from.resume())
  }

  #reader(output: MediaOutput, { onTrack, onSample }: NormalizedAudioOptions): TrackReader {
    let timescale: number = meterRate
    return new TrackReader(
      output.tracks[0],
      (found) => {
        timescale = found.timescale
        onTrack(output, found)
      },
      (_, sample) => {
        // The encoder counts from its own beginning, which is 10 s there.
        const laterBy = (this.#startFrame / meterRate - runStartSeconds) * timescale
        onSample(output, { ...sample, dts: sample.dts + Math.round(laterBy) })
      },
    )
  }

  /** No more sound comes: the encoder gives what it has and ends. */
  end(): void {
    if (this.encoder.stdin?.writable) this.#normalizer.end()
    this.encoder.stdin?.end()
  }
}

/** `-output_ts_offset` of every output. */
const runStartSeconds = 10
