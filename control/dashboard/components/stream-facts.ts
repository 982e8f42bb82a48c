import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { bitrateWords } from '../words/figures.ts'
import { isOnAir, paceWords, renditionWords, sourceWords } from '../words/stream-words.ts'

/** What comes in, what goes out, and what is wrong with it. Empty while nothing runs. */
export function streamFacts(stream: LiveStream): TemplateResult {
  const { source, sample, renditions, health } = stream
  const onAir = isOnAir(stream)
  const pace = onAir && sample ? paceWords(sample) : null
  return html`
    ${
      onAir
        ? html`
          <dl class="facts">
            ${source.now ? fact('Source', sourceWords(source.now), stream.status === 'active' && sample ? bitrateWords(sample.source_bitrate_kbps) : null) : nothing}
            ${renditions.length > 0 ? fact('Viewers get', renditionWords(stream).join(' · '), null) : nothing}
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

const fact = (name: string, words: string, figure: string | null): TemplateResult =>
  html`<div><dt>${name}</dt><dd>${words}${figure === null ? nothing : html` · <span class="figure">${figure}</span>`}</dd></div>`
