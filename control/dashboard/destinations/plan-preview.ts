import { html, nothing, type TemplateResult } from 'lit'
import type { PlanAnswer } from '#schema/contracts/plan.ts'
import { costBar } from '../components/cost-bar.ts'
import { formProblem } from '../components/field.ts'
import type { LatestPlan } from '../components/latest-plan.ts'
import { fpsWords } from '../words/figures.ts'
import { hourWords, listed, planCost, planWords, savedWords, sharingWords } from '../words/plan-words.ts'
import { adjustmentWords, holding, mediaWords, originWords } from '../words/quality-words.ts'

export interface PreviewOptions {
  readonly plan: LatestPlan
  /** The destination in the plan that this is about. */
  readonly destinationId: string
  /** What people call a user of an encode: a destination, or `viewers`. */
  readonly nameOf: (id: string) => string
  readonly again: () => void
}

/** What a destination would be sent, why it is that, and what it costs: before anything runs. */
export function planPreview(options: PreviewOptions): TemplateResult {
  const { plan, again } = options
  const { answer, problem, isWaiting } = plan
  return html`
    <section class="plan" aria-label="What it will be sent" aria-busy=${isWaiting}>
      <h4>What it will be sent</h4>
      ${
        problem?.status === 422
          ? html`<p class="quiet">As soon as what is marked is right, it is shown here.</p>`
          : problem
            ? html`${formProblem(problem)}<button type="button" @click=${again}>Try again</button>`
            : answer
              ? planned(answer, options)
              : html`<p class="quiet">One moment…</p>`
      }
    </section>`
}

function planned(answer: PlanAnswer, { destinationId, nameOf }: PreviewOptions): TemplateResult | typeof nothing {
  const destination = answer.destinations.find(({ id }) => id === destinationId)
  if (!destination) return html`<p class="quiet">One moment…</p>`
  const encode = answer.encodes.find(({ id }) => id === destination.encode_id)
  const adjustments = holding(destination.adjustments, encode)
  const { source, worker } = answer
  const cost = planCost(answer, destinationId)
  return html`
    <p class="plan-media" aria-live="polite">${encode ? mediaWords(encode) : 'Nothing'}</p>
    ${destination.refusal === null ? nothing : html`<p class="plan-issue error">${destination.refusal}</p>`}
    ${
      encode
        ? html`
          <p class="quiet">
            ${sharingWords(answer, encode.id, destinationId, nameOf)}
            ${hourWords(encode.video_bitrate_kbps + encode.audio_bitrate_kbps)} of upload.
          </p>`
        : nothing
    }
    ${
      adjustments.length > 0
        ? html`<ul class="adjustments">${adjustments.map((each) => html`<li>${adjustmentWords(each)}</li>`)}</ul>`
        : nothing
    }
    ${cost && worker ? costBar(cost, worker.name) : html`<p class="quiet">No worker is online, so nobody knows yet whether the machine can do it.</p>`}
    ${answer.issues.map(({ severity, detail, fix }) => html`<p class=${`plan-issue ${severity}`}>${detail} ${fix}</p>`)}
    ${
      source.is_assumed
        ? html`<p class="hint">Nothing is known of your source yet: this is for ${source.width} × ${source.height}, ${fpsWords(source.fps)}.</p>`
        : nothing
    }
    <details>
      <summary>${planWords(answer)}</summary>
      ${answer.encodes_saved > 0 ? html`<p class="quiet">${savedWords(answer)}</p>` : nothing}
      <ul class="encodes">
        ${answer.encodes.map(
          (each) => html`
            <li>
              <b>${mediaWords(each)}</b>
              <span class="quiet">${each.from === 'source' ? `${originWords.source}, for ` : 'For '}${listed(each.used_by.map(nameOf)) || 'nobody'}</span>
            </li>`,
        )}
      </ul>
    </details>
    ${
      destination.advice.length > 0
        ? html`<details><summary>What the platform recommends besides: ${destination.advice.length}</summary><ul class="advice-list">${destination.advice.map((each) => html`<li>${each}</li>`)}</ul></details>`
        : nothing
    }`
}
