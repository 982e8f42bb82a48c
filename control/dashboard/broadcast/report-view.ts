import { html, nothing, type TemplateResult } from 'lit'
import type { BroadcastReport } from '#schema/contracts/broadcast.ts'
import { broadcastState } from '../words/broadcast-words.ts'
import { bitrateWords, fpsWords, sizeWords } from '../words/figures.ts'
import { clockWords, incidentTime, inputTypeWords, lengthWords } from '../words/report-words.ts'
import { sourceCharts } from './source-chart.ts'
import { timelines } from './timeline.ts'

/** All of a report, for people. */
export function reportView(report: BroadcastReport): TemplateResult {
  return html`
    ${heading(report)}
    ${section('Timeline', timelines(report))}
    ${section('What went wrong', incidents(report))}
    ${report.delivery.length > 0 ? section('Destinations', destinations(report)) : nothing}
    ${section('Source', html`${sourceCharts(report)} ${inputs(report)}`)}
    ${section('Viewers', viewers(report))}
    ${section('All that happened', moments(report))}`
}

const section = (title: string, content: TemplateResult): TemplateResult =>
  html`<section class="panel"><h2>${title}</h2>${content}</section>`

function heading(report: BroadcastReport): TemplateResult {
  const { label, tone } = broadcastState(report)
  const day = new Date(report.started_at).toLocaleDateString(undefined, { dateStyle: 'full' })
  const end = report.ended_at === null ? 'now' : clockWords(report.ended_at, report)
  return html`
    <section class="heading">
      <h1>${report.name}</h1>
      <p>
        <span class=${`state ${tone}`}>${label}</span>
        <time datetime=${report.started_at}>${day}, ${clockWords(report.started_at, report)}</time> to ${end}
      </p>
      <ul class="summary">${report.summary.map((sentence) => html`<li>${sentence}</li>`)}</ul>
      ${figures(report)}
      ${report.continues ? html`<p>It went on with <a href=${`/broadcasts/${report.continues}`}>the broadcast before it</a>, whose worker was lost or stopped.</p>` : nothing}
      ${report.continued_by ? html`<p>It went on as <a href=${`/broadcasts/${report.continued_by}`}>another broadcast</a> on a worker that took over.</p>` : nothing}
    </section>`
}

function figures({ duration_s, programme, delivery, source }: BroadcastReport) {
  const wanted = delivery.filter(({ outcome }) => outcome !== 'never')
  const unbroken = wanted.filter(({ outcome }) => outcome === 'unbroken')
  return html`
    <dl class="figures">
      <div><dt>On air</dt><dd>${lengthWords(duration_s)}</dd></div>
      <div><dt>Slate</dt><dd>${lengthWords(programme.slate_s)}</dd></div>
      ${wanted.length > 0 ? html`<div><dt>Without a break</dt><dd>${unbroken.length} of ${wanted.length}</dd></div>` : nothing}
      ${source.bitrate_kbps ? html`<div><dt>Came in</dt><dd>${bitrateWords(source.bitrate_kbps.mean)}</dd></div>` : nothing}
      ${source.fps ? html`<div><dt>Pictures</dt><dd>${fpsWords(source.fps.mean)}</dd></div>` : nothing}
    </dl>`
}

function incidents(report: BroadcastReport): TemplateResult {
  if (report.incidents.length === 0) return html`<p class="quiet">Nothing that is known of.</p>`
  return html`
    <ol class="incidents">
      ${report.incidents.map(
        (incident) => html`
          <li class=${incident.severity}>
            <p class="quiet">${incidentTime(incident, report)}</p>
            <p><b>${incident.title}</b></p>
            ${incident.detail === '' ? nothing : html`<p>${incident.detail}</p>`}
          </li>`,
      )}
    </ol>`
}

function destinations({ delivery }: BroadcastReport): TemplateResult {
  return html`
    <ul class="deliveries">
      ${delivery.map(
        ({ name, host, seconds, slate_s, away_s, retries, losses, sessions, bytes_sent, dropped_ms }) => html`
          <li>
            <h3>${name} ${name === host ? nothing : html`<span class="quiet">${host}</span>`}</h3>
            <dl class="figures">
              <div><dt>Broadcasting</dt><dd>${lengthWords(seconds.broadcasting)}</dd></div>
              <div><dt>with the slate</dt><dd>${lengthWords(slate_s)}</dd></div>
              <div><dt>Away</dt><dd>${lengthWords(away_s)}</dd></div>
              <div><dt>Lost</dt><dd>${losses}×</dd></div>
              <div><dt>Tried again</dt><dd>${retries}×</dd></div>
              <div><dt>Sessions</dt><dd>${sessions}</dd></div>
              <div><dt>Sent</dt><dd>${sizeWords(bytes_sent)}</dd></div>
              <div><dt>Left out</dt><dd>${dropped_ms === 0 ? 'nothing' : `${(dropped_ms / 1_000).toFixed(1)} s`}</dd></div>
            </dl>
          </li>`,
      )}
    </ul>`
}

function inputs({ inputs: all }: BroadcastReport): TemplateResult {
  return html`
    <ul>
      ${all.map(
        ({ name, type, seconds, times }, index) => html`
          <li>${name ?? `Input ${index + 1}`} <span class="quiet">${inputTypeWords[type]}, on air for ${lengthWords(seconds)}${times > 1 ? `, ${times} times` : ''}</span></li>`,
      )}
    </ul>`
}

const viewers = ({ viewers: { peak, pages, watched_s, detail } }: BroadcastReport): TemplateResult =>
  html`${
    peak === null
      ? nothing
      : html`<dl class="figures"><div><dt>At most at a time</dt><dd>${peak}</dd></div><div><dt>Pages in all, about</dt><dd>${pages}</dd></div></dl>`
  }<p>${watched_s === 0 ? 'Nobody watched through Weir.' : `Somebody watched for ${lengthWords(watched_s)}.`}</p><p class="quiet">${detail}</p>`

function moments(report: BroadcastReport): TemplateResult {
  return html`
    <details>
      <summary>${report.moments.length} changes</summary>
      ${report.moments_left_out > 0 ? html`<p class="quiet">${report.moments_left_out} older changes are not kept.</p>` : nothing}
      <ol class="moments" tabindex="0" aria-label="Changes, the oldest first">
        ${report.moments.map(
          ({ at, detail }) =>
            html`<li><time class="quiet" datetime=${at}>${clockWords(at, report)}</time> <span>${detail}</span></li>`,
        )}
      </ol>
    </details>`
}
