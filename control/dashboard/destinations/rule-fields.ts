import { html, nothing, type TemplateResult } from 'lit'
import type { Destination } from '#schema/contracts/destination.ts'
import type { Platform } from '#schema/contracts/platform.ts'
import { errorId, fieldError } from '../components/field.ts'
import type { RequestProblem } from '../problem.ts'
import { spanWords } from '../words/relative-time.ts'
import { localTime } from './destination-request.ts'

export interface RuleOptions {
  readonly at: string
  readonly platform: Platform
  readonly destination: Destination | null
  readonly problem: RequestProblem | null
}

/** When a destination begins and ends; `newDestination` (destination-request.ts) reads the fields. */
export function ruleFields({ at, platform, destination, problem }: RuleOptions): TemplateResult {
  const id = { start: `start-${at}`, stop: `stop-at-${at}`, hours: `max-hours-${at}` }
  const wrong = (field: string) => problem?.fields.get(`/${field}`)
  const own = destination?.max_duration_s ?? null
  const usual = platform.limits.max_duration_s
  return html`
    <div class="columns wide">
      <div class="field">
        <label for=${id.start}>Starts</label>
        <select id=${id.start} name="start">
          <option value="with_stream" ?selected=${destination?.start !== 'manually'}>With the stream</option>
          <option value="manually" ?selected=${destination?.start === 'manually'}>When I press start</option>
        </select>
      </div>
      <div class="field">
        <label for=${id.stop}>Stops at <span class="quiet">if you like</span></label>
        <input id=${id.stop} name="stop_at" type="datetime-local" .defaultValue=${localTime(destination?.stop_at ?? null)}
          aria-invalid=${wrong('stop_at') !== undefined} aria-describedby=${errorId(id.stop)}>
        ${fieldError(id.stop, wrong('stop_at') && 'This time is over. Give a later one; “Stop” ends the broadcast there at once.')}
      </div>
      <div class="field">
        <label for=${id.hours}>Longest broadcast, hours</label>
        <input id=${id.hours} name="max_hours" inputmode="decimal" autocomplete="off"
          placeholder=${usual ? String(usual.value / 3_600) : 'No limit'} .defaultValue=${own === null ? '' : String(own / 3_600)}
          aria-invalid=${wrong('max_duration_s') !== undefined} aria-describedby=${`${errorId(id.hours)} ${id.hours}-hint`}>
        ${fieldError(id.hours, wrong('max_duration_s') && 'Write hours, like 2 or 1.5: at least a minute, at most 30 days.')}
        <p class="hint" id=${`${id.hours}-hint`}>${
          usual ? `${platform.name} ends a broadcast after ${spanWords(usual.value * 1_000)}.` : nothing
        }</p>
      </div>
    </div>
    <label class="choice">
      <input type="checkbox" name="roll_over" ?checked=${destination?.roll_over ?? false}>
      <span><b>Then begin a new broadcast</b><span class="quiet">When the longest time is over, it starts again by itself.</span></span>
    </label>`
}
