import { html, nothing, type TemplateResult } from 'lit'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { PatchWebhook, Webhook } from '#schema/contracts/webhook.ts'
import '../../components/copy-button.ts'
import { errorId, fieldError, focusFirstInvalid, formProblem } from '../../components/field.ts'
import { removeIcon } from '../../components/icons.ts'
import { LightElement } from '../../components/light-element.ts'
import { Requests } from '../../request-event.ts'
import { eventNames } from './webhook-words.ts'

/** Tells the area that a webhook was made or changed. */
export const webhookSaved = 'weir-webhook-saved'

const pointers = ['/url', '/description', '/live_stream_id'] as const

/** The dialog that makes or changes a webhook, and shows a new secret once. */
export class WebhookDialog extends LightElement {
  static override properties = {
    webhook: { state: true },
    streams: { attribute: false },
    secret: { state: true },
  }
  /** The one that is changed; null: a new one. */
  declare webhook: Webhook | null
  declare streams: readonly LiveStream[]
  /** A new secret, while it is shown. */
  declare secret: string | null
  readonly #requests = new Requests(this)

  constructor() {
    super()
    this.webhook = null
    this.streams = []
    this.secret = null
  }

  get #dialog(): HTMLDialogElement {
    return this.querySelector('dialog') as HTMLDialogElement
  }

  async open(webhook: Webhook | null): Promise<void> {
    this.webhook = webhook
    await this.updateComplete
    this.querySelector('form')?.reset()
    this.#dialog.showModal()
    this.querySelector<HTMLInputElement>('[name=url]')?.focus()
  }

  /** Shows a secret that was made elsewhere. */
  async show(secret: string): Promise<void> {
    this.secret = secret
    await this.updateComplete
    this.#dialog.showModal()
  }

  protected override render(): TemplateResult {
    return html`
      <dialog aria-labelledby="webhook-heading" @close=${this.#onClose}>
        ${this.secret === null ? this.#form() : this.#secret(this.secret)}
      </dialog>`
  }

  #form(): TemplateResult {
    const { webhook } = this
    const { problem, busy } = this.#requests
    const eventsError = [...(problem?.fields ?? [])].find(([pointer]) => pointer.startsWith('/events'))?.[1]
    return html`
      <form novalidate @submit=${this.#submit}>
        ${this.#heading(webhook ? 'Change the webhook' : 'New webhook')}
        ${this.#text('url', 'Address', webhook?.url ?? '', 'https://example.com/hooks', problem?.fields.get('/url'))}
        ${this.#text(
          'events',
          'Events',
          (webhook?.events ?? ['*']).join(', '),
          '*',
          eventsError,
          'All of them with *, or some: stream.*, destination.*, alert.*, stream.active',
        )}
        <div class="field">
          <label for="webhook-stream">Of which stream</label>
          <select id="webhook-stream" name="live_stream_id">
            <option value="">All of them, and what is about the install</option>
            ${this.streams.map(
              ({ id, name }) => html`<option value=${id} ?selected=${webhook?.live_stream_id === id}>${name}</option>`,
            )}
          </select>
          ${fieldError('webhook-stream', problem?.fields.get('/live_stream_id'))}
        </div>
        ${this.#text('description', 'What it is for', webhook?.description ?? '', 'Chat of the team', problem?.fields.get('/description'))}
        ${formProblem(problem, [...pointers, ...(problem?.fields.keys() ?? [])])}
        <div class="buttons">
          <button type="button" @click=${() => this.#dialog.close()}>Cancel</button>
          <button class="primary" aria-busy=${busy !== null}>${webhook ? 'Save' : 'Add webhook'}</button>
        </div>
      </form>`
  }

  #secret(secret: string): TemplateResult {
    return html`
      ${this.#heading('The secret of this webhook')}
      <p>Your receiver checks with it that a message is from Weir. It is shown now and never again.</p>
      <div class="field">
        <label for="webhook-secret">Secret</label>
        <div class="with-button">
          <input id="webhook-secret" class="code" readonly .value=${secret} @focus=${selectAll}>
          <copy-button .text=${secret} label="the secret"></copy-button>
        </div>
        <p class="hint">Messages are signed as <a href="https://www.standardwebhooks.com" target="_blank" rel="noreferrer">Standard
          Webhooks</a> has it: there are libraries for most languages.</p>
      </div>
      <div class="buttons"><button type="button" class="primary" @click=${() => this.#dialog.close()}>Done</button></div>`
  }

  #heading(words: string): TemplateResult {
    return html`
      <div class="dialog-head">
        <h2 id="webhook-heading" tabindex="-1">${words}</h2>
        <button type="button" class="plain" aria-label="Close" @click=${() => this.#dialog.close()}>${removeIcon}</button>
      </div>`
  }

  #text(name: string, label: string, value: string, placeholder: string, error: string | undefined, hint?: string) {
    const id = `webhook-${name}`
    return html`
      <div class="field">
        <label for=${id}>${label}</label>
        <input id=${id} name=${name} value=${value} placeholder=${placeholder} autocomplete="off"
          inputmode=${name === 'url' ? 'url' : 'text'} aria-invalid=${error !== undefined} aria-describedby=${errorId(id)}>
        ${fieldError(id, error)}
        ${hint ? html`<p class="hint">${hint}</p>` : nothing}
      </div>`
  }

  /** The secret is forgotten. */
  #onClose(): void {
    this.secret = null
    this.webhook = null
    this.#requests.forget()
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const form = event.target as HTMLFormElement
    const fields = new FormData(form)
    const text = (name: string) => String(fields.get(name) ?? '').trim()
    const body: PatchWebhook & { url: string } = {
      url: text('url'),
      events: eventNames(text('events')),
      live_stream_id: text('live_stream_id') || null,
      description: text('description'),
    }
    const id = this.webhook?.id
    const saved = await this.#requests.send('save', async (api) => {
      if (id !== undefined) await api.changeWebhook(id, body)
      return id === undefined ? (await api.createWebhook(body)).secret : null
    })
    await this.updateComplete
    if (!saved) return focusFirstInvalid(form)
    this.dispatchEvent(new Event(webhookSaved, { bubbles: true }))
    if (saved.answer === null) this.#dialog.close()
    else this.secret = saved.answer
    await this.updateComplete
    this.querySelector<HTMLElement>('#webhook-heading')?.focus()
  }
}
customElements.define('webhook-dialog', WebhookDialog)

const selectAll = (event: Event) => (event.target as HTMLInputElement).select()
