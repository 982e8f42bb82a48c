import { html, type TemplateResult } from 'lit'
import { LightElement } from './light-element.ts'
import './sign-in.ts'

/** Asks for the token again, above a page that stays as it was left. It can't be closed otherwise. */
class SessionOver extends LightElement {
  protected override firstUpdated(): void {
    this.#show()
  }

  protected override render(): TemplateResult {
    return html`
      <dialog class="small" aria-label="Sign in again" @cancel=${(event: Event) => event.preventDefault()} @close=${this.#show}>
        <sign-in again></sign-in>
      </dialog>`
  }

  /** Whoever insists on Escape closes it all the same. */
  #show(): void {
    this.querySelector('dialog')?.showModal()
  }
}
customElements.define('session-over', SessionOver)
