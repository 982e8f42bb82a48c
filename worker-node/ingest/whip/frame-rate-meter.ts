/** Frames that are remembered. */
const remembered = 60
/** Enough to tell a rate. */
const enough = 10
/** Cameras have these; what is near one of them is one of them. */
const usualRates = [24, 25, 30, 50, 60]
const tolerance = 0.06

/** Measures how many frames a second come, by their own times. */
export class FrameRateMeter {
  readonly #timesMs: number[] = []

  note(timeMs: number): void {
    this.#timesMs.push(timeMs)
    if (this.#timesMs.length > remembered) this.#timesMs.shift()
  }

  get isKnown(): boolean {
    return this.#timesMs.length > enough
  }

  /** Over the last frames, to a tenth; null before there are enough. */
  get framesPerSecond(): number | null {
    const [first = 0] = this.#timesMs
    const lastMs = (this.#timesMs.at(-1) ?? 0) - first
    if (!this.isKnown || lastMs <= 0) return null
    return Math.round(((this.#timesMs.length - 1) / lastMs) * 10_000) / 10
  }

  /**
   * The usual rate that the median interval stands for, or null. A shared screen sends what changes and a camera in the
   * dark half its frames: that is no rate to encode at.
   */
  get usualRate(): number | null {
    if (!this.isKnown) return null
    const intervals = this.#timesMs.slice(1).map((timeMs, index) => timeMs - (this.#timesMs[index] ?? 0))
    const median = intervals.sort((a, b) => a - b)[intervals.length >> 1] ?? 0
    return usualRates.find((rate) => Math.abs((median * rate) / 1_000 - 1) < tolerance) ?? null
  }
}
