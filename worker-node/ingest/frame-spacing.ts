/** Distances that are remembered: two seconds of usual video, and half a second at least. */
const remembered = 60
/** A distance that differs from the usual one by more than this part is uneven. */
const tolerance = 0.4
/** A timestamp is rounded to a millisecond on either side. */
const roundingMs = 2
/** So many uneven ones of a hundred make the rate an uneven one; a lost frame now and then does not. */
const unevenPercent = 15

/** Tells whether a source's frames come at even distances. */
export class FrameSpacing {
  #lastMs: number | undefined
  readonly #distances: number[] = []

  /** A frame with that decode time, milliseconds of the source's own clock. */
  note(timeMs: number): void {
    const distance = timeMs - (this.#lastMs ?? timeMs)
    this.#lastMs = timeMs
    // A clock that jumped says nothing.
    if (distance <= 0 || distance > 2_000) return
    this.#distances.push(distance)
    if (this.#distances.length > remembered) this.#distances.shift()
  }

  /** Undefined until enough frames have come. */
  get varies(): boolean | undefined {
    if (this.#distances.length < remembered) return undefined
    const median = this.#distances.toSorted((a, b) => a - b)[remembered / 2]!
    const allowed = median * tolerance + roundingMs
    const uneven = this.#distances.filter((distance) => Math.abs(distance - median) > allowed)
    return uneven.length * 100 > remembered * unevenPercent
  }
}
