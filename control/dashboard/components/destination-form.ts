import { html, type TemplateResult } from 'lit'
import type { Destination } from '#schema/contracts/destination.ts'
import { Requests } from '../request-event.ts'
import { errorId, fieldError, focusFirstInvalid, formProblem } from './field.ts'
import { hideIcon, showIcon } from './icons.ts'
import { LightElement } from './light-element.ts'

const pointers = ['/name', '/url', '/stream_key']

/** Adds a destination, or changes one. Fires `done` when it is saved or given up. */
class DestinationForm extends LightElement {
  static override properties = {
    streamId: {},
    destination: { attribute: false },
    shown: { state: true },
  }
  declare streamId: string
  /** The one to change; null adds one. */
  declare destination: Destination | null
  declare shown: boolean
  readonly #requests = new Requests(this)

  constructor() {
    super()
    this.streamId = ''
    this.destination = null
    this.shown = false
  }

  protected override firstUpdated(): void {
    this.querySelector<HTMLInputElement>(this.destination ? '[name=stream_key]' : '[name=url]')?.focus()
  }

  protected override render(): TemplateResult {
    const { problem, busy } = this.#requests
    const at = this.destination?.id ?? this.streamId
    const id = { url: `url-${at}`, key: `destination-key-${at}`, name: `destination-name-${at}` }
    const wrong = (pointer: string) => problem?.fields.get(pointer)
    const about = this.destination ? 'Change this destination' : 'Add a destination'
    return html`
      <form class="box" novalidate aria-label=${about} @submit=${this.#submit} @keydown=${this.#onKey}>
        <div class="field">
          <label for=${id.url}>Address</label>
          <input id=${id.url} name="url" type="url" inputmode="url" required autocomplete="off" spellcheck="false" class="code"
            placeholder="rtmps://live.example.com/app" .defaultValue=${this.destination?.url ?? ''}
            aria-invalid=${wrong('/url') !== undefined} aria-describedby=${errorId(id.url)}>
          ${fieldError(id.url, wrong('/url'))}
        </div>
        <div class="field">
          <label for=${id.key}>Stream key</label>
          <div class="with-button">
            <input id=${id.key} name="stream_key" type=${this.shown ? 'text' : 'password'} class="code"
              ?required=${!this.destination} autocomplete="new-password" spellcheck="false" autocapitalize="off"
              placeholder=${this.destination ? 'Leave empty to keep the present key' : ''}
              aria-invalid=${wrong('/stream_key') !== undefined} aria-describedby=${errorId(id.key)}>
            <button type="button" class="plain" aria-label="Show the stream key" aria-pressed=${this.shown}
              @click=${this.#toggle}>${this.shown ? hideIcon : showIcon}</button>
          </div>
          ${fieldError(id.key, wrong('/stream_key'))}
        </div>
        <div class="field">
          <label for=${id.name}>Name <span class="quiet">if you like</span></label>
          <input id=${id.name} name="name" autocomplete="off" maxlength="120" placeholder="YouTube"
            .defaultValue=${this.destination?.name ?? ''}
            aria-invalid=${wrong('/name') !== undefined} aria-describedby=${errorId(id.name)}>
          ${fieldError(id.name, wrong('/name'))}
        </div>
        ${formProblem(problem, pointers)}
        <div class="buttons">
          <button type="button" @click=${this.#done}>Cancel</button>
          <button class="primary" aria-busy=${busy !== null}>${this.destination ? 'Save' : 'Add'}</button>
        </div>
        <p class="hint">Both are on the platform’s page for going live. The key is kept encrypted and never shown again.</p>
      </form>`
  }

  #toggle(): void {
    this.shown = !this.shown
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.#done()
  }

  #done(): void {
    this.dispatchEvent(new Event('done'))
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const form = event.target as HTMLFormElement
    const fields = new FormData(form)
    const url = String(fields.get('url'))
    const stream_key = String(fields.get('stream_key'))
    const name = String(fields.get('name')).trim() || null
    const { streamId, destination } = this
    const sent = await this.#requests.send<unknown>(
      'save',
      (api) =>
        destination
          ? api.changeDestination(streamId, destination.id, { url, name, ...(stream_key !== '' && { stream_key }) })
          : api.addDestination(streamId, { url, stream_key, name }),
      streamId,
    )
    if (sent) return this.#done()
    await this.updateComplete
    focusFirstInvalid(form)
  }
}
customElements.define('destination-form', DestinationForm)
