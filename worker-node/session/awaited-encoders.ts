/**
 * An encoder that was let in has so long to begin, milliseconds: longer than any listener takes until it says itself that
 * the encoder does not come.
 */
const patienceMs = 15_000

/** Encoders that were let in and have not begun to send yet. */
export class AwaitedEncoders {
  readonly #onNobodyCame: () => void
  #count = 0
  #timer: NodeJS.Timeout | undefined

  /** `onNobodyCame`: nobody has said anything for as long as one waits. */
  constructor(onNobodyCame: () => void) {
    this.#onNobodyCame = onNobodyCame
    this.#wait()
  }

  get any(): boolean {
    return this.#count > 0
  }

  /** One was let in. */
  add(): void {
    this.#count++
    this.#wait()
  }

  /** One of them has begun, or will not come. */
  remove(): void {
    this.#count = Math.max(0, this.#count - 1)
  }

  /** Nobody is awaited any more. */
  close(): void {
    this.#count = 0
    clearTimeout(this.#timer)
  }

  #wait(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#count = 0
      this.#onNobodyCame()
    }, patienceMs)
  }
}
