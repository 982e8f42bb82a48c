import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { bitrateWords } from '../words/figures.ts'
import { isOnAir, paceWords, renditionWords } from '../words/stream-words.ts'

/** How much comes in, what goes out, and what is wrong with it. Empty while nothing runs. */
export function streamFacts(stream: LiveStream): TemplateResult {
  const { sample, renditions, health } = stream
  const onAir = isOnAir(stream)
  const pace = onAir && sample ? paceWords(sample) : null
  return html`
    ${
      onAir
        ? html`
          <dl class="facts">
            ${stream.status === 'active' && sample ? html`<div><dt>Comes in</dt><dd class="figure">${bitrateWords(sample.source_bitrate_kbps)}</dd></div>` : nothing}
            ${renditions.length > 0 ? html`<div><dt>Viewers get</dt><dd>${renditionWords(stream).join(' · ')}</dd></div>` : nothing}
            ${pace ? html`<div class="warning"><dt>Pace</dt><dd>${pace}</dd></div>` : nothing}
          </dl>`
        : nothing
    }
    <ul class="issues">
      ${repeat(
        health.issues,
        ({ code }) => code,
        ({ severity, detail, fix }) => html`<li class=${severity}>${detail} <span>${fix}</span></li>`,
      )}
    </ul>`
}
