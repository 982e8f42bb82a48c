import { html, type PropertyValues, type TemplateResult } from 'lit'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { Requests } from '../request-event.ts'
import { QuestionEvent } from './confirm-dialog.ts'
import './copy-button.ts'
import { formProblem } from './field.ts'
import { LightElement } from './light-element.ts'

const hiddenKey = '•'.repeat(24)

/** What to paste into OBS. The key is fetched only when somebody wants to see or copy it. */
class EncoderPanel extends LightElement {
  static override properties = { stream: { attribute: false }, streamKey: { attribute: false }, shown: { state: true } }
  declare stream: LiveStream
  /** Known right after the stream was made. */
  declare streamKey: string | null
  declare shown: boolean
  readonly #requests = new Requests(this)

  constructor() {
    super()
    this.streamKey = null
    this.shown = false
  }

  protected override willUpdate(changed: PropertyValues): void {
    const before = changed.get('stream') as LiveStream | undefined
    if (before && before.id !== this.stream.id) this.#hide()
  }

  protected override render(): TemplateResult {
    const { id, ingest } = this.stream
    const key = this.shown && this.streamKey !== null ? this.streamKey : hiddenKey
    return html`
      <p>In OBS, open <b>Settings → Stream</b>, choose the service <b>Custom…</b>, and paste these two:</p>
      <div class="field">
        <label for=${`server-${id}`}>Server</label>
        <div class="with-button">
          <input id=${`server-${id}`} class="code" readonly .value=${ingest.rtmp.url} @focus=${selectAll}>
          <copy-button label="server" .text=${ingest.rtmp.url}></copy-button>
        </div>
      </div>
      <div class="field">
        <label for=${`key-${id}`}>Stream key</label>
        <div class="with-button">
          <input id=${`key-${id}`} class="code" readonly autocomplete="off" .value=${key} @focus=${selectAll}>
          <button type="button" aria-pressed=${this.shown} aria-busy=${this.#requests.busy !== null}
            @click=${this.#toggle}>${this.shown ? 'Hide' : 'Reveal'}</button>
          <copy-button label="stream key" .load=${this.#load}></copy-button>
        </div>
        <p class="hint">
          Whoever has this key can go live in your name.
          <button type="button" class="link" @click=${this.#askToReset}>Replace the key</button>
        </p>
      </div>
      ${formProblem(this.#requests.problem)}
      <p class="hint">
        Then in <b>Settings → Output</b>: keyframe interval 2 s, an H.264 encoder, AAC sound. Press
        <b>Start Streaming</b>: the picture shows up here by itself.
      </p>`
  }

  #hide(): void {
    this.shown = false
    this.streamKey = null
  }

  #load = async (): Promise<string | null> => {
    if (this.streamKey !== null) return this.streamKey
    const revealed = await this.#requests.send('reveal', (api) => api.reveal(this.stream.id))
    if (revealed) this.streamKey = revealed.answer.stream_key
    return this.streamKey
  }

  async #toggle(): Promise<void> {
    if (this.shown) this.shown = false
    else this.shown = (await this.#load()) !== null
  }

  #askToReset(): void {
    const { id, name } = this.stream
    this.dispatchEvent(
      new QuestionEvent({
        heading: `Replace the stream key of “${name}”?`,
        words:
          'The old key stops working. An encoder that is connected now stays; give it the new key before its next start.',
        confirm: 'Replace the key',
        dangerous: true,
        streamId: id,
        run: async (api) => {
          this.streamKey = (await api.resetKey(id)).stream_key
        },
      }),
    )
  }
}
customElements.define('encoder-panel', EncoderPanel)

const selectAll = (event: FocusEvent): void => (event.target as HTMLInputElement).select()
