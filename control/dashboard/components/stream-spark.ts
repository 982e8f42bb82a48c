import { html, type PropertyValues, type TemplateResult } from 'lit'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { Metrics } from '#schema/contracts/metrics.ts'
import { Requests } from '../request-event.ts'
import { bitrateWords } from '../words/figures.ts'
import { LightElement } from './light-element.ts'

/** What is drawn: the last ten minutes, a point for each ten seconds. */
const stepSeconds = 10
const pointsMax = 60
const wide = 120
const high = 28

interface SparkPoint {
  /** Unix seconds, by ten. */
  readonly at: number
  readonly outputKbps: number | null
  readonly viewers: number | null
}

/** The bit rate and the viewers of the last ten minutes as small lines. Read once; live updates carry them on. */
class StreamSpark extends LightElement {
  static override properties = { stream: { attribute: false }, points: { state: true } }
  declare stream: LiveStream
  /** Oldest first. */
  declare points: readonly SparkPoint[]
  readonly #requests = new Requests(this)

  constructor() {
    super()
    this.points = []
  }

  protected override willUpdate(changed: PropertyValues): void {
    const { sample, viewers } = this.stream
    if (!changed.has('stream') || !sample) return
    const at = Math.floor(Date.parse(sample.at) / 1_000 / stepSeconds) * stepSeconds
    if (at <= (this.points.at(-1)?.at ?? 0)) return
    const point = { at, outputKbps: sample.output_bitrate_kbps, viewers: viewers.now }
    this.points = [...this.points, point].slice(-pointsMax)
  }

  protected override firstUpdated(): void {
    void this.#load()
  }

  protected override render(): TemplateResult {
    const { points } = this
    // The place is kept until there is something to draw.
    if (points.length < 2)
      return html`<div class="spark"><svg viewBox=${`0 0 ${wide} ${high}`} preserveAspectRatio="none" aria-hidden="true"></svg></div>`
    return html`
      <a class="spark" href=${`/statistics/${this.stream.id}`}>
        <span class="unseen">Statistics. The last ten minutes: ${spanWords(points)}</span>
        <svg viewBox=${`0 0 ${wide} ${high}`} preserveAspectRatio="none" aria-hidden="true">
          <path class="viewers" d=${line(points, ({ viewers }) => viewers, 4)}></path>
          <path d=${line(points, ({ outputKbps }) => outputKbps, 100)}></path>
        </svg>
      </a>`
  }

  async #load(): Promise<void> {
    const { id } = this.stream
    const loaded = await this.#requests.send('spark', (api) => api.recentMetrics(id, stepSeconds))
    if (!loaded) return
    const before = pointsOf(loaded.answer)
    const last = before.at(-1)?.at ?? 0
    this.points = [...before, ...this.points.filter(({ at }) => at > last)].slice(-pointsMax)
  }
}
customElements.define('stream-spark', StreamSpark)

function pointsOf({ times, series }: Metrics): SparkPoint[] {
  const values = (name: string) => series.find((each) => each.name === name)?.values ?? []
  const [output, viewers] = [values('output_bitrate_kbps'), values('viewers')]
  return times
    .map((at, index) => ({ at, outputKbps: output[index] ?? null, viewers: viewers[index] ?? null }))
    .filter(({ outputKbps }) => outputKbps !== null)
}

function spanWords(points: readonly SparkPoint[]): string {
  const known = points.flatMap(({ outputKbps }) => outputKbps ?? [])
  const most = Math.max(0, ...points.map(({ viewers }) => viewers ?? 0))
  return `${bitrateWords(Math.min(...known))} to ${bitrateWords(Math.max(...known))} went out, ${most} viewers at most.`
}

/** A path from left to right; where nothing is known is a gap. */
function line(points: readonly SparkPoint[], value: (point: SparkPoint) => number | null, atLeast: number): string {
  const last = points.at(-1)?.at ?? 0
  const highest = Math.max(atLeast, ...points.map((point) => value(point) ?? 0))
  let drawnAt = Number.NEGATIVE_INFINITY
  return points
    .map((point) => {
      const height = value(point)
      if (height === null) return ''
      const x = wide - ((last - point.at) / stepSeconds) * (wide / (pointsMax - 1))
      const y = high - 2 - (height / highest) * (high - 4)
      const isNext = point.at - drawnAt <= 2 * stepSeconds
      drawnAt = point.at
      return `${isNext ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`
    })
    .join('')
}
