import type { DestinationHold } from '#schema/contracts/destination.ts'
import type { Job } from '#schema/contracts/job.ts'
import { durationHold, handHold } from '#schema/destination-hold.ts'
import { type DurationLimit, limitEnd } from '#schema/duration-limit.ts'
import { timeInWords } from '#schema/time-words.ts'

/** When a destination is to broadcast: see the job's. */
export type DestinationRules = Pick<
  Job['destinations'][number],
  | 'platform'
  | 'name'
  | 'enabled'
  | 'start'
  | 'ordered'
  | 'ordered_at'
  | 'over_at'
  | 'stop_at'
  | 'max_duration_s'
  | 'roll_over'
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
  const ends = past.startedAtMs === undefined ? undefined : limitEnd(rules, past.startedAtMs)
  const isOver = ends !== undefined && nowMs >= ends.atMs
  // A limit may be set that is over long ago: it ends now.
  const overAtMs = past.overAtMs ?? (isOver && ends.by === 'us' && !rules.roll_over ? nowMs : undefined)
  const held = holdOf(rules, { stopAtMs, overAtMs }, nowMs)
  const times = held ? [stopAtMs] : [stopAtMs, ends?.warnAtMs, ends?.by === 'us' ? ends.atMs : undefined]
  const ahead = times.filter((atMs) => atMs !== undefined && atMs > nowMs && Number.isFinite(atMs)) as number[]
  const endsAtMs = Math.min(stopAtMs, ends?.atMs ?? Number.POSITIVE_INFINITY)
  return {
    held,
    rollsOver: !held && isOver && rules.roll_over,
    endsAtMs: past.startedAtMs !== undefined && Number.isFinite(endsAtMs) ? endsAtMs : undefined,
    near: !held && ends && nowMs >= ends.warnAtMs && stopAtMs > ends.atMs ? ends.limit : undefined,
    lookAgainAtMs: ahead.length > 0 ? Math.min(...ahead) : undefined,
  }
}

interface Times {
  readonly stopAtMs: number
  readonly overAtMs: number | undefined
}

function holdOf(rules: DestinationRules, { stopAtMs, overAtMs }: Times, nowMs: number): DestinationHold | null {
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
  if (overAtMs !== undefined && overAtMs >= orderedAtMs) return durationHold(overAtMs)
  return byHand
}
