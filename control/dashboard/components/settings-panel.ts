import { html, type TemplateResult } from 'lit'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { Requests } from '../request-event.ts'
import { latencyWords } from '../words/stream-words.ts'
import { QuestionEvent } from './confirm-dialog.ts'
import { errorId, fieldError, focusFirstInvalid, formProblem } from './field.ts'
import { LightElement } from './light-element.ts'

/** Rename and delete, and what the stream was made with. */
class SettingsPanel extends LightElement {
  static override properties = { stream: { attribute: false }, saved: { state: true } }
  declare stream: LiveStream
  declare saved: boolean
  readonly #requests = new Requests(this)

  constructor() {
    super()
    this.saved = false
  }

  protected override render(): TemplateResult {
    const { id, name, latency_mode, audio } = this.stream
    const { problem, busy } = this.#requests
    const inputId = `rename-${id}`
    const error = problem?.fields.get('/name')
    return html`
      <form novalidate @submit=${this.#rename}>
        <div class="field">
          <label for=${inputId}>Name</label>
          <div class="with-button">
            <input id=${inputId} name="name" required maxlength="120" autocomplete="off" .defaultValue=${name}
              aria-invalid=${error !== undefined} aria-describedby=${errorId(inputId)} @input=${this.#forget}>
            <button aria-busy=${busy !== null}>Rename</button>
          </div>
          ${fieldError(inputId, error)}
          <p class="hint" role="status">${this.saved ? 'Saved.' : 'Viewers see this name too.'}</p>
        </div>
        ${formProblem(problem, ['/name'])}
      </form>
      <label class="choice">
        <input type="checkbox" .checked=${audio.normalize} @change=${this.#normalize}>
        <span><b>Even out the loudness</b><span class="quiet">Quiet and loud programmes come out alike, at −16 LUFS.</span></span>
      </label>
      <p class="quiet">${latencyWords[latency_mode].label}: ${latencyWords[latency_mode].sentence}</p>
      <div class="field">
        <button type="button" class="danger quiet-danger" @click=${this.#askToDelete}>Delete this stream…</button>
      </div>`
  }

  #forget(): void {
    this.saved = false
    this.#requests.forget()
  }

  async #rename(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const form = event.target as HTMLFormElement
    const name = String(new FormData(form).get('name'))
    const { id } = this.stream
    this.saved = (await this.#requests.send('rename', (api) => api.changeStream(id, { name }), id)) !== null
    await this.updateComplete
    focusFirstInvalid(form)
  }

  async #normalize(event: Event): Promise<void> {
    const box = event.target as HTMLInputElement
    const { id, audio } = this.stream
    const changed = await this.#requests.send(
      'audio',
      (api) => api.changeStream(id, { audio: { normalize: box.checked } }),
      id,
    )
    if (!changed) box.checked = audio.normalize
  }

  #askToDelete(): void {
    const { id, name, destinations } = this.stream
    const also = destinations.length > 0 ? ', its destinations' : ''
    this.dispatchEvent(
      new QuestionEvent({
        heading: `Delete “${name}”?`,
        words: `Its stream key${also} and its links stop working for good, and a broadcast that is on air ends. This can’t be undone.`,
        confirm: 'Delete for good',
        dangerous: true,
        streamId: id,
        run: (api) => api.deleteStream(id),
      }),
    )
  }
}
customElements.define('settings-panel', SettingsPanel)
