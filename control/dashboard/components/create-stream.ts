import { html, nothing, type TemplateResult } from 'lit'
import type { StreamDefaults } from '#schema/contracts/settings.ts'
import { type InputType, inputTypes, latencyModes } from '#schema/enums.ts'
import type { LiveStreamWithKey, NewLiveStream } from '../api.ts'
import { newInput } from '../input-request.ts'
import { Requests } from '../request-event.ts'
import { inputKinds } from '../words/input-words.ts'
import { latencyWords, reconnectWindows } from '../words/stream-words.ts'
import { choice } from './choices.ts'
import './encoder-panel.ts'
import { errorId, fieldError, focusFirstInvalid, formProblem } from './field.ts'
import { removeIcon } from './icons.ts'
import { inputFields, inputPointers } from './input-fields.ts'
import { LightElement } from './light-element.ts'

/** The dialog that makes a live stream and then says how to feed it. */
export class CreateStream extends LightElement {
  static override properties = {
    made: { state: true },
    type: { state: true },
    alwaysOn: { state: true },
    defaults: { state: true },
  }
  declare made: LiveStreamWithKey | null
  declare type: InputType
  declare alwaysOn: boolean
  /** What the install wants new streams to start with. */
  declare defaults: Pick<StreamDefaults, 'latency_mode' | 'reconnect_window'>
  readonly #requests = new Requests(this)
  readonly #reading = new Requests(this)

  constructor() {
    super()
    this.defaults = { latency_mode: 'tutorial', reconnect_window: 60 }
    this.made = null
    this.type = 'push'
    this.alwaysOn = false
  }

  get #dialog(): HTMLDialogElement {
    return this.querySelector('dialog') as HTMLDialogElement
  }

  open(): void {
    this.#dialog.showModal()
    this.querySelector<HTMLInputElement>('[name=name]')?.focus()
    void this.#readDefaults()
  }

  /** Fields that somebody has changed already stay as they are: browsers let no default overrule that. */
  async #readDefaults(): Promise<void> {
    const settings = await this.#reading.send('defaults', (api) => api.settings())
    if (settings) this.defaults = settings.answer.defaults
  }

  protected override render(): TemplateResult {
    return html`
      <dialog aria-labelledby="create-heading" @close=${this.#onClose}>${this.made ? this.#next(this.made) : this.#form()}</dialog>`
  }

  #form(): TemplateResult {
    const { problem, busy } = this.#requests
    const nameError = problem?.fields.get('/name')
    const { latency_mode, reconnect_window } = this.defaults
    const isUsual = reconnectWindows.some(([seconds]) => seconds === reconnect_window)
    return html`
      <form novalidate @submit=${this.#submit}>
        ${this.#heading('New stream')}
        <div class="field">
          <label for="new-name">Name</label>
          <input id="new-name" name="name" required maxlength="120" autocomplete="off" placeholder="Lecture 1"
            aria-invalid=${nameError !== undefined} aria-describedby=${errorId('new-name')}>
          ${fieldError('new-name', nameError)}
        </div>
        <fieldset @change=${this.#onType}>
          <legend>Where does the picture come from?</legend>
          <div class="choices">${inputTypes.map((type) => choice('source', type, inputKinds[type], type === this.type))}</div>
        </fieldset>
        ${inputFields({ type: this.type, at: 'new', problem, pointer: '/source' })}
        <fieldset>
          <legend>How far behind may viewers be?</legend>
          ${latencyModes.map((mode) => choice('latency_mode', mode, latencyWords[mode], mode === latency_mode))}
        </fieldset>
        <fieldset>
          <legend>When the source goes away</legend>
          <div class="field inline">
            <label for="new-window">Show “Be right back” for</label>
            <select id="new-window" name="reconnect_window" ?disabled=${this.alwaysOn}>
              ${reconnectWindows.map(([seconds, words]) => html`<option value=${seconds} ?selected=${seconds === reconnect_window}>${words}</option>`)}
              ${isUsual ? nothing : html`<option value=${reconnect_window} selected>${reconnect_window} seconds</option>`}
            </select>
          </div>
          <label class="choice">
            <input type="checkbox" name="always_on" @change=${this.#onAlwaysOn}>
            <span><b>Always on</b><span class="quiet">Stays on air day and night, source or none.</span></span>
          </label>
        </fieldset>
        ${formProblem(problem, ['/name', ...inputPointers(problem, '/source')])}
        <div class="buttons">
          <button type="button" @click=${() => this.#dialog.close()}>Cancel</button>
          <button class="primary" aria-busy=${busy !== null}>Create stream</button>
        </div>
      </form>`
  }

  #next(made: LiveStreamWithKey): TemplateResult {
    return html`
      ${this.#heading(`“${made.name}” is ready`)}
      ${
        made.source.type === 'push'
          ? html`<encoder-panel .stream=${made} .revealed=${made.ingest}></encoder-panel>`
          : html`<p>${nextWords[made.source.type]}</p>`
      }
      <div class="buttons"><button type="button" class="primary" @click=${() => this.#dialog.close()}>Done</button></div>`
  }

  #heading(words: string): TemplateResult {
    return html`
      <div class="dialog-head">
        <h2 id="create-heading" tabindex="-1">${words}</h2>
        <button type="button" class="plain" aria-label="Close" @click=${() => this.#dialog.close()}>${removeIcon}</button>
      </div>`
  }

  #onType(event: Event): void {
    this.type = (event.target as HTMLInputElement).value as InputType
    this.#requests.forget()
  }

  #onAlwaysOn(event: Event): void {
    this.alwaysOn = (event.target as HTMLInputElement).checked
  }

  /** The next time it opens it is as new, and the key is forgotten. */
  #onClose(): void {
    this.querySelector('form')?.reset()
    this.made = null
    this.type = 'push'
    this.alwaysOn = false
    this.#requests.forget()
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const form = event.target as HTMLFormElement
    const fields = new FormData(form)
    const wanted = {
      name: String(fields.get('name')),
      source: newInput(this.type, fields),
      latency_mode: fields.get('latency_mode') as NewLiveStream['latency_mode'],
      reconnect_window: Number(fields.get('reconnect_window') ?? this.defaults.reconnect_window),
      always_on: fields.get('always_on') !== null,
    } satisfies NewLiveStream
    const created = await this.#requests.send('create', (api) => api.createStream(wanted))
    if (created) this.made = created.answer
    await this.updateComplete
    if (created) this.querySelector<HTMLElement>('#create-heading')?.focus()
    else focusFirstInvalid(form)
  }
}
customElements.define('create-stream', CreateStream)

const nextWords = {
  pull: 'Weir fetches it now. The picture shows up in the list by itself.',
  channel: 'Weir watches the channel now, and goes live when it does.',
  test: 'The test picture starts by itself within a few seconds.',
} as const
