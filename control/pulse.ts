/** Tells those in this process who wait for it that something in the database may be other than before. */
export interface Pulse {
  fire(): void
  /** Resolves at the next fire, after `ms`, or when `signal` fires; never rejects. */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

/** Of one process that everything goes through. */
export const processPulse = (): Pulse => {
  const waiting = new Set<() => void>()
  return {
    fire() {
      for (const wake of [...waiting]) wake()
    },
    wait: (ms, signal) => pause(ms, signal, waiting),
  }
}

/** Of an isolate at the edge, which hears of nobody else and must not wake one request from within another: time alone passes. */
export const timedPulse: Pulse = { fire() {}, wait: (ms, signal) => pause(ms, signal, new Set()) }

function pause(ms: number, signal: AbortSignal, waiting: Set<() => void>): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      waiting.delete(done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    waiting.add(done)
    signal.addEventListener('abort', done)
  })
}
