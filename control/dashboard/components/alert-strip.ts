import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { Alert } from '#schema/contracts/alert.ts'
import { Requests } from '../request-event.ts'
import { warningIcon } from './icons.ts'
import { LightElement } from './light-element.ts'

/** They are read again so often, milliseconds. */
const refreshMs = 10_000

/** A line with the alerts that are open and that nobody has acknowledged; nothing where there is none. */
class AlertStrip extends LightElement {
  static override properties = { alerts: { state: true } }
  declare alerts: readonly Alert[]
  readonly #requests = new Requests(this)
  #timer: ReturnType<typeof setInterval> | undefined

  constructor() {
    super()
    this.alerts = []
  }

  override connectedCallback(): void {
    super.connectedCallback()
    // The page listens once it is connected itself.
    queueMicrotask(() => void this.#read())
    this.#timer = setInterval(() => void this.#read(), refreshMs)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearInterval(this.#timer)
  }

  protected override render(): TemplateResult | typeof nothing {
    if (this.alerts.length === 0) return nothing
    return html`
      <section class="strip" aria-label="Alerts">
        <h2>${warningIcon} ${this.alerts.length === 1 ? '1 alert' : `${this.alerts.length} alerts`}</h2>
        <ul>
          ${repeat(
            this.alerts,
            ({ id }) => id,
            ({ severity, subject, detail }) => html`
              <li><a class=${severity === 'error' ? 'error' : 'warning'} href="/admin#alerts" title=${detail}><b>${subject.name}</b> ${detail}</a></li>`,
          )}
        </ul>
      </section>`
  }

  async #read(): Promise<void> {
    const read = await this.#requests.send('read', (api) => api.alerts('open'))
    if (read) this.alerts = read.answer.filter(({ acknowledged_at }) => acknowledged_at === null)
  }
}
customElements.define('alert-strip', AlertStrip)
