import type { Destination, PatchDestination } from '#schema/contracts/destination.ts'
import type { Effect } from '#schema/contracts/effect.ts'
import { handHold, liftsDurationHold } from '#schema/destination-hold.ts'
import { limitEnd } from '#schema/duration-limit.ts'
import type { StreamStatus } from '#schema/enums.ts'
import { momentInWords } from '#schema/time-words.ts'
import { isOnAir } from '#schema/transitions.ts'
import { changedFields } from './changed-fields.ts'
import { atOnce, nothingOnAir } from './effects.ts'

/** Where a session goes to, and with what: only another session can be otherwise. */
const connection: ReadonlySet<string> = new Set(['url', 'stream_key', 'ca_pem', 'srt_passphrase'])
/** How long a session may last. */
const limits: ReadonlySet<string> = new Set(['max_duration_s', 'roll_over'])
/** A session that a change ends within this time is told to end, milliseconds. */
const soonMs = 60_000

/** What a change of a destination does to its publish session, `at` this time. No other destination notices any of it. */
export const destinationEffects = (
  status: StreamStatus,
  before: Destination,
  wanted: PatchDestination,
  at: Date,
): Effect[] =>
  changedFields(before, wanted).map((field) => ({
    field,
    ...(isOnAir(status) ? destinationEffect(before, wanted, field, at.getTime()) : nothingOnAir),
  }))

type Told = Omit<Effect, 'field'>

function destinationEffect(before: Destination, wanted: PatchDestination, field: string, nowMs: number): Told {
  // What broadcasts nothing has no session that could end or begin anew.
  if (before.held !== null) return goesOn(before, wanted, field) ? begins : stillHeld
  if (field === 'enabled')
    return { effect: 'ends', detail: 'The platform sees the end of the stream within some seconds.' }
  if (connection.has(field))
    return {
      effect: 'reconnects',
      detail: 'The platform sees the end of the stream, and a new session begins at once.',
    }
  if (field === 'profile')
    return {
      effect: 'new_encode',
      detail: 'What it gets is encoded beside what runs, and follows in the same session from a keyframe on.',
    }
  if (field === 'stop_at' && typeof wanted.stop_at === 'string') return stopEffect(Date.parse(wanted.stop_at), nowMs)
  if (limits.has(field)) return limitEffect(before, wanted, nowMs)
  if (field === 'start' && wanted.start === 'manually')
    return {
      effect: 'now',
      detail: 'It goes on until this broadcast ends; in the next one it waits until somebody starts it.',
    }
  return atOnce
}

const begins = { effect: 'begins', detail: 'It begins to broadcast within some seconds.' } as const
const stillHeld = { effect: 'now', detail: 'It holds at once. The destination does not broadcast now.' } as const

/** Whether the change of this field takes away what holds it. */
function goesOn(before: Destination, wanted: PatchDestination, field: string): boolean {
  const { enabled = before.enabled, start = before.start } = wanted
  switch (before.held?.reason) {
    case 'paused':
    case 'waits_for_start':
      return (
        (field === 'enabled' || field === 'start') && handHold({ ...before, enabled, start, ordered_at: null }) === null
      )
    case 'stop_time_reached':
      return field === 'stop_at'
    case 'duration_over':
      return limits.has(field) && liftsDurationHold(before, wanted)
    default:
      return false
  }
}

function stopEffect(stopAtMs: number, nowMs: number): Told {
  const time = momentInWords(stopAtMs, nowMs)
  return stopAtMs - nowMs <= soonMs
    ? { effect: 'ends', detail: `The platform sees the end of the stream ${time}, which is within a minute.` }
    : { effect: 'now', detail: `It holds at once: the broadcast there goes on, and ends ${time}.` }
}

function limitEffect(before: Destination, wanted: PatchDestination, nowMs: number): Told {
  if (before.session_started_at === null) return atOnce
  const { max_duration_s = before.max_duration_s, roll_over = before.roll_over } = wanted
  const rules = { platform: before.platform, max_duration_s, roll_over }
  const end = limitEnd(rules, Date.parse(before.session_started_at))
  if (!end || end.by === 'platform') return atOnce
  const isSoon = end.atMs - nowMs <= soonMs
  const when = end.atMs <= nowMs ? 'within some seconds' : momentInWords(end.atMs, nowMs)
  const why = end.atMs <= nowMs ? 'The broadcast there has lasted as long as that already. ' : ''
  if (roll_over) {
    const detail = `${why}The platform sees the end of the stream ${when}, and a new session begins at once.`
    return { effect: isSoon ? 'reconnects' : 'now', detail }
  }
  if (!isSoon) return { effect: 'now', detail: `It holds at once: the broadcast there goes on, and ends ${when}.` }
  const after = 'It stays ended until somebody starts it, or lets it last longer.'
  return { effect: 'ends', detail: `${why}The platform sees the end of the stream ${when}. ${after}` }
}
