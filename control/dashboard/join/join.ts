import { html, type TemplateResult } from 'lit'
import type { JoinedSession } from '#schema/contracts/access.ts'
import { accessApi } from '../access/access-api.ts'
import { roleWords } from '../access/access-words.ts'
import { shownOnce } from '../access/shown-once.ts'
import { errorId, fieldError, formProblem } from '../components/field.ts'
import { LightElement } from '../components/light-element.ts'
import '../components/weir-brand.ts'
import { asProblem, type RequestProblem } from '../problem.ts'

/** The page `/join#…`: takes an invitation, and gives its person a token to sign in with elsewhere. */
class JoinPage extends LightElement {
  static override properties = { joined: { state: true }, problem: { state: true }, isBusy: { state: true } }
  declare joined: JoinedSession | null
  declare problem: RequestProblem | null
  declare isBusy: boolean
  /** What let this person in stands behind #, which no server sees. */
  readonly #invitation: string
  readonly #name: string

  constructor() {
    super()
    this.joined = null
    this.problem = null
    this.isBusy = false
    const [invitation = '', ...rest] = location.hash.slice(1).split('&')
    this.#invitation = invitation
    this.#name = new URLSearchParams(rest.join('&')).get('name') ?? ''
  }

  override connectedCallback(): void {
    super.connectedCallback()
    // Another invitation, opened where this one stands.
    addEventListener('hashchange', reload)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    removeEventListener('hashchange', reload)
  }

  protected override firstUpdated(): void {
    this.querySelector('input')?.focus()
  }

  protected override render(): TemplateResult {
    return html`<main class="center">${this.joined ? this.#welcome(this.joined) : this.#form()}</main>`
  }

  #form(): TemplateResult {
    if (this.#invitation === '')
      return html`
        <section class="sign-in"><weir-brand></weir-brand>
          <h1>This link is not whole</h1>
          <p class="quiet">Open the link from your invitation again, all of it, or ask for a new one.</p>
        </section>`
    const error = this.problem?.fields.get('/name')
    return html`
      <form class="sign-in" novalidate @submit=${this.#submit}>
        <weir-brand></weir-brand>
        <h1>You are invited</h1>
        <p class="quiet">Say what you want to be called here. Others see it beside what you change.</p>
        <label for="name">Your name</label>
        <input id="name" name="name" .value=${this.#name} maxlength="120" required autocomplete="name"
          aria-invalid=${error !== undefined} aria-describedby=${errorId('name')}>
        ${fieldError('name', error)} ${formProblem(this.problem, ['/name'])}
        <button class="primary wide" aria-busy=${this.isBusy}>Join</button>
      </form>`
  }

  #welcome({ name, role, token }: JoinedSession): TemplateResult {
    const [roleName = '', may = ''] = role === null ? [] : roleWords[role]
    return html`
      <section class="sign-in">
        <weir-brand></weir-brand>
        <h1>Welcome, ${name}</h1>
        <p class="quiet">You are signed in here. ${roleName}: ${may}.</p>
        ${shownOnce({
          id: 'own-token',
          label: 'Your sign-in token',
          text: token,
          words: 'Keep it in your password manager: you sign in with it elsewhere, and it is not shown again.',
        })}
        <a class="button" href="/">Go on to the streams</a>
      </section>`
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    if (this.isBusy) return
    const name = (this.querySelector('#name') as HTMLInputElement).value
    this.isBusy = true
    this.problem = null
    try {
      this.joined = await accessApi.join(this.#invitation, name)
      // A used invitation has no place in the history.
      history.replaceState(null, '', location.pathname)
    } catch (error) {
      this.problem = asProblem(error)
    } finally {
      this.isBusy = false
    }
  }
}
customElements.define('join-page', JoinPage)

function reload(): void {
  location.reload()
}
