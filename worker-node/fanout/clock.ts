/** Time as the fan-out sees it; tests hand in one that they move by hand. */
export interface Clock {
  /** Milliseconds that never go back; for intervals. */
  nowMs(): number
  /** Milliseconds of Unix time; for what people read. */
  unixMs(): number
  /** Calls `action` once after `delayMs`; gives a function that calls it off. */
  after(delayMs: number, action: () => void): () => void
}

/** The machine's own clock. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  unixMs: () => Date.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, delayMs)
    return () => clearTimeout(timer)
  },
}
