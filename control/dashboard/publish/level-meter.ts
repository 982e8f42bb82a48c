import { html, type TemplateResult } from 'lit'
import { LightElement } from '../components/light-element.ts'

/** Quieter than this for so long, and nobody hears anything. */
const silenceDb = -55
const silenceMs = 5_000

/** Shows how loud the sound is that is sent, and says when there is none. */
class LevelMeter extends LightElement {
  static override properties = { level: { attribute: false }, silent: { state: true } }
  /** Decibels under full scale, −60 … 0. */
  declare level: () => number
  declare silent: boolean
  #frame = 0
  #heardMs = performance.now()

  constructor() {
    super()
    this.level = () => -60
    this.silent = false
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#heardMs = performance.now()
    this.#draw()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    cancelAnimationFrame(this.#frame)
  }

  protected override render(): TemplateResult {
    return html`
      <div class="level" aria-hidden="true"><span></span></div>
      <p class="hint" role="status">${this.silent ? 'No sound arrives. Is the microphone muted, or another one chosen?' : ''}</p>`
  }

  #draw = (): void => {
    this.#frame = requestAnimationFrame(this.#draw)
    const level = this.level()
    const now = performance.now()
    if (level > silenceDb) this.#heardMs = now
    this.silent = now - this.#heardMs > silenceMs
    this.querySelector<HTMLElement>('.level span')?.style.setProperty('--level', String((level + 60) / 60))
  }
}
customElements.define('level-meter', LevelMeter)
