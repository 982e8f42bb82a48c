import { html, nothing, type TemplateResult } from 'lit'
import type { Keys } from '#schema/contracts/keys.ts'
import { accessApi } from '../../access/access-api.ts'
import { QuestionEvent } from '../../components/confirm-dialog.ts'
import { formProblem } from '../../components/field.ts'
import { LightElement } from '../../components/light-element.ts'
import '../../components/time-words.ts'
import { Requests } from '../../request-event.ts'

/** The keys that Weir signs and encrypts with. */
class KeyPanel extends LightElement {
  static override properties = { keys: { state: true } }
  declare keys: Keys | undefined
  readonly #requests = new Requests(this)

  override connectedCallback(): void {
    super.connectedCallback()
    void this.#read()
  }

  protected override render(): TemplateResult {
    const { keys } = this
    const isBusy = this.#requests.busy !== null
    const isChanging = keys?.signing_keys.some(({ state }) => state === 'next') ?? false
    const hasOld = keys?.secret_keys.some(({ newest, known, secrets }) => !newest && known && secrets > 0) ?? false
    return html`
      <section class="panel wide" aria-labelledby="keys-heading">
        <h3 id="keys-heading">Keys</h3>
        <p class="quiet">Weir signs what it sends to workers, and encrypts stream keys and passwords in its database.</p>
        ${formProblem(this.#requests.problem)}
        <ul class="access-rows">
          ${keys?.signing_keys.map((key) => html`<li><span><code>${key.id.slice(0, 8)}</code> ${signingWords(key)}</span></li>`)}
          ${keys?.secret_keys.map(
            ({ id, detail, secrets }) =>
              html`<li><span><code>${id}</code> ${secrets} ${secrets === 1 ? 'secret' : 'secrets'}. <span class="quiet">${detail}</span></span></li>`,
          )}
        </ul>
        <div class="buttons">
          <button type="button" ?disabled=${isBusy || isChanging} @click=${this.#askToRotate}>New signing key</button>
          ${hasOld ? html`<button type="button" ?disabled=${isBusy} @click=${this.#reseal}>Encrypt all anew</button>` : nothing}
        </div>
        <p class="hint">A new key for what is encrypted: run <code>npm run secret-key</code> where Weir keeps its data.</p>
      </section>`
  }

  async #read(): Promise<void> {
    const found = await this.#requests.send('read', () => accessApi.keys())
    if (found) this.keys = found.answer
  }

  async #reseal(): Promise<void> {
    const done = await this.#requests.send('reseal', () => accessApi.resealSecrets())
    if (done) this.keys = done.answer.keys
  }

  #askToRotate(): void {
    this.dispatchEvent(
      new QuestionEvent({
        heading: 'Make a new signing key?',
        words:
          'It is published now and signs in ten minutes, so that all workers know it by then. What the old one signed stays good for a week. Streams go on.',
        confirm: 'Make it',
        run: async () => {
          this.keys = await accessApi.rotateSigningKey()
        },
      }),
    )
  }
}
customElements.define('key-panel', KeyPanel)

function signingWords({ state, signs_from, retires_at }: Keys['signing_keys'][number]): TemplateResult | string {
  if (state === 'signing') return 'signs now.'
  if (state === 'next') return html`signs <time-words form="until" .at=${signs_from ?? ''}></time-words>.`
  return retires_at
    ? html`signs no more; it retires <time-words form="until" .at=${retires_at}></time-words>.`
    : 'signs no more.'
}
