/** The meter counts in blocks of this, seconds: the hop of both the momentary loudness and the gate (EBU Tech 3341 §2.2). */
export const blockSeconds = 0.1
/** Sample rate that the filters below are made for, Hz. */
export const meterRate = 48_000
/** Blocks of the momentary loudness: 400 ms. */
const momentaryBlocks = 4

/** A tenth of a second of sound, measured. */
export interface SoundBlock {
  /** K-weighted mean square of the last 400 ms, summed over the channels: see {@link toLufs}. */
  readonly power: number
  /** Largest sample of the block itself, 0 to 1 (full scale). */
  readonly peak: number
}

/** LUFS of a K-weighted mean square (ITU-R BS.1770-4, Annex 1, equation 2); −∞ for silence. */
export const toLufs = (power: number): number => 10 * Math.log10(power) - 0.691
/** The K-weighted mean square of a loudness. */
export const fromLufs = (lufs: number): number => 10 ** ((lufs + 0.691) / 10)

/** Measures stereo sound of 48 kHz by ITU-R BS.1770-4: one block for each tenth of a second. */
export class LoudnessMeter {
  readonly #onBlock: (block: SoundBlock) => void
  readonly #left = new KWeighting()
  readonly #right = new KWeighting()
  readonly #hops = new Float64Array(momentaryBlocks)
  #hop = 0
  #frames = 0
  #sum = 0
  #peak = 0

  constructor(onBlock: (block: SoundBlock) => void) {
    this.#onBlock = onBlock
  }

  /** Interleaved samples, left and right, each −1 to 1. */
  push(samples: Float32Array): void {
    for (let at = 0; at + 1 < samples.length; at += 2) this.#take(samples[at]!, samples[at + 1]!)
  }

  #take(left: number, right: number): void {
    const l = this.#left.next(left)
    const r = this.#right.next(right)
    this.#sum += l * l + r * r
    this.#peak = Math.max(this.#peak, Math.abs(left), Math.abs(right))
    if (++this.#frames === blockSeconds * meterRate) this.#finishBlock()
  }

  #finishBlock(): void {
    this.#hops[this.#hop++ % momentaryBlocks] = this.#sum / this.#frames
    const power = this.#hops.reduce((sum, hop) => sum + hop, 0) / Math.min(this.#hop, momentaryBlocks)
    const peak = this.#peak
    this.#sum = 0
    this.#frames = 0
    this.#peak = 0
    this.#left.settle()
    this.#right.settle()
    this.#onBlock({ power, peak })
  }
}

/** The K-weighting of one channel at 48 kHz: a high shelf, then a high pass (Annex 1, tables 1 and 2). */
class KWeighting {
  #shelf1 = 0
  #shelf2 = 0
  #pass1 = 0
  #pass2 = 0

  next(x: number): number {
    const shelved = 1.53512485958697 * x + this.#shelf1
    this.#shelf1 = -2.69169618940638 * x + 1.69065929318241 * shelved + this.#shelf2
    this.#shelf2 = 1.19839281085285 * x - 0.73248077421585 * shelved
    const y = shelved + this.#pass1
    this.#pass1 = -2 * shelved + 1.99004745483398 * y + this.#pass2
    this.#pass2 = shelved - 0.99007225036621 * y
    return y
  }

  /** What dies away in silence becomes numbers so small that the processor is slow with them. */
  settle(): void {
    if (Math.abs(this.#pass1) + Math.abs(this.#pass2) > 1e-12) return
    this.#shelf1 = 0
    this.#shelf2 = 0
    this.#pass1 = 0
    this.#pass2 = 0
  }
}
