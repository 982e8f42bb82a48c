import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { SessionAnswer } from '#schema/contracts/access.ts'
import { accessApi } from './access/access-api.ts'
import { mayNotNote, showOnlyWhatMay } from './access/may.ts'
import { api } from './api.ts'
import { type ConfirmDialog, QuestionEvent } from './components/confirm-dialog.ts'
import './components/confirm-dialog.ts'
import type { CreateStream } from './components/create-stream.ts'
import './components/create-stream.ts'
import { addIcon, settingsIcon } from './components/icons.ts'
import { LightElement } from './components/light-element.ts'
import { emptyList, loadingList } from './components/list-placeholders.ts'
import { problemStrip } from './components/problem-strip.ts'
import './components/session-over.ts'
import './components/sign-in.ts'
import './components/stream-card.ts'
import { brandName } from './components/weir-brand.ts'
import { LiveUpdates } from './live-updates.ts'
import { OpenAlerts } from './open-alerts.ts'
import { asProblem } from './problem.ts'
import { RequestEvent } from './request-event.ts'
import { type Change, type DashboardState, initialState, inOrder, reduce } from './state.ts'
import { announcements } from './words/announcements.ts'
import { problemsOf } from './words/problems.ts'

/** The whole page: it alone keeps state and talks to control. Requests come up as events, state goes down. */
class Dashboard extends LightElement {
  static override properties = { state: { state: true }, said: { state: true }, who: { state: true } }
  /** Who is signed in, and what they may do; null while that is not known. */
  declare who: SessionAnswer | null
  declare state: DashboardState
  /** What a screen reader is to say. */
  declare said: string
  readonly #alerts = new OpenAlerts(this, () => this.state.session === 'signed_in')
  readonly #updates = new LiveUpdates({ list: () => this.#list(), apply: (change) => this.#apply(change) })

