import { html, type TemplateResult } from 'lit'
import { costWords, type PlanCost } from '../words/plan-words.ts'

/** How much of the machine it takes, with all else that the stream makes. */
export function costBar(cost: PlanCost, workerName: string): TemplateResult {
  const words = costWords(cost, workerName)
  // A bar that is full and overflows shows how much of it fits.
  const whole = Math.max(1, cost.needed)
  const percent = (share: number) => (100 * share) / whole
  return html`
    <svg class=${cost.needed > 1 ? 'cost over' : 'cost'} viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      <rect class="all" width="100" height="8"></rect>
      <rect class="needed" width=${percent(cost.needed)} height="8"></rect>
      <rect class="own" x=${percent(cost.needed - cost.ownPart)} width=${percent(cost.ownPart)} height="8"></rect>
    </svg>
    <p class=${cost.needed > 1 ? 'plan-issue warning' : 'quiet'}>${words}</p>`
}
