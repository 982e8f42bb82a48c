import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { KeptLogLine } from '#schema/contracts/log.ts'
import { type LogLevel, logLevels } from '#schema/log/line.ts'
import { accessApi } from '../access/access-api.ts'
import { showOnlyWhatMay } from '../access/may.ts'
import '../components/copy-button.ts'
import { LightElement } from '../components/light-element.ts'
import '../components/sign-in.ts'
import { api } from '../api.ts'
import { brandName } from '../components/weir-brand.ts'
import { asProblem, type RequestProblem } from '../problem.ts'
import { RequestEvent } from '../request-event.ts'
import { logLine } from './log-line.ts'
import { changeLevels, type LogChoice, logAddress, readLines, readStream } from './log-requests.ts'

/** Lines held by the page; the oldest go first. */
const shownMax = 2_000
/** What is typed is looked for after so long, milliseconds. */
const typingMs = 300
const debugMinutes = 10

/** The page `/logs/<id>`: what control, the workers and their FFmpeg say about one live stream, newest first. */
class LogsPage extends LightElement {
  static override properties = {
    stream: { state: true },
    lines: { state: true },
    choice: { state: true },
    follows: { state: true },
    cursor: { state: true },
    problem: { state: true },
    note: { state: true },
  }
  declare stream: LiveStream | undefined
  /** Newest first; undefined until they are there. */
  declare lines: readonly KeptLogLine[] | undefined
  declare choice: LogChoice
  declare follows: boolean
  /** Where older lines begin; null: there are none. */
  declare cursor: string | null
  declare problem: RequestProblem | undefined
  declare note: string
  readonly #id = decodeURIComponent(location.pathname.split('/').at(-1) ?? '')
  #source: EventSource | undefined
  #typing: ReturnType<typeof setTimeout> | undefined

  constructor() {
    super()
    this.choice = { level: 'info', part: '', text: '' }
    this.follows = true
    this.cursor = null
    this.note = ''
    this.addEventListener(RequestEvent.type, (event) => {
      const request = event as RequestEvent
      request.answer = request.run(api, () => {})
    })
  }

