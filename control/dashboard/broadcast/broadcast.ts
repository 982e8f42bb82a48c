import { html, nothing, type TemplateResult } from 'lit'
import type { BroadcastReport } from '#schema/contracts/broadcast.ts'
import { api } from '../api.ts'
import { LightElement } from '../components/light-element.ts'
import '../components/sign-in.ts'
import { brandName } from '../components/weir-brand.ts'
import { asProblem, type RequestProblem } from '../problem.ts'
import { RequestEvent } from '../request-event.ts'
import { readReport } from './read-report.ts'
import { reportView } from './report-view.ts'

/** A report of what is live is read again so often, milliseconds. */
const refreshMs = 5_000

/** The page `/broadcasts/<id>`: what happened in one broadcast. Who is not signed in is asked to. */
class BroadcastPage extends LightElement {
  static override properties = { report: { state: true }, problem: { state: true } }
  declare report: BroadcastReport | undefined
  declare problem: RequestProblem | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor() {
    super()
    this.addEventListener(RequestEvent.type, (event) => {
      const request = event as RequestEvent
      request.answer = request.run(api, () => {})
    })
  }

  override connectedCallback(): void {
    super.connectedCallback()
    void this.#read()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearTimeout(this.#timer)
  }

  protected override updated(): void {
    document.title = this.report ? `${this.report.name} · ${brandName()}` : `Broadcast · ${brandName()}`
  }

  protected override render(): TemplateResult {
    if (this.problem?.isSignedOut)
      return html`<main class="center"><sign-in @signed-in=${() => this.#read()}></sign-in></main>`
    return html`
      <header class="top">
        <div class="bar">
          <a class="brand" href="/"><weir-brand></weir-brand></a>
          ${
            this.report
              ? html`
                <a class="button" href=${`/v1/broadcasts/${this.report.id}/timeline.svg`} download=${`${this.report.id}.svg`}>Picture</a>
                <a class="button" href=${`/v1/broadcasts/${this.report.id}/report`} download=${`${this.report.id}.json`}>JSON</a>`
              : nothing
          }
        </div>
      </header>
      <main>
        <div role="status">
          ${this.problem ? html`<p class="problem">${this.problem.message}</p>` : nothing}
          ${this.report || this.problem ? nothing : html`<p class="quiet waiting">One moment…</p>`}
        </div>
        ${this.report ? reportView(this.report) : nothing}
      </main>`
  }

  async #read(): Promise<void> {
    clearTimeout(this.#timer)
    const id = location.pathname.split('/').at(-1) ?? ''
    try {
      this.report = await readReport(decodeURIComponent(id))
      this.problem = undefined
    } catch (error) {
      this.problem = asProblem(error)
    }
    if (this.isConnected && this.#mayChange) this.#timer = setTimeout(() => void this.#read(), refreshMs)
  }

  /** Control may be away for a moment; what is over stays as it is. */
  get #mayChange(): boolean {
    const { report, problem } = this
    return problem ? problem.status === 0 || problem.status >= 500 : report?.state === 'live'
  }
}
customElements.define('broadcast-page', BroadcastPage)
