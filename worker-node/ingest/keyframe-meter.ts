/** Intervals that are remembered. */
const remembered = 5

/** Measures the distance of a source's keyframes. */
export class KeyframeMeter {
  #lastMs: number | undefined
  readonly #intervalsMs: number[] = []

  /** A keyframe with that decode time, milliseconds of the source's own clock. */
  note(timeMs: number): void {
    const intervalMs = timeMs - (this.#lastMs ?? timeMs)
    this.#lastMs = timeMs
    // A clock that jumped says nothing.
    if (intervalMs <= 0 || intervalMs > 60_000) return
    this.#intervalsMs.push(intervalMs)
    if (this.#intervalsMs.length > remembered) this.#intervalsMs.shift()
  }

  /** The longest of the last five, seconds, to the hundredth; null before the second keyframe. */
  get longestSeconds(): number | null {
    return this.#intervalsMs.length === 0 ? null : Math.round(Math.max(...this.#intervalsMs) / 10) / 100
  }
}
