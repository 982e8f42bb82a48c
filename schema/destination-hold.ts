import type { DestinationHold } from './contracts/destination.ts'
import type { DestinationOrder, DestinationStart } from './enums.ts'

/** What has been said of a destination by hand. */
export interface HandRules {
  readonly enabled: boolean
  readonly start: DestinationStart
  readonly ordered: DestinationOrder | null
  /** RFC 3339; null without an order. */
  readonly ordered_at: string | null
}

/** Why a destination does not broadcast by what was said of it by hand; null: nothing said holds it. An order goes before `start`. */
export function handHold({ enabled, start, ordered, ordered_at }: HandRules): DestinationHold | null {
  if (!enabled) return { reason: 'paused', detail: 'It is paused. Resume it to broadcast to it.', since: null }
  if (ordered === 'stop')
    return {
      reason: 'stopped_by_operator',
      detail: 'It was stopped for one broadcast: the one that is on, or else the next. Start it to go on with it now.',
      since: ordered_at,
    }
  if (ordered === null && start === 'manually')
    return { reason: 'waits_for_start', detail: 'It waits until somebody starts it.', since: null }
  return null
}
