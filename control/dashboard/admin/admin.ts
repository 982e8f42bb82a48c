import { html, nothing, type TemplateResult } from 'lit'
import type { SessionAnswer } from '#schema/contracts/access.ts'
import { accessApi } from '../access/access-api.ts'
import { may, mayNotNote, showOnlyWhatMay } from '../access/may.ts'
import { api } from '../api.ts'
import { type ConfirmDialog, QuestionEvent } from '../components/confirm-dialog.ts'
import { LightElement } from '../components/light-element.ts'
import '../components/session-over.ts'
import '../components/sign-in.ts'
import { brandName } from '../components/weir-brand.ts'
import { asProblem } from '../problem.ts'
import { RequestEvent } from '../request-event.ts'
import type { Session } from '../state.ts'
import { type Area, areas } from './areas.ts'

/** The page `/admin`: what is about the install and not about one stream. The address names the area: `/admin#workers`. */
class AdminPage extends LightElement {
  static override properties = { state: { state: true }, who: { state: true }, area: { state: true } }
  declare state: Session
  /** Who is signed in; undefined while that is not known. */
  declare who: SessionAnswer | undefined
  declare area: Area
  readonly #onHash = () => {
    this.area = areaOf(location.hash)
  }

  constructor() {
    super()
    this.state = 'unknown'
    this.area = areaOf(location.hash)
    this.addEventListener(RequestEvent.type, (event) => {
      const request = event as RequestEvent
      request.answer = this.#answer(request)
    })
    this.addEventListener(QuestionEvent.type, (event) => {
      void this.querySelector<ConfirmDialog>('confirm-dialog')?.ask((event as QuestionEvent).question)
    })
  }

  override connectedCallback(): void {
    super.connectedCallback()
    addEventListener('hashchange', this.#onHash)
    void this.#checkSession()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    removeEventListener('hashchange', this.#onHash)
  }

  protected override updated(): void {
    document.title = `${this.area.title} · ${brandName()}`
    // On a telephone the chosen one may be out of view, behind the others.
    this.querySelector('.areas [aria-current=page]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }

  protected override render(): TemplateResult {
    if (this.state === 'signed_out')
      return html`<main class="center"><sign-in @signed-in=${this.#checkSession}></sign-in></main>`
    const { area, who } = this
    return html`
      <header class="top">
        <div class="bar">
          <a class="brand" href="/"><weir-brand></weir-brand></a>
          <a class="button wide-only" href="/">Live streams</a>
          <button type="button" class="plain text" @click=${this.#signOut}>Sign out</button>
        </div>
      </header>
      <main tabindex="-1">
        <h1 class="unseen">Administration</h1>
        <nav class="areas" aria-label="Administration">
          ${areas
            .filter(isShown)
            .map(
              ({ id, title }) =>
                html`<a href=${`#${id}`} aria-current=${id === area.id ? 'page' : 'false'}>${title}</a>`,
            )}
        </nav>
        ${who && !area.isForAll ? mayNotNote(who, 'admin') : nothing}
        ${
          this.state === 'unknown'
            ? html`<p class="quiet">One moment…</p>`
            : html`<fieldset class="area" ?disabled=${!area.isForAll && !may('admin')}>${area.render()}</fieldset>`
        }
      </main>
      <confirm-dialog></confirm-dialog>
      ${this.state === 'over' ? html`<session-over @signed-in=${this.#checkSession}></session-over>` : nothing}`
  }

  /** While control does not answer, the session counts as held: the areas say what is wrong, and try. */
  async #checkSession(): Promise<void> {
    const session = await accessApi.session().catch(() => undefined)
    if (session?.token_id === null) return this.#onSignedOut()
    if (session) showOnlyWhatMay(session)
    this.who = session
    this.area = areaOf(location.hash)
    this.state = 'signed_in'
  }

  /** What somebody was typing when the session ended stays on the page. */
  #onSignedOut(): void {
    this.state = this.state === 'unknown' || this.state === 'signed_out' ? 'signed_out' : 'over'
  }

  async #signOut(): Promise<void> {
    await api.signOut().catch(() => {})
    location.assign('/')
  }

  async #answer({ run }: RequestEvent): Promise<unknown> {
    try {
      return await run(api, () => {})
    } catch (error) {
      if (asProblem(error).isSignedOut) this.#onSignedOut()
      throw error
    }
  }
}
customElements.define('admin-page', AdminPage)

/** The area that an address names; the first one where it names none, or one that is not for whoever is signed in. */
function areaOf(hash: string): Area {
  const shown = areas.filter(isShown)
  return shown.find(({ id }) => `#${id}` === hash) ?? (shown[0] as Area)
}

function isShown({ needs }: Area): boolean {
  return needs === undefined || may(needs)
}
