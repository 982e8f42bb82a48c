import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { Issue, LiveStream } from '#schema/contracts/live-stream.ts'
import { bitrateWords } from '../words/figures.ts'
import { loadWords } from '../words/plan-words.ts'
import { issueSubject } from '../words/problems.ts'
import { isOnAir, loudnessWords, paceWords, renditionWords } from '../words/stream-words.ts'

/** How much comes in, what goes out, and what is wrong with it. Empty while nothing runs. */
export function streamFacts(stream: LiveStream): TemplateResult {
  const { sample, renditions, health, viewers } = stream
  const onAir = isOnAir(stream)
  const isLive = stream.status === 'active' && sample !== null
  const pace = onAir && sample ? paceWords(sample, health.issues) : null
  const loudness = isLive ? loudnessWords(sample) : null
  const load = onAir ? loadWords(stream.plan) : null
  const subjectOf = (issue: Issue) => {
    const subject = issueSubject(stream, issue)
    return subject === null ? nothing : html`<b>${subject}:</b> `
  }
  return html`
    ${
      onAir
        ? html`
          <dl class="facts">
            ${isLive && stream.source.type !== 'test' ? html`<div><dt>Comes in</dt><dd class="figure">${bitrateWords(sample.source_bitrate_kbps)}</dd></div>` : nothing}
            <div><dt>Viewers</dt><dd class="figure">${viewers.now}${viewers.peak > viewers.now ? html` <span class="quiet">at most ${viewers.peak}</span>` : nothing}</dd></div>
            ${renditions.length > 0 ? html`<div><dt>Viewers get</dt><dd>${renditionWords(stream).join(' · ')}</dd></div>` : nothing}
            ${load ? html`<div><dt>Machine</dt><dd>${load}</dd></div>` : nothing}
            ${loudness ? html`<div><dt>Loudness</dt><dd>${loudness}</dd></div>` : nothing}
            ${pace ? html`<div class="warning"><dt>Pace</dt><dd>${pace}</dd></div>` : nothing}
          </dl>`
        : nothing
    }
    <ul class="issues">
      ${repeat(
        health.issues,
        ({ code, input_id }) => `${input_id} ${code}`,
        (issue) => html`
          <li class=${issue.severity}>${subjectOf(issue)}${issue.detail} <span>${issue.fix}</span></li>`,
      )}
    </ul>`
}
