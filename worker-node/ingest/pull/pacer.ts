import type { Run } from './transport-stamps.ts'

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
  /**
   * How late, in all, media of a live source may be handed on at its own pace after the source was held up. What is later
   * than that is handed on at once, up to the newest. Milliseconds; Infinity for files, which lose nothing.
   */
  readonly patienceMs: number
  readonly maxBytes?: number
}

/** So much media is enough, whatever its size. */
const maxAheadMs = 20_000
const defaultMaxBytes = 8 * 1024 * 1024
const runOverheadBytes = 256
/** Later than this is a hold-up, further ahead than `jumpMs` a jump of the timestamps. */
const lateMs = 400
const jumpMs = 5_000
/** Timers are no closer than this. */
const tickMs = 10

/** Hands media on at its own pace, however it comes: files at once, segments in bursts. Holds `maxBytes` or 20 s of media, and a read. */
export class Pacer {
  readonly #options: PacerOptions
  readonly #maxBytes: number
  #runs: Run[] = []
  #bytes = 0
  #full = false
  #held = false
  /** What the clock shows when media of time 0 is due; undefined before the first. */
  #zeroMs: number | undefined
  #patienceMs: number
  /** Media went out at once because it was too late for a pace. */
  #rushed = false
  #cancelTimer: (() => void) | undefined
  #wakes: (() => void)[] = []

  constructor(options: PacerOptions) {
    this.#options = options
    this.#maxBytes = options.maxBytes ?? defaultMaxBytes
    this.#patienceMs = options.patienceMs
  }

  add(runs: readonly Run[]): void {
    for (const run of runs) {
      this.#runs.push(run)
      this.#bytes += run.bytes.length + runOverheadBytes
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
    return this.#until(() => this.#runs.length === 0)
  }

  clear(): void {
    this.#stopTimer()
    this.#runs = []
    this.#bytes = 0
    this.#afterRelease()
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#wakes.push(resolve))
  }

  /** From 0 to 1, and a little more. */
  #fill(): number {
    const aheadMs = (this.#runs.at(-1)?.dueMs ?? 0) - (this.#runs[0]?.dueMs ?? 0)
    return Math.max(this.#bytes / this.#maxBytes, aheadMs / maxAheadMs)
  }

  #release(): void {
    this.#stopTimer()
    const { clock, release } = this.#options
    const nowMs = clock.nowMs()
    let taken = 0
    while (!this.#held && taken < this.#runs.length) {
      const run = this.#runs[taken]!
      const aheadMs = this.#aheadMs(run, nowMs)
      if (aheadMs > 0) {
        this.#cancelTimer = clock.after(Math.max(aheadMs, tickMs), () => this.#release())
        break
      }
      taken++
      this.#bytes -= run.bytes.length + runOverheadBytes
      release(run.bytes)
    }
    this.#runs.splice(0, taken)
    this.#afterRelease()
  }

  /** How long before `run` is due; the clock is set anew where that makes no sense. */
  #aheadMs({ dueMs }: Run, nowMs: number): number {
    this.#zeroMs ??= nowMs - dueMs
    const aheadMs = dueMs + this.#zeroMs - nowMs
    const isLate = aheadMs < -lateMs
    const isPatient = -aheadMs <= this.#patienceMs
    if (isLate && !isPatient) this.#rushed = true
    if (isLate ? !isPatient : aheadMs < jumpMs) return aheadMs
    if (isLate) this.#patienceMs += aheadMs
    this.#zeroMs = nowMs - dueMs
    return 0
  }

  #afterRelease(): void {
    if (this.#runs.length === 0 && this.#rushed) this.#rest()
    if (this.#full && this.#fill() < 0.5) {
      this.#full = false
      this.#options.onDrained()
    }
    for (const wake of this.#wakes.splice(0)) wake()
  }

  /** All that there is was handed on, late: what comes next begins a pace of its own. */
  #rest(): void {
    this.#zeroMs = undefined
    this.#rushed = false
    this.#patienceMs = this.#options.patienceMs
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
