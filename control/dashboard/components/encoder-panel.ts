import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { openStudio } from '../open-studio.ts'
import { Requests } from '../request-event.ts'
import { addressesFor } from '../words/encoder-addresses.ts'
import { inputName } from '../words/input-words.ts'
import { QuestionEvent } from './confirm-dialog.ts'
import './copy-button.ts'
import { formProblem } from './field.ts'
import { watchIcon } from './icons.ts'
import { LightElement } from './light-element.ts'
import { tabs } from './tabs.ts'

type Ingest = LiveStream['ingest']
/** Ways to send. */
type Way = 'rtmp' | 'srt' | 'whip' | 'browser'

const ways: readonly (readonly [Way, string])[] = [
  ['rtmp', 'RTMP'],
  ['srt', 'SRT'],
  ['whip', 'WebRTC'],
  ['browser', 'This browser'],
]

/** How to send a picture. What is secret is fetched only when somebody wants to see, copy or use it. */
class EncoderPanel extends LightElement {
  static override properties = {
    stream: { attribute: false },
    revealed: { attribute: false },
    shown: { state: true },
    way: { state: true },
    inputId: { state: true },
  }
  declare stream: LiveStream
  /** `ingest` with its secrets; known right after the stream was made. */
  declare revealed: Ingest | null
  declare shown: boolean
  declare way: Way
  /** The input that the encoder shall be; null: whichever is free. */
  declare inputId: string | null
  readonly #requests = new Requests(this)

  constructor() {
    super()
    this.revealed = null
    this.shown = false
    this.way = 'rtmp'
    this.inputId = null
  }

  protected override willUpdate(changed: PropertyValues): void {
    const before = changed.get('stream') as LiveStream | undefined
    if (!this.stream.inputs.some(({ id }) => id === this.inputId)) this.inputId = null
    if (!before || before.id === this.stream.id) return
    this.shown = false
    this.revealed = null
  }

  protected override render(): TemplateResult {
    const panelId = `way-${this.stream.id}`
    return html`
      ${tabs({
        label: 'Ways to send',
        panelId,
        items: ways,
        chosen: this.way,
        choose: (way) => {
          this.way = way
        },
      })}
      ${this.way === 'browser' ? nothing : this.#whichInput()}
      <div id=${panelId} role="tabpanel" aria-label=${ways.find(([way]) => way === this.way)?.[1] ?? nothing}>${this.#way()}</div>
      ${formProblem(this.#requests.problem)}
      <p class="hint">
        Whoever has the key can go live in your name.
        <button type="button" class="link" @click=${this.#askToReset}>Replace the key</button>
        ${
          this.stream.previous_stream_key_until
            ? html`<br>The key before this one still works, until ${new Date(this.stream.previous_stream_key_until).toLocaleString()}.`
            : nothing
        }
      </p>`
  }

