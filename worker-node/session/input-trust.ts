/** An input must have sent for so long without a break before it takes over from one that is on air, milliseconds. */
export const goodAfterMs = 10_000
/** The longest that is asked of one that fails again and again, milliseconds. */
const longestGoodMs = 160_000
/** One that was on air for so long is not to blame for how often it failed before, milliseconds. */
const provedMs = 60_000

/**
 * How long an input must be good before it takes over again. One that sends too slowly, because its line is a little too
 * thin say, would otherwise change places with its backup every half minute: it is asked for twice as long each time.
 */
export class InputTrust {
  #onAirSinceMs: number | undefined
  #failures = 0

  /** Its pictures go out now. */
  tookOver(nowMs: number): void {
    this.#onAirSinceMs ??= nowMs
  }

  /** It was on air and fell behind, though it sends. */
  failed(nowMs: number): void {
    const wasProved = this.#onAirSinceMs !== undefined && nowMs - this.#onAirSinceMs >= provedMs
    this.#failures = wasProved ? 1 : this.#failures + 1
    this.#onAirSinceMs = undefined
  }

  /** It was on air and stopped sending. */
  lost(): void {
    this.#onAirSinceMs = undefined
  }

  get goodAfterMs(): number {
    return Math.min(longestGoodMs, goodAfterMs * 2 ** Math.max(0, this.#failures - 1))
  }
}
