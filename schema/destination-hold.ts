import type { DestinationHold } from './contracts/destination.ts'
import type { DestinationOrder, DestinationStart } from './enums.ts'
import { timeInWords } from './time-words.ts'

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

/** Why a destination does not broadcast that had lasted as long as its user lets it; Unix milliseconds. */
export const durationHold = (overAtMs: number): DestinationHold => ({
  reason: 'duration_over',
  detail: `It was ended at ${timeInWords(overAtMs)}: it had broadcast as long as it was set to. Start it to go on, or give it a longer time or none (max_duration_s).`,
  since: new Date(overAtMs).toISOString(),
})

/** What decides how long one broadcast to a destination may last, and what then. */
export interface DurationRules {
  readonly enabled: boolean
  readonly max_duration_s: number | null
  readonly roll_over: boolean
}

/**
 * Whether a destination that was ended by its limit goes on after this change: it is resumed, may last longer, or one
 * broadcast is to follow the other.
 */
export function liftsDurationHold(
  before: DurationRules,
  wanted: { readonly [Rule in keyof DurationRules]?: DurationRules[Rule] | undefined },
): boolean {
  const { enabled = before.enabled, max_duration_s = before.max_duration_s, roll_over = before.roll_over } = wanted
  if ((enabled && !before.enabled) || roll_over || max_duration_s === null) return true
  return before.max_duration_s !== null && max_duration_s > before.max_duration_s
}
