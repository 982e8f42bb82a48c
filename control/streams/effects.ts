import type { Destination, PatchDestination } from '#schema/contracts/destination.ts'
import type { Effect } from '#schema/contracts/effect.ts'
import type { LiveStream, PatchLiveStream } from '#schema/contracts/live-stream.ts'
import type { StreamStatus } from '#schema/enums.ts'
import { isOnAir } from '#schema/transitions.ts'

/** What decides how viewers' media is encoded or cut. */
const encoding: ReadonlySet<string> = new Set([
  'latency_mode',
  'ladder',
  'encoder_preset',
  'encoder',
  'upscale',
  'upscale_height',
  'packaging',
])

/** Where a session goes to, and with what: only another session can be otherwise. */
const connection: ReadonlySet<string> = new Set(['url', 'stream_key', 'ca_pem', 'srt_passphrase'])

const nothingOnAir = {
  effect: 'next_broadcast',
  detail: 'Nothing is on air now: it holds from the next broadcast on.',
} as const
const atOnce = { effect: 'now', detail: 'It holds at once, and the broadcast goes on.' } as const

/** What a change of a live stream does to its broadcast: one effect for each field that gets another value. */
export const streamEffects = (before: LiveStream, wanted: PatchLiveStream): Effect[] =>
  changedFields(before, wanted).map((field) => ({ field, ...streamEffect(before, field) }))

/** What a change of a destination does to its publish session. No other destination notices any of it. */
export const destinationEffects = (status: StreamStatus, before: Destination, wanted: PatchDestination): Effect[] =>
  changedFields(before, wanted).map((field) => ({
    field,
    ...(isOnAir(status) ? destinationEffect(before, wanted, field) : nothingOnAir),
  }))

function streamEffect({ status }: LiveStream, field: string): Omit<Effect, 'field'> {
  if (!isOnAir(status)) return nothingOnAir
  if (encoding.has(field))
    return {
      effect: 'new_encode',
      detail:
        'Another encode begins beside the one that runs. Players go over to it within some seconds, and destinations keep ' +
        'their sessions. Where the machine does not hold both at once, the slate is shown meanwhile.',
    }
  if (field === 'audio')
    return {
      effect: 'new_encode',
      detail: 'Another encode begins beside the one that runs and takes its place: only the loudness is another.',
    }
  return atOnce
}

function destinationEffect(before: Destination, wanted: PatchDestination, field: string): Omit<Effect, 'field'> {
  // What broadcasts nothing has no session that could end or begin anew.
  if (!before.enabled || before.held !== null) return atOnce
  if (field === 'enabled' && wanted.enabled === false)
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
  return atOnce
}

/** What can be changed in part; all else is replaced. */
const changedInPart: ReadonlySet<string> = new Set(['slate'])

/** Fields that get another value; of settings that can be changed in part, only that part counts. Secrets always do. */
function changedFields(before: object, wanted: object): string[] {
  const present = before as Record<string, unknown>
  const isSame = (field: string, value: unknown) =>
    holds(present[field], value) && (changedInPart.has(field) || holds(value, present[field]))
  return Object.entries(wanted).flatMap(([field, value]) =>
    value === undefined || isSame(field, value) ? [] : [field],
  )
}

/** Whether everything that `wanted` names stands in `present` as well. */
function holds(present: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return present === wanted
  if (typeof present !== 'object' || present === null) return false
  if (Array.isArray(wanted) && (!Array.isArray(present) || present.length !== wanted.length)) return false
  return Object.entries(wanted).every(([key, value]) => holds((present as Record<string, unknown>)[key], value))
}
