import { html, nothing, type TemplateResult } from 'lit'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { Metrics } from '#schema/contracts/metrics.ts'
import { platformOf } from '#schema/platforms.ts'
import { api } from '../api.ts'
import { LightElement } from '../components/light-element.ts'
import '../components/sign-in.ts'
import { brandName } from '../components/weir-brand.ts'
import { asProblem, type RequestProblem } from '../problem.ts'
import { RequestEvent } from '../request-event.ts'
import { audienceView } from './audience-view.ts'
import { type ChartPlan, destinationCharts, renditionCharts, streamCharts, workerCharts } from './chart-plans.ts'
import { rangeOfAddress, ranges, type TimeRange } from './ranges.ts'
import { type Figures, metricsPath, type Part, partOfId, readFigures } from './read-figures.ts'
import './time-chart.ts'

/** Shown even where nothing is known; of the others only what there is. */
const alwaysShown = new Set(['Bit rate', 'Viewers', 'Pictures'])

/** The page `/statistics/<id>` of a live stream or worker: its figures over time, and who watched. Who is not signed in is asked to. */
class StatisticsPage extends LightElement {
  static override properties = {
    figures: { state: true },
    problem: { state: true },
    range: { state: true },
    shown: { state: true },
  }
  declare figures: Figures | undefined
  declare problem: RequestProblem | undefined
  declare range: TimeRange
  declare shown: Part
  #timer: ReturnType<typeof setTimeout> | undefined
  #reading = new AbortController()

