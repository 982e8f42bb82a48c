import type { PublishFailure } from './publish-failure.ts'

/** Shortest and longest pause between two attempts, milliseconds. */
export const firstRetryMs = 1_000
export const longestRetryMs = 30_000

/** A broadcast that lasted this long was a healthy one: the back-off starts anew after it. Milliseconds. */
export const healthyBroadcastMs = 10_000

/**
 * The pause before each next attempt: none after a healthy broadcast that the platform closed, then 1, 2, 4, 8, 16, 30, 30, … seconds
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

  /** Milliseconds to wait after this failure, which ended a broadcast of `broadcastMs` (0: there was none). */
  nextDelayMs(
    broadcastMs: number,
    { error, rejected }: Pick<PublishFailure, 'rejected'> & { readonly error: { readonly code: string } },
  ): number {
    const wasHealthy = broadcastMs >= healthyBroadcastMs
    if (wasHealthy) this.#failures = 0
    if (wasHealthy && error.code === 'closed_by_platform') return 0
    const grownMs = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(this.#failures, 10))
    this.#failures++
    return Math.round((rejected ? longestRetryMs : grownMs) * (0.8 + 0.4 * this.#random()))
  }

  /** Starts anew with the shortest pause: somebody has mended something. */
  reset(): void {
    this.#failures = 0
  }
}
