import { html, nothing, type TemplateResult } from 'lit'
import type { DestinationCheckResult } from '#schema/contracts/destination-check.ts'
import { doneIcon, warningIcon } from '../components/icons.ts'
import { stepWords } from '../words/check-words.ts'

export interface CheckOptions {
  /** Null: not checked, or something is other since. */
  readonly result: DestinationCheckResult | null
  readonly busy: boolean
  readonly check: () => void
}

/** Tries the connection, and tells how far it came and what stopped it. Nothing is published, so no key is tried. */
export const connectionCheck = ({ result, busy, check }: CheckOptions): TemplateResult => html`
  <div class="check">
    <button type="button" aria-busy=${busy} @click=${check}>${busy ? 'Checking…' : 'Check connection'}</button>
    <div role="status">
      ${busy ? html`<p class="quiet">A worker tries to connect. This takes some seconds.</p>` : result ? outcome(result) : nothing}
    </div>
  </div>`

function outcome({ ok, steps, error }: DestinationCheckResult): TemplateResult {
  return html`
    <ol class="check-steps">
      ${steps.map((step) => html`<li class="done">${doneIcon}<span>${stepWords(step)}</span></li>`)}
      ${error ? html`<li class="stopped">${warningIcon}<span>${error.detail} <b>${error.fix}</b></span></li>` : nothing}
    </ol>
    ${ok ? html`<p class="quiet">All well. Whether the key is right is seen when you go live.</p>` : nothing}`
}