  #way(): TemplateResult {
    const { rtmp, srt, whip } = addressesFor(this.stream.ingest, this.inputId)
    switch (this.way) {
      case 'rtmp':
        return html`
          <p>In OBS, open <b>Settings → Stream</b>, choose the service <b>Custom…</b>, and paste these two:</p>
          ${this.#open('Server', rtmp.url)}
          ${this.#secret('Stream key', hidden, ({ rtmp: { stream_key } }) => stream_key)}
          <p class="hint">
            Then in <b>Settings → Output</b>: keyframe interval 2 s, an H.264 encoder, AAC sound. Press
            <b>Start Streaming</b>: the picture shows up here by itself.
          </p>`
      case 'srt':
        return html`
          <p>For lines that lose packets, and encrypted. The key and the passphrase are inside this one address:</p>
          ${this.#secret('Address with key and passphrase', `${srt.url}?streamid=publish:${hidden}`, (ingest) => ingest.srt.url)}
          <p class="hint">
            In OBS, paste it as <b>Server</b> of the service <b>Custom…</b> and leave the key empty. Other encoders take it
            whole, or in parts: mode caller, the stream id and the passphrase. Send H.264 and AAC in MPEG-TS.
          </p>`
      case 'whip':
        return html`
          <p>The quickest way. In OBS 30 or newer, open <b>Settings → Stream</b>, choose the service <b>WHIP</b>, and paste:</p>
          ${this.#open('Server', whip.url)}
          ${this.#secret('Bearer token', hidden, ({ whip: { bearer } }) => bearer)}`
      case 'browser':
        return html`
          <p>Go live from here, with your camera, a microphone or your screen. Nothing needs to be installed.</p>
          <div class="field">
            <button type="button" class="primary" aria-busy=${this.#requests.busy !== null} @click=${this.#publish}>
              ${watchIcon} Open the studio
            </button>
          </div>`
    }
  }

  /** With one input for encoders there is nothing to choose. */
  #whichInput(): TemplateResult | typeof nothing {
    const inputs = this.stream.inputs.filter(({ type }) => type === 'push')
    if (inputs.length < 2) return nothing
    const id = `which-${this.stream.id}`
    return html`
      <div class="field inline">
        <label for=${id}>This encoder is</label>
        <select id=${id} @change=${this.#onInput}>
          <option value="">whichever input is free</option>
          ${inputs.map((input) => html`<option value=${input.id} ?selected=${input.id === this.inputId}>${inputName(input)} (choice ${input.priority})</option>`)}
        </select>
      </div>`
  }

  #onInput(event: Event): void {
    this.inputId = (event.target as HTMLSelectElement).value || null
  }

  #open(label: string, text: string): TemplateResult {
    const id = `${this.way}-address-${this.stream.id}`
    return html`
      <div class="field">
        <label for=${id}>${label}</label>
        <div class="with-button">
          <input id=${id} class="code" readonly .value=${text} @focus=${selectAll}>
          <copy-button label=${label.toLowerCase()} .text=${text}></copy-button>
        </div>
      </div>`
  }

  #secret(label: string, concealed: string, pick: (ingest: Ingest) => string | undefined): TemplateResult {
    const id = `${this.way}-secret-${this.stream.id}`
    const { inputId } = this
    const value = this.shown && this.revealed ? pick(addressesFor(this.revealed, inputId)) : concealed
    const load = async () => {
      const ingest = await this.#load()
      return (ingest && pick(addressesFor(ingest, inputId))) ?? null
    }
    return html`
      <div class="field">
        <label for=${id}>${label}</label>
        <div class="with-button">
          <input id=${id} class="code" readonly autocomplete="off" .value=${value ?? concealed} @focus=${selectAll}>
          <button type="button" aria-pressed=${this.shown} aria-busy=${this.#requests.busy !== null}
            @click=${this.#toggle}>${this.shown ? 'Hide' : 'Reveal'}</button>
          <copy-button label=${label.toLowerCase()} .load=${load}></copy-button>
        </div>
      </div>`
  }

  async #load(): Promise<Ingest | null> {
    if (this.revealed) return this.revealed
    const revealed = await this.#requests.send('reveal', (api) => api.reveal(this.stream.id))
    if (revealed) this.revealed = revealed.answer.ingest
    return this.revealed
  }

  async #toggle(): Promise<void> {
    if (this.shown) this.shown = false
    else this.shown = (await this.#load()) !== null
  }

  #publish(): void {
    void openStudio(this.stream, async () => (await this.#load())?.whip.bearer ?? null)
  }

  #askToReset(): void {
    const { id, name } = this.stream
    this.dispatchEvent(
      new QuestionEvent({
        heading: `Replace the stream key of “${name}”?`,
        words:
          'You get a new key and a new SRT passphrase. An encoder that is connected now stays; give it the new ones before its next start.',
        confirm: 'Replace the key',
        choice: {
          label: 'The old ones work',
          choices: [
            ['0', 'no longer'],
            ['3600', 'for one more hour'],
            ['86400', 'for one more day'],
            ['604800', 'for one more week'],
          ],
        },
        dangerous: true,
        streamId: id,
        run: async (api, graceS) => {
          this.revealed = (await api.resetKey(id, Number(graceS ?? 0))).ingest
        },
      }),
    )
  }
}
customElements.define('encoder-panel', EncoderPanel)

const hidden = '•'.repeat(24)
const selectAll = (event: FocusEvent): void => (event.target as HTMLInputElement).select()
