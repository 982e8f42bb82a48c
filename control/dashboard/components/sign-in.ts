import { html, type TemplateResult } from 'lit'
import { Requests } from '../request-event.ts'
import { formProblem } from './field.ts'
import { hideIcon, showIcon } from './icons.ts'
import { LightElement } from './light-element.ts'
import { brandName } from './weir-brand.ts'

/** Asks for the token. Fires `signed-in`, which bubbles. */
class SignIn extends LightElement {
  static override properties = { again: { type: Boolean }, shown: { state: true } }
  /** The session ended while the page was in use. */
  declare again: boolean
  declare shown: boolean
  readonly #requests = new Requests(this)

  constructor() {
    super()
    this.again = false
    this.shown = false
  }

  protected override firstUpdated(): void {
    this.querySelector('input')?.focus()
  }

  protected override render(): TemplateResult {
    const { problem, busy } = this.#requests
    return html`
      <form class="sign-in" novalidate @submit=${this.#submit}>
        <weir-brand mark-only></weir-brand>
        <h1>${this.again ? 'Please sign in again' : `Sign in to ${brandName()}`}</h1>
        <p class="quiet">
          ${this.again ? 'Your session is over. The page stays as you left it.' : 'Your streams, and where they go.'}
        </p>
        <label for="token">Your token, or the admin token</label>
        <div class="with-button">
          <input id="token" name="token" type=${this.shown ? 'text' : 'password'} required autocomplete="current-password"
            autocapitalize="off" spellcheck="false" aria-describedby="token-hint" aria-invalid=${problem !== null}
            @input=${() => problem && this.#requests.forget()}>
          <button type="button" class="plain" aria-pressed=${this.shown} aria-label="Show the token" @click=${this.#toggle}>
            ${this.shown ? hideIcon : showIcon}
          </button>
        </div>
        <p class="hint" id="token-hint">
          Yours came with your invitation. The admin token was printed by the first start, and is in the file
          <code>admin-token</code> in Weir’s data folder.
        </p>
        ${formProblem(problem)}
        <button class="primary wide" aria-busy=${busy !== null}>Sign in</button>
      </form>`
  }

  #toggle(): void {
    this.shown = !this.shown
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const field = this.querySelector('input') as HTMLInputElement
    const token = field.value.trim()
    if (token === '') return field.focus()
    if (await this.#requests.send('sign-in', (api) => api.signIn(token)))
      this.dispatchEvent(new Event('signed-in', { bubbles: true }))
    else field.select()
  }
}
customElements.define('sign-in', SignIn)
