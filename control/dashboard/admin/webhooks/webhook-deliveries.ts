import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { WebhookDelivery } from '#schema/contracts/webhook.ts'
import { type DeliveryState, deliveryStates } from '#schema/enums.ts'
import { formProblem } from '../../components/field.ts'
import { LightElement } from '../../components/light-element.ts'
import '../../components/time-words.ts'
import { ReadAgain } from '../../read-again.ts'
import { Requests } from '../../request-event.ts'
import { answerWords, deliveryWords, readable } from './webhook-words.ts'

/** They are read again so often, milliseconds. */
const refreshMs = 3_000

/** What was and is to be sent to one webhook, with what it answered. */
class WebhookDeliveries extends LightElement {
  static override properties = {
    webhookId: { attribute: false },
    deliveries: { state: true },
    state: { state: true },
  }
  declare webhookId: string
  declare deliveries: readonly WebhookDelivery[] | undefined
  /** Only such; empty: all. */
  declare state: DeliveryState | ''
  readonly #requests = new Requests(this)
  readonly #reading = new Requests(this)
  readonly #reader = new ReadAgain(this, refreshMs, () => this.#read())

  constructor() {
    super()
    this.webhookId = ''
    this.state = ''
  }

  protected override render(): TemplateResult {
    return html`
      <div class="field inline">
        <label for="deliveries-${this.webhookId}">Show</label>
        <select id="deliveries-${this.webhookId}" @change=${this.#onState}>
          <option value="">all</option>
          ${deliveryStates.map((state) => html`<option value=${state}>${deliveryWords[state][1].toLowerCase()}</option>`)}
        </select>
      </div>
      ${formProblem(this.#requests.problem ?? this.#reading.problem)}
      ${this.#list()}`
  }

  #list(): TemplateResult {
    if (!this.deliveries) return html`<p class="quiet" aria-busy="true">One moment…</p>`
    if (this.deliveries.length === 0)
      return html`<p class="quiet">Nothing to show. Send a test to see how it works.</p>`
    return html`
      <ul class="deliveries">
        ${repeat(
          this.deliveries,
          ({ id }) => id,
          (delivery) => this.#delivery(delivery),
        )}
      </ul>`
  }

  #delivery(delivery: WebhookDelivery): TemplateResult {
    const { id, type, at, state, attempts, next_attempt_at, error, response, body } = delivery
    const [look, words] = deliveryWords[state]
    const isTriedAgain = state === 'waiting' && attempts > 0
    return html`
      <li>
        <details>
          <summary>
            <b>${type}</b>
            <span class="state ${look}">${isTriedAgain ? 'Tried again' : words}${
              isTriedAgain && next_attempt_at
                ? html` <time-words at=${next_attempt_at} form="until"></time-words>`
                : nothing
            }</span>
            <span class="quiet">${answerWords(delivery)}</span>
            <span class="quiet when"><time-words at=${at}></time-words></span>
          </summary>
          ${error === null ? nothing : html`<p class="problem">${error}</p>`}
          <p class="quiet">${attempts === 1 ? 'Tried once.' : `Tried ${attempts} times.`}</p>
          <h4>Sent</h4>
          <pre tabindex="0">${readable(body)}</pre>
          ${response ? html`<h4>Answer ${response.status}</h4><pre tabindex="0">${response.body || '(nothing in it)'}</pre>` : nothing}
          <button type="button" ?disabled=${state === 'sending' || type === 'webhook.test'}
            aria-busy=${this.#requests.busy === id} @click=${() => this.#replay(id)}>Send once more</button>
        </details>
      </li>`
  }

  async #onState(event: Event): Promise<void> {
    this.state = (event.target as HTMLSelectElement).value as DeliveryState | ''
    await this.#reader.now()
  }

  async #read(): Promise<void> {
    const { state } = this
    const read = await this.#reading.send('read', (api) => api.deliveries(this.webhookId, state))
    if (read && state === this.state) this.deliveries = read.answer
  }

  async #replay(id: string): Promise<void> {
    await this.#requests.send(id, (api) => api.replayDelivery(this.webhookId, id))
    await this.#reader.now()
  }
}
customElements.define('webhook-deliveries', WebhookDeliveries)