  override connectedCallback(): void {
    super.connectedCallback()
    void this.#begin()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#source?.close()
    clearTimeout(this.#typing)
  }

  protected override updated(): void {
    document.title = this.stream ? `Log of ${this.stream.name} · ${brandName()}` : `Log · ${brandName()}`
  }

  protected override render(): TemplateResult {
    if (this.problem?.isSignedOut)
      return html`<main class="center"><sign-in @signed-in=${() => this.#begin()}></sign-in></main>`
    return html`
      <header class="top">
        <div class="bar">
          <a class="brand" href="/"><weir-brand></weir-brand></a>
          <a class="button" href=${logAddress(this.#id, this.choice, { download: '1' })} download=${`${this.#id}.ndjson`}>Download</a>
        </div>
      </header>
      <main>
        <h1>${this.stream ? this.stream.name : 'Log'}</h1>
        <p class="quiet">What the control plane, the workers and FFmpeg say about this stream. The newest line is on top.</p>
        ${this.#controls()}
        <div role="status">
          ${this.problem ? html`<p class="problem">${this.problem.message}</p>` : nothing}
          ${this.note ? html`<p class="note">${this.note}</p>` : nothing}
        </div>
        ${this.#list()}
      </main>`
  }

  #controls(): TemplateResult {
    const { level, part, text } = this.choice
    return html`
      <form class="log-controls" @submit=${(event: Event) => event.preventDefault()}>
        <label>Show
          <select @change=${(event: Event) => this.#choose({ level: chosenIn(event) as LogLevel })}>
            ${logLevels.map((each) => html`<option value=${each} ?selected=${each === level}>${levelChoices[each]}</option>`)}
          </select>
        </label>
        <label>From
          <select @change=${(event: Event) => this.#choose({ part: chosenIn(event) })}>
            ${Object.entries(partChoices).map(([id, words]) => html`<option value=${id} ?selected=${id === part}>${words}</option>`)}
          </select>
        </label>
        <label class="search">With the words
          <input type="search" maxlength="200" .value=${text} @input=${this.#type} placeholder="any" autocomplete="off">
        </label>
        <label class="check"><input type="checkbox" .checked=${this.follows} @change=${this.#toggle}> Follow</label>
        <copy-button label="the lines shown" .load=${async () => this.#asText()}></copy-button>
        <button type="button" data-needs="admin" @click=${this.#debug}>Log everything for ${debugMinutes} minutes</button>
      </form>`
  }

  #list(): TemplateResult {
    if (!this.lines)
      return this.problem
        ? html`<button type="button" @click=${this.#begin}>Try again</button>`
        : html`<p class="quiet" aria-busy="true">One moment…</p>`
    if (this.lines.length === 0)
      return html`<p class="quiet empty">No line like this. Lines are kept for 7 days, the newest 5,000 of each stream.</p>`
    return html`
      <ol class="log-lines">${repeat(this.lines, ({ id }) => id, logLine)}</ol>
      ${this.cursor === null ? nothing : html`<button type="button" class="older" @click=${this.#older}>Older lines</button>`}`
  }

  async #begin(): Promise<void> {
    try {
      const [stream, session] = await Promise.all([this.stream ?? readStream(this.#id), accessApi.session()])
      showOnlyWhatMay(session)
      this.stream = stream
      this.problem = undefined
      await this.#read()
    } catch (error) {
      this.problem = asProblem(error)
    }
  }

  /** Reads the newest lines anew, and goes on with those that come. */
  async #read(): Promise<void> {
    this.#source?.close()
    this.#source = undefined
    const { choice } = this
    try {
      const page = await readLines(this.#id, choice, null)
      if (choice !== this.choice) return
      this.lines = page.data
      this.cursor = page.next_cursor
      this.problem = undefined
    } catch (error) {
      this.problem = asProblem(error)
      return
    }
    if (this.follows && this.isConnected) this.#follow(choice)
  }

  #follow(choice: LogChoice): void {
    const source = new EventSource(logAddress(this.#id, choice, { follow: '1', limit: '50' }))
    this.#source = source
    // Browsers try again by themselves, unless they were refused: the session is over, say.
    source.addEventListener('error', () => {
      if (source.readyState === EventSource.CLOSED && source === this.#source) void this.#read()
    })
    source.addEventListener('line', (event) => {
      const line = JSON.parse((event as MessageEvent<string>).data) as KeptLogLine
      // The first ones are those that are here already.
      if (this.lines?.some(({ id }) => id === line.id)) return
      this.lines = [line, ...(this.lines ?? [])].slice(0, shownMax)
    })
  }

  async #older(): Promise<void> {
    try {
      const page = await readLines(this.#id, this.choice, this.cursor)
      this.lines = [...(this.lines ?? []), ...page.data].slice(0, shownMax)
      this.cursor = this.lines.length < shownMax ? page.next_cursor : null
    } catch (error) {
      this.problem = asProblem(error)
    }
  }

  #choose(change: Partial<LogChoice>): void {
    this.choice = { ...this.choice, ...change }
    void this.#read()
  }

  #type(event: Event): void {
    const text = chosenIn(event)
    clearTimeout(this.#typing)
    this.#typing = setTimeout(() => this.#choose({ text }), typingMs)
  }

  #toggle(event: Event): void {
    this.follows = (event.target as HTMLInputElement).checked
    void this.#read()
  }

  async #debug(): Promise<void> {
    try {
      await changeLevels({ debug: [{ live_stream_id: this.#id, minutes: debugMinutes }] })
      this.note = `Everything about this stream is logged for ${debugMinutes} minutes, from the worker’s next heartbeat on.`
      this.#choose({ level: 'debug' })
    } catch (error) {
      this.problem = asProblem(error)
    }
  }

  #asText(): string {
    return (this.lines ?? [])
      .toReversed()
      .map((line) => JSON.stringify(line))
      .join('\n')
  }
}
customElements.define('logs-page', LogsPage)

const levelChoices: Readonly<Record<LogLevel, string>> = {
  debug: 'Everything',
  info: 'Info and above',
  warn: 'Warnings and errors',
  error: 'Errors only',
}
const partChoices = { '': 'everybody', control: 'the control plane', worker: 'the worker', ffmpeg: 'FFmpeg' }

const chosenIn = (event: Event) => (event.target as HTMLInputElement | HTMLSelectElement).value
