import { html, nothing, type TemplateResult } from 'lit'
import type { SessionAnswer } from '#schema/contracts/access.ts'
import { accessApi } from '../access/access-api.ts'
import { may, mayNotNote, showOnlyWhatMay } from '../access/may.ts'
import { api } from '../api.ts'
import { type ConfirmDialog, QuestionEvent } from '../components/confirm-dialog.ts'
import { LightElement } from '../components/light-element.ts'
import '../components/sign-in.ts'
import { brandName } from '../components/weir-brand.ts'
import { asProblem } from '../problem.ts'
import { RequestEvent } from '../request-event.ts'
import { type Area, areas } from './areas.ts'

/** The page `/admin`: what is about the install and not about one stream. The address names the area: `/admin#workers`. */
class AdminPage extends LightElement {
  static override properties = { signedIn: { state: true }, session: { state: true }, area: { state: true } }
  declare signedIn: boolean | undefined
  /** Who is signed in; undefined while that is not known. */
  declare session: SessionAnswer | undefined
  declare area: Area
  readonly #onHash = () => {
    this.area = areaOf(location.hash)
  }

  constructor() {
    super()
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
  }

  protected override render(): TemplateResult {
    if (this.signedIn === false)
      return html`<main class="center"><sign-in @signed-in=${() => this.#checkSession()}></sign-in></main>`
    return html`
      <header class="top"><div class="bar"><a class="brand" href="/"><weir-brand></weir-brand></a></div></header>
      <main>
        <nav class="areas" aria-label="Administration">
          ${areas
            .filter(isShown)
            .map(
              ({ id, title }) =>
                html`<a href=${`#${id}`} aria-current=${id === this.area.id ? 'page' : 'false'}>${title}</a>`,
            )}
        </nav>
        ${this.session && !this.area.isForAll ? mayNotNote(this.session, 'admin') : nothing}
        ${
          this.signedIn
            ? html`<section class="area" ?inert=${!this.area.isForAll && !may('admin')}>${this.area.render()}</section>`
            : html`<p class="quiet">One moment…</p>`
        }
      </main>
      <confirm-dialog></confirm-dialog>`
  }

  async #checkSession(): Promise<void> {
    const session = await accessApi.session().catch(() => undefined)
    if (session) showOnlyWhatMay(session)
    this.session = session
    if (!isShown(this.area)) this.area = areas.find(isShown) ?? this.area
    this.signedIn = session === undefined || session.token_id !== null
  }

  async #answer({ run }: RequestEvent): Promise<unknown> {
    try {
      return await run(api, () => {})
    } catch (error) {
      if (asProblem(error).isSignedOut) this.signedIn = false
      throw error
    }
  }
}
customElements.define('admin-page', AdminPage)

function areaOf(hash: string): Area {
  return areas.find(({ id }) => `#${id}` === hash) ?? (areas[0] as Area)
}

const isShown = ({ needs }: Area): boolean => needs === undefined || may(needs)
