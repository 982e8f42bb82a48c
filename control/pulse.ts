/** Tells those in this process who wait for it that something in the database may be other than before. */
export interface Pulse {
  fire(): void
  /** Whether requests can wake each other; else each must look for itself. */
  readonly isShared: boolean
  /** How often it has fired: what was read at another count may be old. */
  readonly fires: number
  /** Resolves at the next fire, after `ms`, or when `signal` fires; never rejects. */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

/** Of one process that everything goes through. */
export const processPulse = (): Pulse => {
  const waiting = new Set<() => void>()
  let fires = 0
  return {
    isShared: true,
    get fires() {
      return fires
    },
    fire() {
      fires++
      for (const wake of [...waiting]) wake()
    },
    wait: (ms, signal) => pause(ms, signal, waiting),
  }
}

/** Of an isolate at the edge, which hears of nobody else and must not wake one request from within another: time alone passes. */
export const timedPulse: Pulse = {
  fire() {},
  isShared: false,
  fires: 0,
  wait: (ms, signal) => pause(ms, signal, new Set()),
}

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
