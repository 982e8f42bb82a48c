import { platformOf } from './platforms.ts'

/** How long before the end of what may last no longer people are warned, milliseconds; half of the time where that is less. */
const warningMs = 15 * 60_000
/** A new session begins so long before the platform would end the old one: it may count from a little earlier than we do. */
const rollOverLeadMs = 60_000

/** How long one publish session may last, and who says so. */
export interface DurationLimit {
  readonly ms: number
  readonly by: 'user' | 'platform'
}

/** What a destination's limit is made of. */
export interface LimitRules {
  readonly platform: string
  readonly max_duration_s: number | null
  readonly roll_over: boolean
}

/** When a publish session ends by its limit; Unix milliseconds. */
export interface LimitEnd {
  readonly atMs: number
  readonly warnAtMs: number
  /** Who ends it. */
  readonly by: 'us' | 'platform'
  readonly limit: DurationLimit
}

/**
 * The end of a session that began then; undefined: nobody sets it one. What the platform sets is left to the platform, except
 * to roll over in time.
 */
export function limitEnd(rules: LimitRules, startedAtMs: number): LimitEnd | undefined {
  const limit = limitOf(rules)
  if (!limit) return undefined
  const leadMs = limit.by === 'platform' && rules.roll_over ? rollOverLeadMs : 0
  const atMs = startedAtMs + limit.ms - leadMs
  const by = limit.by === 'user' || rules.roll_over ? 'us' : 'platform'
  return { atMs, by, limit, warnAtMs: atMs - Math.min(warningMs, limit.ms / 2) }
}

function limitOf({ max_duration_s, platform }: LimitRules): DurationLimit | undefined {
  if (max_duration_s !== null) return { ms: max_duration_s * 1_000, by: 'user' }
  const figure = platformOf(platform)?.limits.max_duration_s
  return figure?.weight === 'limit' ? { ms: figure.value * 1_000, by: 'platform' } : undefined
}
