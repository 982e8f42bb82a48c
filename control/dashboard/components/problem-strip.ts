import { html, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { ShownProblem } from '../words/problems.ts'
import { doneIcon, warningIcon } from './icons.ts'

/** One line of fixed height, so that a problem that comes moves nothing: what is wrong, or how much is live. */
export function problemStrip(problems: readonly ShownProblem[], liveCount: number, total: number): TemplateResult {
  if (problems.length === 0)
    return html`<p class="strip well">${doneIcon} ${
      liveCount === 0 ? 'All is well. Nothing is live now.' : `All is well. ${liveCount} of ${total} live.`
    }</p>`
  return html`
    <section class="strip" aria-label="Problems">
      <h2>${warningIcon} ${problems.length === 1 ? '1 problem' : `${problems.length} problems`}</h2>
      <ul>
        ${repeat(
          problems,
          ({ key }) => key,
          ({ href, severity, subject, words }) => html`
            <li><a class=${severity} href=${href} title=${words}><b>${subject}</b> ${words}</a></li>`,
        )}
      </ul>
    </section>`
}
