import { html, nothing, type TemplateResult } from 'lit'
import { costBar } from '../components/cost-bar.ts'
import type { LatestPlan } from '../components/latest-plan.ts'
import { bitrateWords, fpsWords } from '../words/figures.ts'
import { planCost } from '../words/plan-words.ts'

/** Which sizes viewers get with what is chosen, and what that costs with all destinations. */
export function viewersPlan({ answer, problem, isWaiting }: LatestPlan): TemplateResult {
  if (problem) return html`<p class="hint">What viewers would get can’t be told now: ${problem.message}</p>`
  if (!answer) return html`<p class="hint">One moment…</p>`
  const { encodes, issues, source, worker } = answer
  const sizes = encodes.filter(({ used_by }) => used_by.includes('viewers'))
  const cost = planCost(answer, null)
  return html`
    <div class="plan" aria-busy=${isWaiting}>
      <h4>Viewers get</h4>
      <ul class="sizes" aria-live="polite">
        ${sizes.map(
          ({ width, height, fps, video_bitrate_kbps }) =>
            html`<li><b>${width} × ${height}</b> ${fpsWords(fps)} · ${bitrateWords(video_bitrate_kbps)}</li>`,
        )}
      </ul>
      ${cost && worker ? costBar(cost, worker.name) : html`<p class="quiet">No worker is online, so nobody knows yet whether the machine can do it.</p>`}
      ${issues.map(({ severity, detail, fix }) => html`<p class=${`plan-issue ${severity}`}>${detail} <span>${fix}</span></p>`)}
      ${
        source.is_assumed
          ? html`<p class="hint">Nothing is known of your source yet: this is for ${source.width} × ${source.height}, ${fpsWords(source.fps)}.</p>`
          : nothing
      }
    </div>`
}