  constructor() {
    super()
    this.range = rangeOfAddress(location.hash)
    this.shown = partOfId(this.#id)
    this.addEventListener(RequestEvent.type, (event) => {
      const request = event as RequestEvent
      request.answer = request.run(api, () => {})
    })
  }

  override connectedCallback(): void {
    super.connectedCallback()
    addEventListener('hashchange', this.#onAddress)
    document.addEventListener('visibilitychange', this.#onVisible)
    void this.#read()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    removeEventListener('hashchange', this.#onAddress)
    document.removeEventListener('visibilitychange', this.#onVisible)
    this.#reading.abort()
    clearTimeout(this.#timer)
  }

  get #id(): string {
    return decodeURIComponent(location.pathname.split('/').at(-1) ?? '')
  }

  protected override updated(): void {
    document.title = this.figures ? `${this.figures.name}: statistics · ${brandName()}` : `Statistics · ${brandName()}`
  }

  protected override render(): TemplateResult {
    const { figures, problem } = this
    if (problem?.isSignedOut)
      return html`<main class="center"><sign-in @signed-in=${() => this.#read()}></sign-in></main>`
    return html`
      <header class="top">
        <div class="bar">
          <a class="brand" href="/"><weir-brand></weir-brand></a>
          <a class="button" href=${`${metricsPath(this.#id, this.range, this.shown)}&format=csv`} download>CSV</a>
        </div>
      </header>
      <main>
        <section class="heading">
          <h1>${figures ? figures.name : 'Statistics'}</h1>
          ${this.#choices()}
        </section>
        <div role="status">
          ${problem ? html`<p class="problem">${problem.message}</p>` : nothing}
          ${figures || problem ? nothing : html`<p class="quiet waiting">One moment…</p>`}
        </div>
        ${problem && !figures ? html`<button type="button" @click=${() => this.#read()}>Try again</button>` : nothing}
        ${figures ? this.#content(figures) : nothing}
      </main>`
  }

  #choices(): TemplateResult {
    const { stream = null, metrics } = this.figures ?? {}
    return html`
      <div class="choices">
        <div class="ranges" role="group" aria-label="How far back">
          ${ranges.map(
            (range) => html`
              <button type="button" aria-pressed=${range.id === this.range.id} @click=${() => this.#choose(range)}>${range.label}</button>`,
          )}
        </div>
        ${
          stream && metrics
            ? html`
              <label>Of
                <select @change=${this.#onPart}>
                  ${partsOf(stream, metrics, this.shown).map(
                    ({ value, label }) =>
                      html`<option value=${value} ?selected=${value === partValue(this.shown)}>${label}</option>`,
                  )}
                </select>
              </label>`
            : nothing
        }
      </div>`
  }

  #content({ metrics, audience, stream }: Figures): TemplateResult {
    const isEmpty = metrics.series.every(({ values }) => values.every((value) => value === null))
    if (isEmpty)
      return html`
        <section class="panel">
          <p class="quiet">Nothing was measured in this time. Figures come as soon as it runs; choose a longer time to see what was before.</p>
        </section>`
    return html`
      <h2 class="unseen">Figures over time</h2>
      <section class="charts-of-time">${chartsOf(this.shown).map((plan) => this.#chart(plan, metrics))}</section>
      ${audience ? html`<section class="panel"><h2>Viewers</h2>${audienceView(audience, stream?.viewers.pages ?? 0)}</section>` : nothing}`
  }

  #chart({ heading, lines, words, atLeast = 1, fromZero = true }: ChartPlan, metrics: Metrics) {
    const drawn = lines.flatMap(({ name, label }) => {
      const series = metrics.series.find((each) => each.name === name)
      return series ? [{ label, values: series.values }] : []
    })
    const isKnown = drawn.some(({ values }) => values.some((value) => value !== null))
    if (!isKnown && !alwaysShown.has(heading)) return nothing
    return html`
      <time-chart class="panel" .heading=${heading} .times=${metrics.times} .step=${metrics.step_s} .lines=${drawn}
        .words=${words} .atLeast=${atLeast} .fromZero=${fromZero}></time-chart>`
  }

  #choose(range: TimeRange): void {
    history.replaceState(null, '', `#${range.id}`)
    this.range = range
    void this.#read()
  }

  #onPart(event: Event): void {
    this.shown = partOf((event.target as HTMLSelectElement).value)
    void this.#read()
  }

  #onAddress = (): void => {
    this.range = rangeOfAddress(location.hash)
    void this.#read()
  }

  /** Nobody looks: nothing is read. */
  #onVisible = (): void => {
    if (document.hidden) clearTimeout(this.#timer)
    else void this.#read()
  }

  async #read(): Promise<void> {
    clearTimeout(this.#timer)
    this.#reading.abort()
    this.#reading = new AbortController()
    const { signal } = this.#reading
    try {
      const figures = await readFigures(this.#id, this.range, this.shown, signal)
      if (signal.aborted) return
      this.figures = figures
      this.problem = undefined
    } catch (error) {
      if (signal.aborted) return
      this.problem = asProblem(error)
    }
    const mayMend = !this.problem || this.problem.status === 0 || this.problem.status >= 429
    if (this.isConnected && mayMend && !document.hidden)
      this.#timer = setTimeout(() => void this.#read(), this.range.refreshMs)
  }
}
customElements.define('statistics-page', StatisticsPage)

const chartsOf = ({ kind }: Part): readonly ChartPlan[] =>
  ({ stream: streamCharts, destination: destinationCharts, rendition: renditionCharts, worker: workerCharts })[kind]

const partValue = (part: Part): string =>
  part.kind === 'destination' ? `d ${part.id}` : part.kind === 'rendition' ? `r ${part.name}` : ''

function partOf(value: string): Part {
  if (value.startsWith('d ')) return { kind: 'destination', id: value.slice(2) }
  return value.startsWith('r ') ? { kind: 'rendition', name: value.slice(2) } : { kind: 'stream' }
}

/** What can be chosen: what there is now, what there was in this time, and what is chosen. */
function partsOf(stream: LiveStream, { destination_ids, renditions }: Metrics, chosen: Part) {
  const destinations = new Set([...stream.destinations.map(({ id }) => id), ...destination_ids])
  const names = new Set([...stream.renditions.map(({ name }) => name), ...renditions])
  if (chosen.kind === 'destination') destinations.add(chosen.id)
  if (chosen.kind === 'rendition') names.add(chosen.name)
  return [
    { value: '', label: 'The whole stream' },
    ...Array.from(names, (name) => ({ value: `r ${name}`, label: `Viewers’ size ${name}` })),
    ...Array.from(destinations, (id) => ({ value: `d ${id}`, label: destinationLabel(stream, id) })),
  ]
}

function destinationLabel(stream: LiveStream, id: string): string {
  const found = stream.destinations.find((each) => each.id === id)
  if (!found) return 'A destination that was removed'
  return (
    found.name ??
    (found.platform === 'custom' ? URL.parse(found.url)?.hostname : platformOf(found.platform)?.name) ??
    id
  )
}
