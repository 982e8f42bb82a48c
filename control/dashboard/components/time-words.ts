import { html, type ReactiveController, type ReactiveControllerHost, type TemplateResult } from 'lit'
import { agoWords, spanWords, untilWords } from '../words/relative-time.ts'
import { LightElement } from './light-element.ts'

const forms = {
  /** How long it has lasted: `for 3 min`. */
  for: (at: number, now: number) => `for ${spanWords(now - at)}`,
  /** `3 min ago` */
  ago: (at: number, now: number) => agoWords(now - at),
  /** `in 3 s` */
  until: (at: number, now: number) => untilWords(at - now),
} as const

/** A time in words that stay true: `<time-words at="2026-…" form="for">`. */
class TimeWords extends LightElement {
  static override properties = { at: {}, form: {} }
  declare at: string
  declare form: keyof typeof forms

  constructor() {
    super()
    this.at = ''
    this.form = 'ago'
    this.addController(new EverySecond(this))
  }

  protected override render(): TemplateResult {
    const at = Date.parse(this.at)
    const exact = new Date(at).toLocaleString()
    return html`<time datetime=${this.at} title=${exact}>${forms[this.form](at, Date.now())}</time>`
  }
}
customElements.define('time-words', TimeWords)

/** Renders its host once a second; one timer serves the whole page. */
class EverySecond implements ReactiveController {
  static readonly #hosts = new Set<ReactiveControllerHost>()
  static #timer: ReturnType<typeof setInterval> | undefined
  readonly #host: ReactiveControllerHost

  constructor(host: ReactiveControllerHost) {
    this.#host = host
  }

  hostConnected(): void {
    EverySecond.#hosts.add(this.#host)
    EverySecond.#timer ??= setInterval(() => {
      for (const host of EverySecond.#hosts) host.requestUpdate()
    }, 1_000)
  }

  hostDisconnected(): void {
    EverySecond.#hosts.delete(this.#host)
    if (EverySecond.#hosts.size > 0) return
    clearInterval(EverySecond.#timer)
    EverySecond.#timer = undefined
  }
}
