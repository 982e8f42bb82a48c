import { html, type TemplateResult } from 'lit'
import type { Effect } from '#schema/contracts/effect.ts'
import { effectWords } from '../words/encoding-words.ts'

export interface EffectsOptions {
  readonly effects: readonly Effect[]
  readonly busy: boolean
  readonly apply: () => void
  readonly leave: () => void
}

/** What a change would do to the broadcast that is on: said before it is made. */
export const effectsNote = ({ effects, busy, apply, leave }: EffectsOptions): TemplateResult => html`
  <div class="effects" role="group" aria-label="What this change does to the broadcast">
    <div role="status">
      ${effects.map(({ effect, detail }) => html`<p><b>${effectWords[effect]}.</b> ${detail}</p>`)}
    </div>
    <div class="buttons">
      <button type="button" @click=${leave}>Leave it as it is</button>
      <button type="button" class="primary" aria-busy=${busy} @click=${apply}>Change it</button>
    </div>
  </div>`
