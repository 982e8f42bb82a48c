import { html, nothing, type TemplateResult } from 'lit'
import type { PlayerWords } from '../locales/en.ts'
import type { PlayerState } from '../player-state.ts'

interface Message {
  readonly headline: string
  readonly hint?: string
  readonly sign?: 'pulse' | 'ring'
}

/** What to tell the viewer in this state; null where the picture says it. */
export function messageFor(
  state: PlayerState,
  failure: 'unknown_id' | 'unsupported' | null,
  words: PlayerWords,
): Message | null {
  switch (state) {
    case 'waiting':
      return { headline: words.waiting, hint: words.waitingHint, sign: 'pulse' }
    case 'starting':
      return { headline: words.starting, sign: 'ring' }
    case 'reconnecting':
      return { headline: words.reconnecting, hint: words.reconnectingHint, sign: 'ring' }
    case 'ended':
      return { headline: words.ended, hint: words.endedHint }
    case 'failed':
      return failure === 'unsupported'
        ? { headline: words.unsupported, hint: words.unsupportedHint }
        : { headline: words.unknown, hint: words.unknownHint }
    default:
      return null
  }
}

/** The message over the picture. */
export const messageOverlay = ({ headline, hint, sign }: Message): TemplateResult => html`
  <div class="message" part="message">
    ${sign ? html`<div class=${sign} aria-hidden="true"></div>` : nothing}
    <p class="headline">${headline}</p>
    ${hint ? html`<p class="hint">${hint}</p>` : nothing}
  </div>
`
