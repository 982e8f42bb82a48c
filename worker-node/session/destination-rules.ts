import type { DestinationHold } from '#schema/contracts/destination.ts'
import type { Job } from '#schema/contracts/job.ts'
import { handHold } from '#schema/destination-hold.ts'
import { platformOf } from '#schema/platforms.ts'
import { lengthInWords, timeInWords } from './time-words.ts'

/** How long before the end of what may last no longer people are warned, milliseconds; half of the time where that is less. */
const warningMs = 15 * 60_000
/** A new session begins so long before the platform would end the old one: it may count from a little earlier than we do. */
const rollOverLeadMs = 60_000

/** When a destination is to broadcast: see the job's. */
export type DestinationRules = Pick<
  Job['destinations'][number],
  'platform' | 'enabled' | 'start' | 'ordered' | 'ordered_at' | 'stop_at' | 'max_duration_s' | 'roll_over'
> & {
  /** Why its platform takes nothing of what is made, in sentences. */
  readonly refusal?: string | undefined
}

/** What has become of a destination so far, Unix milliseconds of control's clock. */
export interface DestinationPast {
  /** Since when the platform counts its broadcast; undefined: none is open. */
  readonly startedAtMs?: number | undefined
  /** When it was ended because it had lasted long enough. */
  readonly overAtMs?: number | undefined
}

/** How long one publish session may last, and who says so. */
export interface DurationLimit {
  readonly ms: number
  readonly by: 'user' | 'platform'
}

/** What the rules want of a destination now. */
export interface Verdict {
  /** Null: it is to broadcast. */
  readonly held: DestinationHold | null
  /** Its session is to end now, and another one to begin. */
  readonly rollsOver: boolean
  /** When its session ends by these rules, or by the platform's. */
  readonly endsAtMs: number | undefined
  /** The limit that its session comes near to. */
  readonly near: DurationLimit | undefined
  /** Before that nothing changes by itself; undefined: nothing does at all. */
  readonly lookAgainAtMs: number | undefined
}

/**
 * The verdict on a destination. A time that has come goes before an order that was given before it, an order before
 * `start`. A limit that a user has set ends the broadcast. One that the platform has does not: its figure may be old or be
 * another for this account, so the platform itself is left to end what is over; only to roll over in time is it taken at its word.
 */
export function judge(rules: DestinationRules, past: DestinationPast, nowMs: number): Verdict {
  const stopAtMs = rules.stop_at === null ? Number.POSITIVE_INFINITY : Date.parse(rules.stop_at)
  const limit = limitOf(rules)
  const ends = past.startedAtMs === undefined || !limit ? undefined : endOf(rules, limit, past.startedAtMs)
  const isOver = ends !== undefined && nowMs >= ends.atMs
  const overAtMs = past.overAtMs ?? (isOver && ends.by === 'us' && !rules.roll_over ? ends.atMs : undefined)
  const held = holdOf(rules, { stopAtMs, limit, overAtMs }, nowMs)
  const times = held ? [stopAtMs] : [stopAtMs, ends?.warnAtMs, ends?.by === 'us' ? ends.atMs : undefined]
  const ahead = times.filter((atMs) => atMs !== undefined && atMs > nowMs && Number.isFinite(atMs)) as number[]
  const endsAtMs = Math.min(stopAtMs, ends?.atMs ?? Number.POSITIVE_INFINITY)
  return {
    held,
    rollsOver: !held && isOver && rules.roll_over,
    endsAtMs: past.startedAtMs !== undefined && Number.isFinite(endsAtMs) ? endsAtMs : undefined,
    near: !held && ends && nowMs >= ends.warnAtMs && stopAtMs > ends.atMs ? limit : undefined,
    lookAgainAtMs: ahead.length > 0 ? Math.min(...ahead) : undefined,
  }
}

/** How long one publish session may last; undefined: nobody says. */
export function limitOf({ max_duration_s, platform }: DestinationRules): DurationLimit | undefined {
  if (max_duration_s !== null) return { ms: max_duration_s * 1_000, by: 'user' }
  const figure = platformOf(platform)?.limits.max_duration_s
  return figure?.weight === 'limit' ? { ms: figure.value * 1_000, by: 'platform' } : undefined
}

function endOf({ roll_over }: DestinationRules, { ms, by }: DurationLimit, startedAtMs: number) {
  const leadMs = by === 'platform' && roll_over ? rollOverLeadMs : 0
  const atMs = startedAtMs + ms - leadMs
  return {
    atMs,
    by: by === 'user' || roll_over ? 'us' : 'platform',
    warnAtMs: atMs - Math.min(warningMs, ms / 2),
  } as const
}

interface Times {
  readonly stopAtMs: number
  readonly limit: DurationLimit | undefined
  readonly overAtMs: number | undefined
}

function holdOf(rules: DestinationRules, { stopAtMs, limit, overAtMs }: Times, nowMs: number): DestinationHold | null {
  const byHand = handHold(rules)
  if (byHand?.reason === 'paused') return byHand
  if (rules.refusal !== undefined) return { reason: 'not_taken', detail: rules.refusal, since: null }
  if (stopAtMs <= nowMs)
    return {
      reason: 'stop_time_reached',
      detail: `It was stopped at ${timeInWords(stopAtMs)}, as it was set to. Start it to go on now; the next broadcast begins as usual.`,
      since: new Date(stopAtMs).toISOString(),
    }
  const orderedAtMs = rules.ordered_at === null ? Number.NEGATIVE_INFINITY : Date.parse(rules.ordered_at)
  if (overAtMs !== undefined && overAtMs >= orderedAtMs)
    return {
      reason: 'duration_over',
      detail: `${limit ? `It has broadcast for ${lengthInWords(limit.ms)}, as long as it may.` : 'It has broadcast as long as it might.'} Start it to go on.`,
      since: new Date(overAtMs).toISOString(),
    }
  return byHand
}
