import { html, nothing, type TemplateResult } from 'lit'
import type { PlaybackFailure } from '../controllers/playback-host.ts'
import type { PlayerWords } from '../locales/en.ts'
import type { PlayerState } from '../player-state.ts'

interface Message {
  readonly headline: string
  readonly hint?: string
  readonly sign?: 'pulse' | 'ring'
}

/** What to tell the viewer in this state; null where the picture says it. */
export function messageFor(state: PlayerState, failure: PlaybackFailure | null, words: PlayerWords): Message | null {
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
      switch (failure) {
        case 'unsupported':
          return { headline: words.unsupported, hint: words.unsupportedHint }
        case 'needs_token':
          return { headline: words.needsToken, hint: words.needsTokenHint }
        case 'not_allowed':
          return { headline: words.notAllowed, hint: words.notAllowedHint }
        default:
          return { headline: words.unknown, hint: words.unknownHint }
      }
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
