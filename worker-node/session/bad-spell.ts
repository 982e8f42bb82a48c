/** Media must have come for so long without a failure before the next one is told of as a new one, milliseconds. */
const goodAfterMs = 30_000

/** Tells the first failure of a row from those that follow it: an address is tried again and again, and people told once. */
export class BadSpell {
  #isBad = false
  #goodSinceMs: number | undefined

  /** A try failed. True: it is the first since all was well. */
  failed(nowMs: number): boolean {
    const wasGood = this.#goodSinceMs !== undefined && nowMs - this.#goodSinceMs >= goodAfterMs
    const isFirst = !this.#isBad || wasGood
    this.#isBad = true
    this.#goodSinceMs = undefined
    return isFirst
  }

  /** Media comes. */
  gaveMedia(nowMs: number): void {
    this.#goodSinceMs ??= nowMs
  }

  /** What was wrong is so no more. */
  over(): void {
    this.#isBad = false
  }
}
