import type { Clock } from '#worker/fanout/clock.ts'

interface Timer {
  readonly atMs: number
  readonly action: () => void
}

/** A clock that stands still until a test moves it. Starts at 0, which is 2026-01-01T00:00:00Z. */
export class ManualClock implements Clock {
  #nowMs = 0
  readonly #timers = new Set<Timer>()

  nowMs(): number {
    return this.#nowMs
  }

  unixMs(): number {
    return Date.UTC(2026, 0, 1) + this.#nowMs
  }

  after(delayMs: number, action: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, action }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Timers that are set. */
  get pending(): number {
    return this.#timers.size
  }

  /** Moves time on and calls what falls due in its order; lets promises settle before, between and after. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms
    await settled()
    for (;;) {
      const due = [...this.#timers].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0]
      if (!due) break
      this.#timers.delete(due)
      this.#nowMs = due.atMs
      due.action()
      await settled()
    }
    this.#nowMs = endMs
    await settled()
  }
}

/** After all promises that can settle now have settled. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