  constructor() {
    super()
    this.state = initialState
    this.said = ''
    this.who = null
    this.addEventListener(RequestEvent.type, (event) => this.#onRequest(event as RequestEvent))
    this.addEventListener(QuestionEvent.type, (event) => {
      void this.querySelector<ConfirmDialog>('confirm-dialog')?.ask((event as QuestionEvent).question)
    })
  }

  override connectedCallback(): void {
    super.connectedCallback()
    void this.#start()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#updates.close()
  }

  protected override updated(): void {
    const { streams } = this.state
    const problems = streams ? problemsOf([...streams.values()], this.#alerts.all).length : 0
    document.title = problems > 0 ? `(${problems}) ${brandName()}` : brandName()
  }

  protected override render(): TemplateResult {
    const { session, connection } = this.state
    if (session === 'unknown') return html`<header class="top"><div class="bar">${brand}</div></header>`
    if (session === 'signed_out')
      return html`<main class="center"><sign-in @signed-in=${this.#onSignedIn}></sign-in></main>`
    return html`
      ${this.#header()}
      <main tabindex="-1" aria-label="Live streams">${this.#streams()}</main>
      <create-stream></create-stream>
      <confirm-dialog></confirm-dialog>
      ${session === 'over' ? html`<session-over @signed-in=${this.#onSignedIn}></session-over>` : nothing}
      <div role="status">
        ${
          connection === 'lost' && session === 'signed_in'
            ? html`<p class="lost">The connection is lost. Trying again…</p>`
            : nothing
        }
      </div>
      <p class="unseen" role="status">${this.said}</p>`
  }

  #header(): TemplateResult {
    return html`
      <header class="top">
        <div class="bar">
          ${brand}
          <button type="button" class="primary" data-needs="write" @click=${this.#create}>${addIcon} New stream</button>
          <a class="button" href="/admin" aria-label="Administration">
            ${settingsIcon}<span class="wide-only">Administration</span>
          </a>
          <button type="button" class="plain text" title=${this.who?.name ? `Signed in as ${this.who.name}` : ''} @click=${this.#signOut}>Sign out</button>
        </div>
      </header>`
  }

  #streams(): TemplateResult {
    const { streams, platforms, events } = this.state
    if (!streams) return loadingList()
    const all = inOrder(streams)
    const problems = problemsOf(all, this.#alerts.all)
    const note = this.who ? mayNotNote(this.who) : nothing
    if (all.length === 0)
      return html`${note}${problems.length > 0 ? problemStrip(problems, 0, 0) : nothing}${emptyList(() => this.#create())}`
    return html`
      ${note} ${problemStrip(problems, all.filter(({ status }) => status === 'active').length, all.length)}
      ${repeat(
        all,
        ({ id }) => id,
        (stream) =>
          html`<stream-card .stream=${stream} .platforms=${platforms} .events=${events.get(stream.id)}></stream-card>`,
      )}`
  }

  #apply(change: Change): void {
    const before = this.state
    this.state = reduce(before, change)
    if (change.type === 'connection' && change.connection === 'lost') void this.#checkSession()
    if (change.type !== 'live_stream') return
    const said = announcements(before.streams?.get(change.stream.id), change.stream)
    if (said.length > 0) this.said = said.join(' ')
  }

  async #start(): Promise<void> {
    await this.#checkSession()
    if (this.state.session === 'unknown') this.#apply({ type: 'session', session: 'signed_in' })
    if (this.state.session !== 'signed_in') return
    this.#updates.open()
    void this.#alerts.read()
  }

  /** Whether the session still holds. While control does not answer it counts as held: the page stays, and tries. */
  async #checkSession(): Promise<void> {
    const session = await accessApi.session().catch(() => undefined)
    if (!session) return
    showOnlyWhatMay(session)
    this.who = session
    if (session.token_id === null) this.#onSignedOut()
  }

  #onProblem(error: unknown): void {
    if (asProblem(error).isSignedOut) this.#onSignedOut()
  }

  #onSignedOut(): void {
    const { session } = this.state
    if (session === 'signed_out' || session === 'over') return
    this.#updates.close()
    this.#apply({ type: 'session', session: session === 'unknown' ? 'signed_out' : 'over' })
  }

  async #onSignedIn(): Promise<void> {
    await this.#checkSession()
    this.#apply({ type: 'session', session: 'signed_in' })
    this.#updates.open()
    void this.#alerts.read()
  }

  async #signOut(): Promise<void> {
    await api.signOut().catch(() => {})
    this.#updates.close()
    this.#apply({ type: 'session', session: 'signed_out' })
  }

  #create(): void {
    this.querySelector<CreateStream>('create-stream')?.open()
  }

  #onRequest(request: RequestEvent): void {
    request.answer = this.#answer(request)
  }

  async #answer({ run, streamId }: RequestEvent): Promise<unknown> {
    try {
      const answer = await run(api, (change) => this.#apply(change))
      if (streamId !== undefined) await this.#readStream(streamId)
      return answer
    } catch (error) {
      this.#onProblem(error)
      throw error
    }
  }

  /** Shows what was done at once, not only when the next update comes. */
  async #readStream(id: string): Promise<void> {
    try {
      this.#apply({ type: 'live_stream', stream: await api.stream(id) })
    } catch (error) {
      if (asProblem(error).status === 404) this.#apply({ type: 'live_stream_deleted', id })
    }
  }

  async #list(): Promise<Change[]> {
    const ids = [...this.state.events.keys()]
    const [streams, platforms, ...events] = await Promise.all([
      api.streams(),
      api.platforms(),
      ...ids.map((id) => api.events(id).catch(() => [])),
    ])
    return [
      { type: 'platforms_listed', platforms },
      { type: 'listed', streams },
      ...ids.map((id, index): Change => ({ type: 'events_listed', id, events: events[index] ?? [] })),
    ]
  }
}
customElements.define('weir-dashboard', Dashboard)

const brand = html`<h1 class="brand"><weir-brand></weir-brand></h1>`
