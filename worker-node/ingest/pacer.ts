/** Media that goes out together, and when it is due on its own clock. */
export interface TimedBytes {
  readonly dueMs: number
  readonly bytes: Buffer
}

/** Time for a pacer. */
export interface PacerClock {
  /** Monotonic milliseconds. */
  nowMs(): number
  /** Calls `action` once after `delayMs`; gives its cancellation. */
  after(delayMs: number, action: () => void): () => void
}

export interface PacerOptions {
  readonly clock: PacerClock
  /** Takes what is due. */
  readonly release: (bytes: Buffer) => void
  /** It holds enough: stop adding. */
  readonly onFull: () => void
  /** It holds half of that. */
  readonly onDrained: () => void
  /** Live media makes up for a delay that is needed no more; of a file nothing is hurried. */
  readonly isLive: boolean
  /** So much goes out at once at the start, so that a decoder has something to begin with. Milliseconds; 0 unless given. */
  readonly leadMs?: number
  readonly maxBytes?: number
}

/** So much media is enough, whatever its size. */
const maxAheadMs = 20_000
const defaultMaxBytes = 8 * 1024 * 1024
const overheadBytes = 256
/** Later than this is a hold-up, further ahead than `jumpMs` a jump of the timestamps. */
const lateMs = 400
const jumpMs = 5_000
/** When at least `excessMs` more than needed has waited for `watchMs`, all but `reserveMs` goes out at once. */
const excessMs = 4_000
const reserveMs = 1_500
const watchMs = 10_000
/** Timers are no closer than this. */
const tickMs = 10

/**
 * Hands media on at its own pace, however it comes: files at once, segments in lumps. So a pause of the source is seen when
 * it happens, and a decoder is not flooded. What comes too late moves everything after it back by as much. Holds `maxBytes`
 * or 20 s of media, and a read.
 */
export class Pacer {
  readonly #options: PacerOptions
  readonly #maxBytes: number
  #waiting: TimedBytes[] = []
  #bytes = 0
  #full = false
  #held = false
  /** What the clock shows when media of time 0 is due; undefined before the first. */
  #zeroMs: number | undefined
  /** Media before this time goes out at once. */
  #atOnceUntilMs = Number.NEGATIVE_INFINITY
  #leastReserveMs = Number.POSITIVE_INFINITY
  #watchedSinceMs = 0
  #cancelTimer: (() => void) | undefined
  #wakes: (() => void)[] = []

  constructor(options: PacerOptions) {
    this.#options = options
    this.#maxBytes = options.maxBytes ?? defaultMaxBytes
  }

  add(media: readonly TimedBytes[]): void {
    for (const each of media) {
      this.#waiting.push(each)
      this.#bytes += each.bytes.length + overheadBytes
    }
    if (!this.#full && this.#fill() > 1) {
      this.#full = true
      this.#options.onFull()
    }
    if (!this.#cancelTimer) this.#release()
  }

  /** Stops handing on until `resume`: whoever takes it has enough. */
  hold(): void {
    this.#held = true
    this.#stopTimer()
  }

  resume(): void {
    this.#held = false
    this.#release()
  }

  /** Whether it holds enough. */
  get full(): boolean {
    return this.#full
  }

  /** Resolves when it is no longer full. */
  room(): Promise<void> {
    return this.#until(() => !this.#full)
  }

  /** Resolves when all that was added has been handed on, or thrown away by `clear`. */
  drained(): Promise<void> {
    return this.#until(() => this.#waiting.length === 0)
  }

  clear(): void {
    this.#stopTimer()
    this.#waiting = []
    this.#bytes = 0
    this.#afterRelease()
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#wakes.push(resolve))
  }

  /** From 0 to 1, and a little more. */
  #fill(): number {
    const aheadMs = (this.#waiting.at(-1)?.dueMs ?? 0) - (this.#waiting[0]?.dueMs ?? 0)
    return Math.max(this.#bytes / this.#maxBytes, aheadMs / maxAheadMs)
  }

  #release(): void {
    this.#stopTimer()
    const { clock, release, isLive } = this.#options
    const nowMs = clock.nowMs()
    if (isLive) this.#shedExcess(nowMs)
    let taken = 0
    while (!this.#held && taken < this.#waiting.length) {
      const next = this.#waiting[taken]!
      const aheadMs = this.#aheadMs(next, nowMs)
      if (aheadMs > 0) {
        this.#cancelTimer = clock.after(Math.max(aheadMs, tickMs), () => this.#release())
        break
      }
      taken++
      this.#bytes -= next.bytes.length + overheadBytes
      release(next.bytes)
    }
    this.#waiting.splice(0, taken)
    this.#afterRelease()
  }

  /** How long before `media` is due; the clock is set anew where that makes no sense. */
  #aheadMs({ dueMs }: TimedBytes, nowMs: number): number {
    this.#zeroMs ??= this.#begin(dueMs, nowMs)
    if (dueMs < this.#atOnceUntilMs) return 0
    this.#atOnceUntilMs = Number.NEGATIVE_INFINITY
    const aheadMs = dueMs + this.#zeroMs - nowMs
    if (aheadMs >= -lateMs && aheadMs < jumpMs) return aheadMs
    this.#zeroMs = nowMs - dueMs
    return 0
  }

  #begin(dueMs: number, nowMs: number): number {
    this.#watchedSinceMs = nowMs
    this.#atOnceUntilMs = dueMs + (this.#options.leadMs ?? 0)
    return nowMs - this.#atOnceUntilMs
  }

  #shedExcess(nowMs: number): void {
    const last = this.#waiting.at(-1)
    const zeroMs = this.#zeroMs ?? nowMs
    this.#leastReserveMs = Math.min(this.#leastReserveMs, last === undefined ? 0 : last.dueMs + zeroMs - nowMs)
    if (nowMs - this.#watchedSinceMs < watchMs) return
    if (this.#leastReserveMs > excessMs) {
      this.#zeroMs = zeroMs - (this.#leastReserveMs - reserveMs)
      this.#atOnceUntilMs = nowMs - this.#zeroMs
    }
    this.#leastReserveMs = Number.POSITIVE_INFINITY
    this.#watchedSinceMs = nowMs
  }

  #afterRelease(): void {
    if (this.#full && this.#fill() < 0.5) {
      this.#full = false
      this.#options.onDrained()
    }
    for (const wake of this.#wakes.splice(0)) wake()
  }

  #stopTimer(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }
}

export const systemPacerClock: PacerClock = {
  nowMs: () => performance.now(),
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs)
    return () => clearTimeout(timer)
  },
}
