import { html, svg, type TemplateResult } from 'lit'
import type { BroadcastReport, DeliveryState } from '#schema/contracts/broadcast.ts'
import { clockWords, lengthWords, secondsOf, stateNames, timelineWords } from '../words/report-words.ts'

type State = DeliveryState | 'live'
interface Bar {
  readonly state: State
  readonly from: string
  readonly to: string
}

/** Units of a strip, which is stretched to whatever width there is. */
const wide = 1_000
const high = 20
/** Bars differ in height too, not in colour alone. */
const heights: Readonly<Record<State, number>> = {
  ...{ live: 20, broadcasting: 20, slow: 17, slate: 14, starting: 9, retrying: 9, errored: 20, idle: 2, unknown: 5 },
}

/** What viewers and each destination got over time: a strip each, in words for who cannot see it, and as a table. */
export function timelines(report: BroadcastReport): TemplateResult {
  const rows = rowsOf(report)
  const used = Object.keys(stateNames).filter((state) =>
    rows.some(({ bars }) => bars.some((bar) => bar.state === state)),
  )
  return html`
    <ul class="timelines">
      ${rows.map(
        ({ label, detail, bars }) => html`
          <li>
            <p>${label} ${detail ? html`<span class="quiet">${detail}</span>` : ''}</p>
            ${strip(bars, label, report)}
          </li>`,
      )}
      <li class="axis" aria-hidden="true">${axis(report).map((words) => html`<span>${words}</span>`)}</li>
    </ul>
    <ul class="legend" aria-hidden="true">
      ${used.map((state) => html`<li><svg viewBox="0 0 14 20" width="14" height="20">${bar(state as State, 0, 14)}</svg>${stateNames[state as State]}</li>`)}
    </ul>
    <details>
      <summary>The same as a table</summary>
      <div class="scroll" role="region" aria-label="Timeline as a table" tabindex="0">
        <table>
          <thead><tr><th>From</th><th>For</th><th>What</th></tr></thead>
          ${rows.map(
            ({ label, bars }) => html`
              <tbody>
                <tr><th colspan="3" scope="rowgroup">${label}</th></tr>
                ${bars.map(
                  (span) => html`
                    <tr><td>${clockWords(span.from, report)}</td><td>${lengthWords(secondsOf(span))}</td><td>${stateNames[span.state]}</td></tr>`,
                )}
              </tbody>`,
          )}
        </table>
      </div>
    </details>`
}

function rowsOf(report: BroadcastReport): { label: string; detail: string; bars: readonly Bar[] }[] {
  const { programme, delivery, inputs, known_until } = report
  return [
    { label: 'Viewers', detail: '', bars: programme.spans },
    ...delivery.map(({ name, host, spans }) => ({ label: name, detail: name === host ? '' : host, bars: spans })),
    ...(inputs.length > 1 ? inputs : []).map(({ name, type, stretches }, index) => ({
      label: name ?? `Input ${index + 1}`,
      detail: `input, ${type}`,
      bars: stretches.map(({ from, to }) => ({ state: 'live' as const, from, to: to ?? known_until })),
    })),
  ]
}

function strip(bars: readonly Bar[], label: string, report: BroadcastReport): TemplateResult {
  const { started_at: from, known_until: to } = report
  const scale = wide / Math.max(0.1, secondsOf({ from, to }))
  return html`
    <svg class="strip-of-time" viewBox=${`0 0 ${wide} ${high}`} preserveAspectRatio="none" role="img"
      aria-label=${`${label}: ${timelineWords(bars, report)}`}>
      ${bars.map((span) => {
        const x = secondsOf({ from, to: span.from }) * scale
        const told = `${stateNames[span.state]} from ${clockWords(span.from, report)} for ${lengthWords(secondsOf(span))}`
        // However short, it is to be seen.
        return bar(span.state, Math.min(x, wide - 2), Math.max(2, secondsOf(span) * scale), told)
      })}
    </svg>`
}

const bar = (state: State, x: number, width: number, told?: string) => svg`
  <rect class=${state} x=${x.toFixed(1)} y=${high - heights[state]} width=${width.toFixed(1)} height=${heights[state]}>
    ${told === undefined ? '' : svg`<title>${told}</title>`}
  </rect>`

/** Times from the beginning to the end, at equal distances. */
function axis(report: BroadcastReport): string[] {
  const [from, to] = [Date.parse(report.started_at), Date.parse(report.known_until)]
  return [0, 0.25, 0.5, 0.75, 1].map((part) => clockWords(new Date(from + (to - from) * part).toISOString(), report))
}
