/** Without a `timeupdate` for this long while it should play, the engine is built anew. */
export const stallLimitMs = 6_000
/** A first picture may take longer: an engine that starts has this long. */
export const startLimitMs = 12_000

const firstRetryMs = 500
const longestRetryMs = 8_000

/** Milliseconds before attempt number `attempt` (0 is the first): 0.5 s doubling to 8 s, each ± 25 %. */
export function retryDelayMs(attempt: number, random: () => number): number {
  const delayMs = Math.min(firstRetryMs * 2 ** Math.min(attempt, 10), longestRetryMs)
  return Math.round(delayMs * (0.75 + random() / 2))
}

/**
 * Tells a player that hangs from one that plays, whatever the engine believes: a crashed origin is only a
 * non-fatal stall to hls.js, for which it waits for ever. Ask it about once a second.
 */
export class Watchdog {
  #nowMs: () => number
  #progressAtMs: number
  #limitMs = startLimitMs

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
    this.#progressAtMs = nowMs()
  }

  /** An engine starts: its first picture has {@link startLimitMs}. */
  started(): void {
    this.#limitMs = startLimitMs
    this.#progressAtMs = this.#nowMs()
  }

  /** Time moved in the media element. */
  progressed(): void {
    this.#limitMs = stallLimitMs
    this.#progressAtMs = this.#nowMs()
  }

  /** Nothing is expected to move now (paused, hidden): count from here. */
  excused(): void {
    this.#progressAtMs = this.#nowMs()
  }

  get stalled(): boolean {
    return this.#nowMs() - this.#progressAtMs > this.#limitMs
  }
}

/** Allows a cure at most `limit` times within `windowMs`. */
export class Allowance {
  #limit: number
  #windowMs: number
  #usedAtMs: number[] = []

  constructor(limit: number, windowMs: number) {
    this.#limit = limit
    this.#windowMs = windowMs
  }

  take(nowMs: number): boolean {
    this.#usedAtMs = this.#usedAtMs.filter((usedAtMs) => nowMs - usedAtMs < this.#windowMs)
    if (this.#usedAtMs.length >= this.#limit) return false
    this.#usedAtMs.push(nowMs)
    return true
  }
}
