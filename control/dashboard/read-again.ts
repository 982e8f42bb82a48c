import type { ReactiveController, ReactiveControllerHost } from 'lit'

/**
 * Calls `read` once its host comes on the page, then every `everyMs`, for as long as the page can be seen; one that is
 * seen again is read at once. Never twice at the same time. `read` must not throw.
 */
export class ReadAgain implements ReactiveController {
  readonly #everyMs: number
  readonly #read: () => Promise<void>
  readonly #look = () => {
    if (document.visibilityState === 'visible') void this.now()
    else clearTimeout(this.#timer)
  }
  #timer: ReturnType<typeof setTimeout> | undefined
  #reading: Promise<void> = Promise.resolve()
  #isConnected = false

  constructor(host: ReactiveControllerHost, everyMs: number, read: () => Promise<void>) {
    this.#everyMs = everyMs
    this.#read = read
    host.addController(this)
  }

  hostConnected(): void {
    this.#isConnected = true
    document.addEventListener('visibilitychange', this.#look)
    void this.now()
  }

  hostDisconnected(): void {
    this.#isConnected = false
    document.removeEventListener('visibilitychange', this.#look)
    clearTimeout(this.#timer)
  }

  /** Reads what is there now: after what is being read already, which may be from before a change. */
  now(): Promise<void> {
    this.#reading = this.#reading.then(async () => {
      clearTimeout(this.#timer)
      await this.#read()
      if (!this.#isConnected || document.visibilityState !== 'visible') return
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => void this.now(), this.#everyMs)
    })
    return this.#reading
  }
}
