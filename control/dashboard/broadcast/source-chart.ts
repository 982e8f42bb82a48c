import { html, svg, type TemplateResult } from 'lit'
import type { BroadcastReport } from '#schema/contracts/broadcast.ts'
import type { BroadcastPoint } from '#schema/contracts/broadcast-tally.ts'
import { bitrateWords, fpsWords } from '../words/figures.ts'

const wide = 1_000
const high = 100

/** How much came from the source over time, and how many pictures a second were made of it. */
export function sourceCharts({ source, started_at, known_until }: BroadcastReport): TemplateResult {
  const { points, bitrate_kbps, fps } = source
  if (!bitrate_kbps || !fps)
    return html`<p class="quiet">Too short for figures: they are kept for each ten seconds.</p>`
  const span = { from: started_at, to: known_until }
  return html`
    <div class="charts">
      ${chart('Bit rate', points, span, ({ source_kbps }) => source_kbps, bitrate_kbps, bitrateWords)}
      ${chart('Frame rate', points, span, (point) => point.fps, fps, fpsWords)}
    </div>`
}

interface Figures {
  readonly lowest: number
  readonly mean: number
  readonly highest: number
}

function chart(
  title: string,
  points: readonly BroadcastPoint[],
  span: { readonly from: string; readonly to: string },
  value: (point: BroadcastPoint) => number,
  figures: Figures,
  words: (value: number) => string,
): TemplateResult {
  const highest = Math.max(1, ...points.map(value))
  const from = Date.parse(span.from)
  const scale = wide / Math.max(1, Date.parse(span.to) - from)
  const bars = points.map((point) => {
    const tall = (value(point) / highest) * (high - 4)
    const x = (Date.parse(point.at) - from) * scale
    return svg`<rect x=${x.toFixed(1)} y=${(high - tall).toFixed(1)} width=${Math.max(1, point.seconds * 1_000 * scale).toFixed(1)} height=${tall.toFixed(1)}></rect>`
  })
  const told = `lowest ${words(figures.lowest)}, mean ${words(figures.mean)}, highest ${words(figures.highest)}`
  return html`
    <figure>
      <figcaption>${title} <span class="quiet">${told}</span></figcaption>
      <svg class="chart" viewBox=${`0 0 ${wide} ${high}`} preserveAspectRatio="none" role="img"
        aria-label=${`${title} over the broadcast: ${told}`}>${bars}</svg>
    </figure>`
}
