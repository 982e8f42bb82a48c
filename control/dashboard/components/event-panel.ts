import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { StreamEventRecord } from '#schema/contracts/worker.ts'
import type { RequestProblem } from '../problem.ts'
import { formProblem } from './field.ts'
import './time-words.ts'

/** What happened last, newest first; `undefined` while it is being read. */
export function eventPanel(
  events: readonly StreamEventRecord[] | undefined,
  problem: RequestProblem | null,
): TemplateResult {
  if (!events) return html`${formProblem(problem)}${problem ? nothing : html`<p class="quiet">One moment…</p>`}`
  if (events.length === 0) return html`<p class="quiet">Nothing has happened yet.</p>`
  return html`
    <ol class="events">
      ${repeat(
        events,
        ({ id }) => id,
        ({ detail, at }) => html`<li><span>${detail}</span> <time-words class="quiet" .at=${at}></time-words></li>`,
      )}
    </ol>`
}
