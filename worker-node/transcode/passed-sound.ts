import type { AudioTrack, Sample } from '../media/sample.ts'
import { quiet } from './encoders.ts'
import type { FfmpegBinary } from './ffmpeg-binary.ts'
import { type FfmpegProcess, startFfmpeg } from './ffmpeg-process.ts'
import { LoudnessMeter, meterRate, type SoundBlock } from './loudness.ts'
import { PcmReader } from './pcm-reader.ts'

/** Frames that are handed over at once: a third of a second, so that the pipes cost less than the decoding. */
const framesAtOnce = 16
/** A decoder that is this far behind misses what comes, bytes: some 15 s. */
const maxBehindBytes = 256 * 1024

export interface PassedSoundOptions {
  readonly ffmpeg: FfmpegBinary
  readonly signal: AbortSignal
  readonly onSound: (block: SoundBlock) => void
}

/** Listens to AAC that goes out as it came: an FFmpeg decodes it for nothing but its loudness. */
export class PassedSound {
  readonly #options: PassedSoundOptions
  #ffmpeg: FfmpegProcess | undefined
  #header: Uint8Array | undefined
  #frames: Uint8Array[] = []

  constructor(options: PassedSoundOptions) {
    this.#options = options
  }

  /** The sound that follows is like this. */
  begin(track: AudioTrack): void {
    this.#header = adtsHeader(track.decoderConfig)
    if (!this.#header) return
    const meter = new LoudnessMeter(this.#options.onSound)
    const reader = new PcmReader((samples) => meter.push(samples))
    this.#ffmpeg ??= startFfmpeg({
      ...{ ffmpeg: this.#options.ffmpeg, signal: this.#options.signal, stdin: true },
      args: [
        ...[...quiet, '-probesize', '2000', '-analyzeduration', '0', '-protocol_whitelist', 'pipe'],
        ...['-f', 'aac', '-i', 'pipe:0', '-ar', String(meterRate), '-ac', '2', '-f', 's16le', 'pipe:3'],
      ],
      sinks: [(chunk) => reader.push(chunk)],
    })
  }

  /** One AAC frame. */
  sample({ payload }: Sample): void {
    if (!this.#header) return
    this.#frames.push(withLength(this.#header, payload.length), payload)
    if (this.#frames.length < 2 * framesAtOnce) return
    const stdin = this.#ffmpeg?.stdin
    if (stdin?.writable && stdin.writableLength < maxBehindBytes) stdin.write(Buffer.concat(this.#frames))
    this.#frames = []
  }

  /** Resolves when the decoder is gone. */
  async end(): Promise<void> {
    await this.#ffmpeg?.stop()
  }
}

const headerBytes = 7

/**
 * The header of an ADTS frame (ISO/IEC 13818-7 §6.2) for what an AudioSpecificConfig tells: profile, sampling frequency
 * index and channel configuration stand in both. Undefined for what ADTS can't say.
 */
function adtsHeader(config: Uint8Array): Uint8Array | undefined {
  const [first = 0, second = 0] = config
  const objectType = first >> 3
  const frequencyIndex = ((first & 7) << 1) | (second >> 7)
  const channels = (second >> 3) & 15
  if (objectType < 1 || objectType > 4 || frequencyIndex > 12 || channels > 7) return undefined
  const profile = objectType - 1
  return Uint8Array.of(
    0xff,
    0xf1,
    (profile << 6) | (frequencyIndex << 2) | (channels >> 2),
    (channels & 3) << 6,
    0,
    0x1f,
    0xfc,
  )
}

/** The header of one frame with so many bytes of payload. */
function withLength(header: Uint8Array, payloadBytes: number): Uint8Array {
  const bytes = headerBytes + payloadBytes
  const framed = Uint8Array.from(header)
  framed[3]! |= (bytes >> 11) & 3
  framed[4] = (bytes >> 3) & 0xff
  framed[5]! |= (bytes & 7) << 5
  return framed
}
