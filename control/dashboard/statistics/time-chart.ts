import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import uPlot from 'uplot'
import { LightElement } from '../components/light-element.ts'

/** One line; the values belong to the chart's times. */
export interface ChartLine {
  readonly label: string
  readonly values: readonly (number | null)[]
}

/** Rows in the table beside a chart at most; of more that are known it shows each second, third, … */
const rowsMax = 60
const chartHeight = 150

/** Figures over time. Pointer and arrow keys read single values; a table says the same. Charts on a page move together. */
class TimeChart extends LightElement {
  static override properties = {
    heading: {},
    times: { attribute: false },
    step: { type: Number },
    lines: { attribute: false },
    words: { attribute: false },
    atLeast: { type: Number },
    fromZero: { type: Boolean },
    at: { state: true },
  }
  declare heading: string
  /** Unix seconds. */
  declare times: readonly number[]
  /** Seconds of a point. */
  declare step: number
  declare lines: readonly ChartLine[]
  declare words: (value: number) => string
  declare atLeast: number
  declare fromZero: boolean
  /** The point that is looked at; null: the last that is known. */
  declare at: number | null
  #plot: uPlot | undefined
  #sized = new ResizeObserver(() => this.#fit())
  #scheme = matchMedia('(prefers-color-scheme: dark)')

  constructor() {
    super()
    this.atLeast = 1
    this.fromZero = true
    this.at = null
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#scheme.addEventListener('change', this.#redraw)
    this.#sized.observe(this)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#scheme.removeEventListener('change', this.#redraw)
    this.#sized.disconnect()
    this.#plot?.destroy()
    this.#plot = undefined
  }

