import { type Box, BoxReader, childBoxes, MediaFormatError } from '../media/box-reader.ts'
import { readDecodeTime } from '../media/fragment.ts'
import { PcmReader } from './pcm-reader.ts'

/** Sound may lie this far from where it is expected before it is moved, frames: 10 ms. */
const toleranceFrames = 480
/** No pause of the source's clock is longer: frames, 3 s. */
const longestPauseFrames = 144_000

/**
 * Reads raw stereo sound (s16le, 48 kHz) in fragmented QuickTime, which says when it is, and gives it without gap and
 * overlap from its first moment on.
 */
export class TimedPcmReader {
  readonly #boxes = new BoxReader((box) => this.#read(box))
  readonly #onSamples: (samples: Float32Array) => void
  readonly #onStart: (startFrame: number) => void
  readonly #pcm: PcmReader
  #next: number | undefined
  #time = 0

  /** `onStart` is told once when the first sample is, in frames. */
  constructor(onStart: (startFrame: number) => void, onSamples: (samples: Float32Array) => void) {
    this.#onStart = onStart
    this.#onSamples = onSamples
    this.#pcm = new PcmReader((samples) => this.#place(samples))
  }

  /** Throws MediaFormatError. */
  push(chunk: Uint8Array): void {
    this.#boxes.push(chunk)
  }

  #read({ type, body }: Box): void {
    if (type === 'moof') this.#time = timeOf(body)
    else if (type === 'mdat') this.#pcm.push(body)
  }

  #place(samples: Float32Array): void {
    if (this.#next === undefined) this.#onStart(this.#time)
    const next = this.#next ?? this.#time
    const ahead = this.#time - next
    this.#next = next
    if (ahead > toleranceFrames) this.#give(new Float32Array(Math.min(ahead, longestPauseFrames) * 2))
    this.#give(ahead < -toleranceFrames ? samples.subarray(-ahead * 2) : samples)
  }

  #give(samples: Float32Array): void {
    this.#next! += samples.length / 2
    if (samples.length > 0) this.#onSamples(samples)
  }
}

/** The decode time of a movie fragment of one track, ISO/IEC 14496-12 §8.8.12. */
function timeOf(moof: Uint8Array): number {
  for (const traf of childBoxes(moof))
    if (traf.type === 'traf')
      for (const box of childBoxes(traf.body)) if (box.type === 'tfdt') return readDecodeTime(box.body)
  throw new MediaFormatError('A movie fragment does not say when it is.')
}
