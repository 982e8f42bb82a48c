import { html, type TemplateResult } from 'lit'
import { copyText } from '../clipboard.ts'
import { copyIcon, doneIcon } from './icons.ts'
import { LightElement } from './light-element.ts'

/** How long it says that it has copied, milliseconds. */
const confirmedMs = 2_000

/** Copies `text`, or what `load` gives, and says so. */
class CopyButton extends LightElement {
  static override properties = { text: {}, load: { attribute: false }, label: {}, outcome: { state: true } }
  declare text: string
  /** Fetches the text when it is wanted; null where it could not be had. */
  declare load: (() => Promise<string | null>) | undefined
  /** What is copied, for those who can't see the field beside it. */
  declare label: string
  declare outcome: 'none' | 'copied' | 'failed'
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor() {
    super()
    this.text = ''
    this.label = ''
    this.outcome = 'none'
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearTimeout(this.#timer)
  }

  protected override render(): TemplateResult {
    const words = { none: 'Copy', copied: 'Copied', failed: 'Select and copy' }[this.outcome]
    return html`
      <button type="button" class="copy" aria-label=${`Copy ${this.label}`} @click=${this.#copy}>
        ${this.outcome === 'copied' ? doneIcon : copyIcon}<span>${words}</span>
      </button>
      <span class="unseen" role="status">${this.outcome === 'copied' ? `${this.label} copied` : ''}</span>`
  }

  async #copy(): Promise<void> {
    const text = this.load ? this.load() : Promise.resolve(this.text)
    this.outcome = (await copyText(text, this)) ? 'copied' : 'failed'
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.outcome = 'none'
    }, confirmedMs)
  }
}
customElements.define('copy-button', CopyButton)
