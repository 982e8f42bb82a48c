import { html, nothing, type TemplateResult } from 'lit'
import type { OwnSession, SessionAnswer } from '#schema/contracts/access.ts'
import { accessApi } from '../../access/access-api.ts'
import { roleWords } from '../../access/access-words.ts'
import { formProblem } from '../../components/field.ts'
import { LightElement } from '../../components/light-element.ts'
import '../../components/time-words.ts'
import { Requests } from '../../request-event.ts'

/** Where one is signed in. */
class OwnSessions extends LightElement {
  static override properties = { sessions: { state: true }, who: { state: true } }
  declare sessions: readonly OwnSession[]
  declare who: SessionAnswer | undefined
  readonly #requests = new Requests(this)

  constructor() {
    super()
    this.sessions = []
  }

  override connectedCallback(): void {
    super.connectedCallback()
    void this.#read()
  }

  protected override render(): TemplateResult {
    return html`
      <section class="panel wide" aria-labelledby="sessions-heading">
        <h3 id="sessions-heading">Where you are signed in</h3>
        ${this.who?.name ? html`<p class="quiet">As <b>${this.who.name}</b>${this.who.role ? `, ${roleWords[this.who.role][0].toLowerCase()}` : ''}.</p>` : nothing}
        ${formProblem(this.#requests.problem)}
        <ul class="access-rows">${this.sessions.map(
          ({ id, browser, created_at, current }) => html`
          <li><span>${browserWords(browser)} · <span class="quiet">since <time-words .at=${created_at}></time-words>${current ? ', here' : ''}</span></span>
            ${current ? nothing : html`<button type="button" class="quiet-danger" @click=${() => this.#end(id)}>Sign out there</button>`}</li>`,
        )}</ul>
      </section>`
  }

  async #read(): Promise<void> {
    const found = await this.#requests.send('read', () => Promise.all([accessApi.sessions(), accessApi.session()]))
    if (found) [this.sessions, this.who] = found.answer
  }

  async #end(id: string): Promise<void> {
    await this.#requests.send('end', () => accessApi.endSession(id))
    await this.#read()
  }
}
customElements.define('own-sessions', OwnSessions)

/** Of what a browser calls itself, what people call it. */
function browserWords(browser: string): string {
  const name = [/Edg\//, /Firefox\//, /Chrome\//, /Safari\//].findIndex((each) => each.test(browser))
  const system = [/Android/, /iPhone|iPad/, /Windows/, /Mac OS/, /Linux/].findIndex((each) => each.test(browser))
  const words = [
    ['Edge', 'Firefox', 'Chrome', 'Safari'][name],
    ['Android', 'an Apple phone or tablet', 'Windows', 'a Mac', 'Linux'][system],
  ]
  return words.filter((word) => word !== undefined).join(' on ') || 'A program'
}
