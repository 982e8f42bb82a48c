import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { Webhook, WebhookDelivery } from '#schema/contracts/webhook.ts'
import { QuestionEvent } from '../../components/confirm-dialog.ts'
import { formProblem } from '../../components/field.ts'
import { addIcon } from '../../components/icons.ts'
import { LightElement } from '../../components/light-element.ts'
import '../../components/time-words.ts'
import { ReadAgain } from '../../read-again.ts'
import { Requests } from '../../request-event.ts'
import './webhook-deliveries.ts'
import { type WebhookDialog, webhookSaved } from './webhook-dialog.ts'
import './webhook-dialog.ts'
import { answerWords, webhookState } from './webhook-words.ts'

/** They are read again so often, milliseconds. */
const refreshMs = 5_000

/** The addresses that are told what happens. */
class WebhooksArea extends LightElement {
  static override properties = {
    webhooks: { state: true },
    streams: { state: true },
    opened: { state: true },
    tested: { state: true },
  }
  declare webhooks: readonly Webhook[] | undefined
  declare streams: readonly LiveStream[] | undefined
  /** Whose deliveries are shown. */
  declare opened: string | null
  /** What came of the last test, by webhook. */
  declare tested: ReadonlyMap<string, WebhookDelivery>
  readonly #requests = new Requests(this)
  readonly #reading = new Requests(this)
  readonly #reader = new ReadAgain(this, refreshMs, () => this.#read())

  constructor() {
    super()
    this.opened = null
    this.tested = new Map()
    this.addEventListener(webhookSaved, () => void this.#reader.now())
  }

  protected override render(): TemplateResult {
    return html`
      <div class="area-head">
        <h2>Webhooks</h2>
        <button type="button" class="primary" @click=${() => this.#dialog?.open(null)}>${addIcon} New webhook</button>
      </div>
      <p class="lead">Addresses of yours that are told what happens, as it happens. Each message is signed.</p>
      ${formProblem(this.#requests.problem ?? this.#reading.problem)}
      ${this.#list()}
      <webhook-dialog .streams=${this.streams ?? []}></webhook-dialog>`
  }

  #list(): TemplateResult {
    if (!this.webhooks) return html`<p class="quiet" aria-busy="true">One moment…</p>`
    if (this.webhooks.length === 0)
      return html`<p class="quiet">There is none yet. Add one to get alerts into a chat, say, or to drive other programs.</p>`
    return html`
      <ul class="webhooks">
        ${repeat(
          this.webhooks,
          ({ id }) => id,
          (webhook) => this.#webhook(webhook),
        )}
      </ul>`
  }

  #webhook(webhook: Webhook): TemplateResult {
    const { id, url, description, events, live_stream_id, enabled, failing_since } = webhook
    const [look, words] = webhookState(webhook)
    const stream = this.streams?.find((each) => each.id === live_stream_id)
    const isOpened = this.opened === id
    const called = description || new URL(url).host
    return html`
      <li class="panel">
        <h3>${called}</h3>
        <p class="state ${look}">${words}${failing_since ? html` <time-words at=${failing_since} form="for"></time-words>` : nothing}</p>
        <p class="address">${url}</p>
        <p class="quiet">
          ${events.map((name) => html`<code>${name}</code> `)}
          ${live_stream_id === null ? nothing : html`of ${stream?.name ?? 'a stream that was deleted'}`}
        </p>
        ${this.#testResult(id)}
        <div class="buttons">
          <button type="button" aria-expanded=${isOpened} @click=${() => this.#open(isOpened ? null : id)}>Deliveries<span class="unseen"> to ${called}</span></button>
          <button type="button" aria-busy=${this.#requests.busy === `test ${id}`} @click=${() => this.#test(id)}>Send a test<span class="unseen"> to ${called}</span></button>
          <button type="button" @click=${() => this.#dialog?.open(webhook)}>Change<span class="unseen"> ${called}</span></button>
          <button type="button" @click=${() => this.#change(id, { enabled: !enabled })}>${enabled ? 'Switch off' : 'Switch on'}<span class="unseen"> ${called}</span></button>
          <button type="button" @click=${() => this.#rotate(webhook)}>New secret<span class="unseen"> of ${called}</span></button>
          <button type="button" class="quiet-danger" @click=${() => this.#remove(webhook)}>Delete<span class="unseen"> ${called}</span></button>
        </div>
        ${isOpened ? html`<webhook-deliveries .webhookId=${id}></webhook-deliveries>` : nothing}
      </li>`
  }

  #testResult(id: string): TemplateResult {
    const tested = this.tested.get(id)
    const words = tested && (tested.error ?? `The test was taken: ${answerWords(tested)}.`)
    return html`<p role="status" class=${tested?.error ? 'warning-words' : 'quiet'}>${words ?? nothing}</p>`
  }

  get #dialog(): WebhookDialog | null {
    return this.querySelector<WebhookDialog>('webhook-dialog')
  }

  #open(id: string | null): void {
    this.opened = id
  }

  async #read(): Promise<void> {
    const read = await this.#reading.send('read', (api) => Promise.all([api.webhooks(), this.streams ?? api.streams()]))
    if (read) [this.webhooks, this.streams] = read.answer
  }

  async #change(id: string, change: { enabled: boolean }): Promise<void> {
    await this.#requests.send(`change ${id}`, (api) => api.changeWebhook(id, change))
    await this.#reader.now()
  }

  async #test(id: string): Promise<void> {
    const sent = await this.#requests.send(`test ${id}`, (api) => api.testWebhook(id))
    if (sent) this.tested = new Map(this.tested).set(id, sent.answer)
  }

  #rotate({ id }: Webhook): void {
    this.dispatchEvent(
      new QuestionEvent({
        heading: 'Make a new secret?',
        words: 'Messages are signed with the old one as well for a day, so that you can change your receiver over.',
        confirm: 'Make a new secret',
        run: async (api) => {
          const { secret } = await api.rotateWebhookSecret(id)
          // Once the question has closed.
          setTimeout(() => void this.#dialog?.show(secret))
        },
      }),
    )
  }

  #remove({ id, url }: Webhook): void {
    this.dispatchEvent(
      new QuestionEvent({
        heading: 'Delete this webhook?',
        words: `Nothing more is sent to ${new URL(url).host}, also not what waits. Its log goes too.`,
        confirm: 'Delete',
        dangerous: true,
        run: async (api) => {
          await api.deleteWebhook(id)
          void this.#reader.now()
        },
      }),
    )
  }
}
customElements.define('webhooks-area', WebhooksArea)
