const firstMs = 1_000
const longestMs = 30_000
/** What lasted this long worked: the next pause is the shortest again. Milliseconds. */
const healthyMs = 10_000

/** Pauses between two tries: 1, 2, 4, … 30 s with ±20 % of jitter. There is no last try. */
export class Backoff {
  readonly #random: () => number
  #failures = 0

  constructor(random: () => number = Math.random) {
    this.#random = random
  }

  /** Milliseconds until the next try, after one whose media lasted `lastedMs`. */
  next(lastedMs: number): number {
    if (lastedMs >= healthyMs) this.#failures = 0
    const grownMs = Math.min(longestMs / 1.2, firstMs * 2 ** Math.min(this.#failures++, 10))
    return Math.round(grownMs * (0.8 + 0.4 * this.#random()))
  }
}
