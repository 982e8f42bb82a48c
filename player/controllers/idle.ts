import type { ReactiveController, ReactiveControllerHost } from 'lit'

const idleAfterMs = 3_000

/** Knows whether the viewer has left pointer and keys alone for three seconds, so that the controls may go. */
export class IdleController implements ReactiveController {
  idle = false
  #host: ReactiveControllerHost & HTMLElement
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(host: ReactiveControllerHost & HTMLElement) {
    this.#host = host
    host.addController(this)
  }

  hostConnected(): void {
    for (const type of activity) this.#host.addEventListener(type, this.#onActivity)
    this.#host.addEventListener('pointerleave', this.#onLeave)
    this.#onActivity()
  }

  hostDisconnected(): void {
    for (const type of activity) this.#host.removeEventListener(type, this.#onActivity)
    this.#host.removeEventListener('pointerleave', this.#onLeave)
    clearTimeout(this.#timer)
  }

  #onActivity = (): void => {
    this.#set(false)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#set(true), idleAfterMs)
  }

  #onLeave = (event: PointerEvent): void => {
    if (event.pointerType === 'mouse') this.#set(true)
  }

  #set(idle: boolean): void {
    if (idle === this.idle) return
    this.idle = idle
    this.#host.requestUpdate()
  }
}

const activity = ['pointermove', 'pointerdown', 'keydown', 'focusin'] as const
