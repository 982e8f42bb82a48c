/** It is looked so often, milliseconds. */
const lookEveryMs = 1_000
/** A process that did nothing for this long more stood still, milliseconds. */
const standstillMs = 5_000

/**
 * Notices by the clock that this process stood still: it was stopped, its machine slept, or the clock was set on. What then
 * looks overdue is not: nobody could be heard.
 */
export class Standstill {
  readonly #onOver: () => Promise<unknown>
  readonly #timer = setInterval(() => this.#look(), lookEveryMs)
  #lookedMs = Date.now()
  #over: Promise<unknown> = Promise.resolve()

  /** `onOver` is called when it is over, before anything that waits for {@link Standstill.settled}; must not reject. */
  constructor(onOver: () => Promise<unknown>) {
    this.#onOver = onOver
  }

  /** To be awaited by whatever acts on what is overdue. */
  settled(): Promise<unknown> {
    this.#look()
    return this.#over
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const nowMs = Date.now()
    if (nowMs - this.#lookedMs > lookEveryMs + standstillMs) this.#over = this.#onOver()
    this.#lookedMs = nowMs
  }
}
