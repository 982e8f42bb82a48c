import { html, nothing, type TemplateResult } from 'lit'
import type { Audience, PlaybackQuality } from '#schema/contracts/metrics.ts'
import { bitrateWords } from '../words/figures.ts'
import { lengthWords } from '../words/report-words.ts'

const protocolWords: Readonly<Record<PlaybackQuality['protocol'], string>> = {
  hls: 'HLS',
  dash: 'DASH',
  native: 'The browser’s own HLS',
}
const failureWords: Readonly<Record<string, string>> = {
  network: 'did not get through',
  media: 'could not show the picture',
  stalled: 'stood still for long',
  unsupported: 'browser can’t play it',
  other: 'something else',
}

/** Who watched, and how it played for them. `pages`: different ones in the broadcast that is on. */
export function audienceView({ viewers, quality, countries }: Audience, pages: number): TemplateResult {
  return html`
    <dl class="figures">
      <div><dt>Viewers now</dt><dd>${viewers.now}</dd></div>
      <div><dt>At most at a time</dt><dd>${viewers.peak}</dd></div>
      <div><dt>On average, while anybody watched</dt><dd>${viewers.mean === null ? '–' : Math.round(viewers.mean * 10) / 10}</dd></div>
      ${pages === 0 ? nothing : html`<div><dt>Pages in this broadcast, about</dt><dd>${pages}</dd></div>`}
    </dl>
    ${quality.length === 0 ? html`<p class="quiet">No page with our player told of itself in this time.</p>` : qualityTable(quality)}
    ${countries.length === 0 ? nothing : countryTable(countries)}
    <p class="quiet">Pages with our player are counted, each by a random name that it forgets when it is closed. No address is kept. Whoever watches in another player, like VLC, is not counted.</p>`
}

function qualityTable(quality: readonly PlaybackQuality[]): TemplateResult {
  const spread = ({ p50, p95 }: PlaybackQuality['startup_ms'], words: (value: number) => string) =>
    p50 === null || p95 === null ? '–' : `${words(p50)} – ${words(p95)}`
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label="How it played">
      <table>
        <caption>How it played. Two figures: half of the viewers – all but 5 %.</caption>
        <thead>
          <tr>
            <th scope="col">By</th><th scope="col">Watched</th><th scope="col">Starts</th><th scope="col">First picture after</th>
            <th scope="col">Behind the source</th><th scope="col">Bit rate</th><th scope="col">Stood still</th>
            <th scope="col">Pictures not shown</th><th scope="col">Failures</th>
          </tr>
        </thead>
        <tbody>
          ${quality.map(
            (row) => html`
              <tr>
                <th scope="row">${protocolWords[row.protocol]}</th>
                <td>${lengthWords(row.watched_s)}</td>
                <td>${row.plays}</td>
                <td>${spread(row.startup_ms, (value) => `${(value / 1_000).toFixed(1)} s`)}</td>
                <td>${spread(row.latency_s, (value) => `${value.toFixed(1)} s`)}</td>
                <td>${spread(row.bitrate_kbps, bitrateWords)}</td>
                <td>${row.stalled_share === null ? '–' : `${(row.stalled_share * 100).toFixed(1)} %, ${row.stalls}×`}</td>
                <td>${row.dropped_share === null ? '–' : `${(row.dropped_share * 100).toFixed(2)} %`}</td>
                <td>${row.failures.length === 0 ? 'none' : row.failures.map(({ code, times }) => `${times}× ${failureWords[code] ?? code}`).join(', ')}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`
}

const countryTable = (countries: Audience['countries']): TemplateResult => html`
  <details>
    <summary>${countries.length} countries</summary>
    <table>
      <thead><tr><th scope="col">Country</th><th scope="col">Watched</th></tr></thead>
      <tbody>
        ${countries.map(({ country, watched_s }) => html`<tr><th scope="row">${countryName(country)}</th><td>${lengthWords(watched_s)}</td></tr>`)}
      </tbody>
    </table>
  </details>`

function countryName(code: string): string {
  try {
    return new Intl.DisplayNames(undefined, { type: 'region' }).of(code) ?? code
  } catch {
    return code
  }
}