  protected override render(): TemplateResult {
    const { heading, lines, words, times } = this
    const last = lastKnown(lines)
    const index = this.at ?? last
    const isEmpty = last === null
    // Always there: a line that goes as the pointer comes down takes away what is below it.
    const time = index === null ? nothing : timeWords(times[index] ?? 0, this.step)
    return html`
      <figure class="time-chart">
        <figcaption>
          <h3>${heading}</h3>
          <ul class="readout">
            ${lines.map(({ label, values }, line) => {
              const value = index === null ? null : (values[index] ?? null)
              return html`<li class=${`line-${line}`}>${label} <b>${value === null ? '–' : words(value)}</b></li>`
            })}
            <li class="quiet">${time}</li>
          </ul>
        </figcaption>
        <div class="plot" ?hidden=${isEmpty} tabindex="0" role="img" aria-label=${`${heading}: ${this.#summary()} Use the arrow keys to read values.`}
          @keydown=${this.#onKey} @blur=${() => this.#look(null)}></div>
        ${isEmpty ? html`<p class="quiet empty">Nothing is known of this time.</p>` : this.#table()}
        <p class="unseen" role="status">${this.at === null || index === null ? nothing : this.#told(index)}</p>
      </figure>`
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has('times') || changed.has('lines')) this.#draw()
  }

  #table(): TemplateResult {
    const { times, lines, words, step } = this
    const known = times.flatMap((at, index) =>
      lines.some(({ values }) => isKnown(values[index])) ? [{ at, index }] : [],
    )
    const every = Math.max(1, Math.ceil(known.length / rowsMax))
    return html`
      <details>
        <summary>As a table</summary>
        <div class="scroll" tabindex="0" role="region" aria-label=${`${this.heading} as a table`}>
          <table>
            <thead><tr><th scope="col">Time</th>${lines.map(({ label }) => html`<th scope="col">${label}</th>`)}</tr></thead>
            <tbody>
              ${known.map(({ at, index }, row) => {
                if (row % every !== 0) return nothing
                return html`<tr><th scope="row">${timeWords(at, step)}</th>${lines.map(({ values }) => {
                  const value = values[index] ?? null
                  return html`<td>${value === null ? '–' : words(value)}</td>`
                })}</tr>`
              })}
            </tbody>
          </table>
        </div>
      </details>`
  }

  #summary(): string {
    return this.lines
      .map(({ label, values }) => {
        const known = values.filter((value) => value !== null)
        if (known.length === 0) return `${label} not known.`
        return `${label} from ${this.words(Math.min(...known))} to ${this.words(Math.max(...known))}.`
      })
      .join(' ')
  }

  #told(index: number): string {
    const values = this.lines.map(({ label, values }) => {
      const value = values[index] ?? null
      return `${label} ${value === null ? 'not known' : this.words(value)}`
    })
    return `${timeWords(this.times[index] ?? 0, this.step)}: ${values.join(', ')}`
  }

  #draw(): void {
    const data = [[...this.times], ...this.lines.map(({ values }) => [...values])] as uPlot.AlignedData
    const plot = this.#plot
    if (plot && plot.series.length === this.lines.length + 1) {
      plot.setData(data)
      return
    }
    plot?.destroy()
    const target = this.querySelector<HTMLElement>('.plot')
    if (target) this.#plot = new uPlot(this.#options(target), data, target)
  }

  #options(target: HTMLElement): uPlot.Options {
    const quiet = () => colorOf(target, '--quiet')
    const grid = () => colorOf(target, '--line')
    const axis = { stroke: quiet, grid: { stroke: grid, width: 1 }, ticks: { show: false }, font: '12px system-ui' }
    return {
      width: Math.max(200, target.clientWidth || 600),
      height: chartHeight,
      legend: { show: false },
      cursor: { sync: { key: 'statistics' }, y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: {
        x: { time: true },
        y: {
          range: (_, low, high) => {
            if (!this.fromZero) return low === null ? [-40, 0] : [Math.floor(low) - 2, Math.ceil(high) + 2]
            return [0, Math.max(this.atLeast, (high ?? 0) * 1.05)]
          },
        },
      },
      axes: [
        {
          ...axis,
          size: 30,
          space: 76,
          values: (_, splits) => splits.map((at) => timeWords(at, Math.max(60, this.step))),
        },
        { ...axis, size: 78, space: 36, values: (_, splits) => splits.map((value) => this.words(value)) },
      ],
      series: [
        {},
        ...this.lines.map(({ label }, line) => ({
          label,
          stroke: () => colorOf(target, line === 0 ? '--accent' : '--warning'),
          width: 1.5,
          // A point between two that are not known has no line.
          points: {
            show: true,
            size: 4,
            filter: (_: uPlot, series: number) => alone(this.lines[series - 1]?.values ?? []),
          },
          spanGaps: false,
        })),
      ],
      hooks: {
        setCursor: [
          ({ cursor }) => {
            const index = cursor.left === undefined || cursor.left < 0 ? null : (cursor.idx ?? null)
            if (index !== this.at) this.at = index
          },
        ],
      },
    }
  }

  #onKey(event: KeyboardEvent): void {
    const steps: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20 }
    const last = this.times.length - 1
    const now = this.at ?? lastKnown(this.lines) ?? last
    const wanted = event.key === 'Home' ? 0 : event.key === 'End' ? last : now + (steps[event.key] ?? 0)
    if (event.key === 'Escape') this.#look(null)
    else if (wanted === now && !['Home', 'End'].includes(event.key)) return
    else this.#look(Math.min(last, Math.max(0, wanted)))
    event.preventDefault()
  }

  #look(index: number | null): void {
    const plot = this.#plot
    const at = index === null ? undefined : this.times[index]
    if (plot)
      plot.setCursor({ left: at === undefined ? -10 : plot.valToPos(at, 'x'), top: at === undefined ? -10 : 10 })
    this.at = index
  }

  #fit(): void {
    const target = this.querySelector<HTMLElement>('.plot')
    if (this.#plot && target && target.clientWidth > 0 && target.clientWidth !== this.#plot.width)
      this.#plot.setSize({ width: target.clientWidth, height: chartHeight })
  }

  #redraw = (): void => this.#plot?.redraw()
}
customElements.define('time-chart', TimeChart)

/** What a colour of tokens.css is now: the canvas knows nothing of `light-dark()`. */
function colorOf(element: HTMLElement, name: string): string {
  element.style.setProperty('--asked', `var(${name})`)
  return getComputedStyle(element).caretColor
}

const isKnown = (value: number | null | undefined): value is number => value !== null && value !== undefined

/** Which points have none beside them. */
const alone = (values: readonly (number | null)[]): number[] =>
  values.flatMap((value, at) => (isKnown(value) && !isKnown(values[at - 1]) && !isKnown(values[at + 1]) ? [at] : []))

function lastKnown(lines: readonly ChartLine[]): number | null {
  const indexes = lines.map(({ values }) => values.findLastIndex((value) => value !== null))
  const last = Math.max(-1, ...indexes)
  return last < 0 ? null : last
}

/** As exact as points of so many seconds are. */
function timeWords(at: number, step: number): string {
  const date = new Date(at * 1_000)
  if (step >= 86_400) return date.toLocaleDateString(undefined, { day: 'numeric', month: 'short' })
  if (step >= 600)
    return date.toLocaleString(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })
  return date.toLocaleTimeString(
    undefined,
    step < 60 ? { hour: '2-digit', minute: '2-digit', second: '2-digit' } : { hour: '2-digit', minute: '2-digit' },
  )
}
