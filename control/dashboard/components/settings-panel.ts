import { html, type TemplateResult } from 'lit'
import { live } from 'lit/directives/live.js'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { latencyModes } from '#schema/enums.ts'
import { Requests } from '../request-event.ts'
import { isOnAir, ladderWords, latencyWords, reconnectWindows } from '../words/stream-words.ts'
import { QuestionEvent } from './confirm-dialog.ts'
import { errorId, fieldError, focusFirstInvalid, formProblem } from './field.ts'
import { LightElement } from './light-element.ts'

type Change = Partial<Pick<LiveStream, 'latency_mode' | 'ladder' | 'reconnect_window' | 'always_on' | 'audio'>>

interface Choice {
  readonly chosen: string
  readonly choices: readonly (readonly [value: string, words: string])[]
  readonly otherwise?: string
  readonly hint?: string | null
  readonly disabled?: boolean
}

/** What the stream was made with, to change it, and to delete it. */
class SettingsPanel extends LightElement {
  static override properties = { stream: { attribute: false }, asked: { state: true }, saved: { state: true } }
  declare stream: LiveStream
  /** What was asked for and has no answer yet. */
  declare asked: Change
  declare saved: boolean
  readonly #requests = new Requests(this)

  constructor() {
    super()
    this.asked = {}
    this.saved = false
  }

  protected override render(): TemplateResult {
    const { id, name, latency_mode, audio, ladder, reconnect_window, always_on } = { ...this.stream, ...this.asked }
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
      ${this.#choice(
        'How far behind viewers may be',
        {
          chosen: latency_mode,
          choices: latencyModes.map((mode) => [mode, latencyWords[mode].label]),
          hint: latencyWords[latency_mode].sentence,
        },
        (mode) => ({ latency_mode: mode as LiveStream['latency_mode'] }),
      )}
      ${this.#choice(
        'What viewers get',
        {
          chosen: ladder.preset,
          choices: (['auto', 'source'] as const).map((preset) => [preset, ladderWords(preset)]),
          otherwise: ladderWords('custom'),
          hint: isOnAir(this.stream) ? 'These two hold from the next broadcast on.' : null,
        },
        (preset) => ({ ladder: preset === 'custom' ? ladder : { preset: preset as 'auto' | 'source' } }),
      )}
      ${this.#choice(
        'When the source goes away, show “Be right back” for',
        {
          chosen: String(reconnect_window),
          choices: reconnectWindows.map(([seconds, words]) => [String(seconds), words]),
          otherwise: `${reconnect_window} seconds`,
          disabled: always_on,
        },
        (seconds) => ({ reconnect_window: Number(seconds) }),
      )}
      ${this.#box('Always on', 'Stays on air day and night, source or none.', always_on, (on) => ({ always_on: on }))}
      ${this.#box('Even out the loudness', 'Quiet and loud programmes come out alike, at −16 LUFS.', audio.normalize, (normalize) => ({ audio: { normalize } }))}
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

  /** A list of which one holds; what the list lacks is called `otherwise`. */
  #choice(
    label: string,
    { chosen, choices, otherwise, hint = null, disabled = false }: Choice,
    change: (value: string) => Change,
  ): TemplateResult {
    const id = `${label.replaceAll(/\W+/g, '-')}-${this.stream.id}`
    const isListed = choices.some(([value]) => value === chosen)
    const all = isListed ? choices : [...choices, [chosen, otherwise ?? chosen] as const]
    const onChange = (event: Event) => void this.#change(change((event.target as HTMLSelectElement).value))
    return html`
      <div class="field">
        <label for=${id}>${label}</label>
        <select id=${id} ?disabled=${disabled} aria-describedby=${`${id}-hint`} @change=${onChange}>
          ${all.map(([value, words]) => html`<option value=${value} .selected=${live(value === chosen)}>${words}</option>`)}
        </select>
        <p class="hint" id=${`${id}-hint`}>${hint}</p>
      </div>`
  }

  #box(label: string, sentence: string, isOn: boolean, change: (isOn: boolean) => Change): TemplateResult {
    const onChange = (event: Event) => void this.#change(change((event.target as HTMLInputElement).checked))
    return html`
      <label class="choice">
        <input type="checkbox" .checked=${live(isOn)} @change=${onChange}>
        <span><b>${label}</b><span class="quiet">${sentence}</span></span>
      </label>`
  }

  /** Where it fails, the field shows again what holds. */
  async #change(change: Change): Promise<void> {
    const { id } = this.stream
    this.asked = change
    await this.#requests.send('change', (api) => api.changeStream(id, change), id)
    this.asked = {}
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
