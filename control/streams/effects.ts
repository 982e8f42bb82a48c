import type { Effect } from '#schema/contracts/effect.ts'
import type { LiveStream, PatchLiveStream } from '#schema/contracts/live-stream.ts'
import { isOnAir } from '#schema/transitions.ts'
import { changedFields } from './changed-fields.ts'

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

/** Of each change while nothing is on air. */
export const nothingOnAir = {
  effect: 'next_broadcast',
  detail: 'Nothing is on air now: it holds from the next broadcast on.',
} as const
/** Of a change that nobody notices. */
export const atOnce = { effect: 'now', detail: 'It holds at once, and the broadcast goes on.' } as const

/** What a change of a live stream does to its broadcast: one effect for each field that gets another value. */
export const streamEffects = (before: LiveStream, wanted: PatchLiveStream): Effect[] =>
  changedFields(before, wanted).map((field) => ({ field, ...streamEffect(before, field) }))

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
  if (field === 'placement')
    return {
      effect: 'next_broadcast',
      detail: 'The worker that runs it goes on. Where it may run counts when a worker is looked for the next time.',
    }
  return atOnce
}
