import { html, type TemplateResult } from 'lit'
import '../components/weir-brand.ts'
import { LightElement } from '../components/light-element.ts'
import { type PublishTarget, readTarget } from './target.ts'

/** Fired with what the form holds. */
export class TargetEvent extends Event {
  static readonly type = 'target'
  readonly publishTarget: PublishTarget

  constructor(target: PublishTarget) {
    super(TargetEvent.type)
    this.publishTarget = target
  }
}

/** Asks where to publish to, where the address does not say. */
class TargetForm extends LightElement {
  static override properties = { isWrong: { state: true } }
  declare isWrong: boolean

  constructor() {
    super()
    this.isWrong = false
  }

  protected override render(): TemplateResult {
    return html`
      <form class="sign-in" novalidate @submit=${this.#submit}>
        <weir-brand mark-only></weir-brand>
        <h1>Go live from this browser</h1>
        <p class="quiet">
          The quickest way here is <b>Go live from here</b> in the dashboard. Or paste these two from it:
        </p>
        <label for="stream">Live stream</label>
        <input id="stream" name="stream" class="code" required placeholder="ls_…" autocomplete="off" autocapitalize="off"
          spellcheck="false" aria-invalid=${this.isWrong}>
        <label for="key">Stream key</label>
        <input id="key" name="key" class="code" type="password" required autocomplete="off" autocapitalize="off"
          spellcheck="false" aria-invalid=${this.isWrong}>
        <div role="alert">
          ${this.isWrong ? html`<p class="problem">Paste both: an id that begins with ls_, and the key without blanks.</p>` : ''}
        </div>
        <button class="primary wide">Continue</button>
      </form>`
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault()
    const fields = new FormData(event.currentTarget as HTMLFormElement)
    const target = readTarget(
      new URLSearchParams([...fields].map(([name, value]) => [name, typeof value === 'string' ? value : ''])),
    )
    this.isWrong = target === undefined
    if (target) this.dispatchEvent(new TargetEvent(target))
    else this.querySelector<HTMLInputElement>('input')?.focus()
  }
}
customElements.define('target-form', TargetForm)
