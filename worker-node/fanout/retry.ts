/** Shortest and longest pause between two attempts, milliseconds. */
export const firstRetryMs = 1_000
export const longestRetryMs = 30_000

/** A broadcast that lasted this long was a healthy one: its loss is tried again at once, and the back-off starts anew. */
export const healthyBroadcastMs = 10_000

/** How an attempt, or the broadcast that it led to, came to its end. */
export interface Outcome {
  /** How long it was broadcasting; 0 where it never was. */
  readonly broadcastMs: number
  /** Refused in a way that only a person can mend. */
  readonly rejected: boolean
}

/**
 * The pause before each next attempt: none after the loss of a healthy broadcast, then 1, 2, 4, 8, 16, 30, 30, … seconds
 * with ±20 % of jitter, so that destinations which fell together do not return together. 30 s after a rejection.
 * There is no last attempt.
 */
export class Backoff {
  readonly #random: () => number
  #failures = 0

  /** `random` gives numbers from 0 to below 1, as Math.random does. */
  constructor(random: () => number = Math.random) {
    this.#random = random
  }

  /** Milliseconds to wait after this outcome. */
  nextDelayMs(outcome: Outcome): number {
    if (outcome.broadcastMs >= healthyBroadcastMs) this.#failures = 0
    const healthyLoss = outcome.broadcastMs >= healthyBroadcastMs && !outcome.rejected
    if (healthyLoss) return 0
    const grown = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(this.#failures, 10))
    this.#failures++
    return Math.round((outcome.rejected ? longestRetryMs : grown) * (0.8 + 0.4 * this.#random()))
  }

  /** Starts anew with the shortest pause: somebody has mended something. */
  reset(): void {
    this.#failures = 0
  }
}
