/** Intervals that are remembered. */
const remembered = 5
/** A distance that need not end to be told, milliseconds. */
const longMs = 10_000

/** Measures the distance of a source's keyframes. */
export class KeyframeMeter {
  #lastMs: number | undefined
  #frameMs = 0
  readonly #intervalsMs: number[] = []

  /** Any frame: how long the last keyframe has been ago counts too, where no other comes. */
  noteFrame(timeMs: number): void {
    this.#frameMs = timeMs
  }

  /** A keyframe with that decode time, milliseconds of the source's own clock. */
  note(timeMs: number): void {
    const intervalMs = timeMs - (this.#lastMs ?? timeMs)
    this.#lastMs = timeMs
    // A clock that jumped says nothing.
    if (intervalMs <= 0 || intervalMs > 60_000) return
    this.#intervalsMs.push(intervalMs)
    if (this.#intervalsMs.length > remembered) this.#intervalsMs.shift()
  }

  /** The longest of the last five, seconds, to the hundredth; null before the second keyframe, or ten seconds. */
  get longestSeconds(): number | null {
    const openMs = this.#frameMs - (this.#lastMs ?? this.#frameMs)
    const known = [...this.#intervalsMs, ...(openMs > longMs ? [openMs] : [])]
    return known.length === 0 ? null : Math.round(Math.max(...known) / 10) / 100
  }
}
