import type { DeliverySpan, DeliveryState, ProgrammeSpan } from '#schema/contracts/broadcast.ts'
import type { BroadcastTally, DestinationTally } from '#schema/contracts/broadcast-tally.ts'
import { type DestinationState, destinationStates } from '#schema/enums.ts'
import type { BroadcastMomentRow } from '#schema/tables/broadcasts.ts'
import { endIndex } from './planned-ends.ts'
import { earlier, type Mark, overlay, spansBetween } from './spans.ts'

/** What timelines are made of. */
export interface TimelineFacts {
  /** In the order of time. */
  readonly moments: readonly BroadcastMomentRow[]
  /** Older ones are not kept: before the first of something, only how it stood last is known. */
  readonly isCut: boolean
  readonly from: string
  readonly to: string
}

/** What viewers got. The first status holds from the beginning: it is told of a moment later. */
export function programmeSpans(
  { on_air, on_air_since }: Pick<BroadcastTally, 'on_air' | 'on_air_since'>,
  { moments, isCut, from, to }: TimelineFacts,
): ProgrammeSpan[] {
  const told = moments.flatMap(({ type, at, detail, reason }) => {
    const state = programmeStates[type]
    return state === undefined ? [] : [{ at, state, detail, reason }]
  })
  const [first] = told
  const last = { at: on_air_since, state: on_air === 'nothing' ? null : on_air, detail: '', reason: null }
  const marks = isCut || !first ? afterUnknown(told, last, from) : told.with(0, { ...first, at: from })
  return spansBetween<ProgrammeSpan['state']>(marks, { from, to })
}

/** What one destination got or did. */
export function deliverySpans(
  { id: destinationId, state, state_since }: Pick<DestinationTally, 'id' | 'state' | 'state_since'>,
  programme: readonly ProgrammeSpan[],
  { moments, isCut, from, to }: TimelineFacts,
): DeliverySpan[] {
  const over = endIndex(moments)
  // What is told of a destination after the broadcast's end (that it is idle) is no part of it.
  const marks = moments
    .slice(0, over)
    .flatMap(({ type, at, detail, reason, destinationId: id }): Mark<DeliveryState>[] => {
      const now = type.startsWith('destination.') ? type.slice('destination.'.length) : ''
      if (id !== destinationId || !isDestinationState(now)) return []
      return [{ at, state: now === 'broadcasting' && reason === 'too_slow' ? 'slow' : now, detail, reason }]
    })
  const known = isCut ? afterUnknown(marks, { at: state_since, state, detail: '', reason: null }, from) : marks
  const spans = spansBetween(known, { from, to: over === undefined ? to : earlier(moments[over]!.at, to) })
  const slates = programme.filter(({ state }) => state === 'slate')
  return overlay(spans, slates, ({ state }) => (state === 'broadcasting' ? 'slate' : state)).reduce(joinEqual, [])
}

/** Each status of a live stream, as a mark; what is not here changes nothing. */
const programmeStates: Readonly<Record<string, 'live' | 'slate' | null>> = {
  'stream.active': 'live',
  'stream.reconnecting': 'slate',
  'stream.idle': null,
  'stream.disabled': null,
}

/** Marks that begin somewhere in the middle; where there are none, how it stood last is still known. */
const afterUnknown = <State extends string>(
  marks: readonly Mark<State>[],
  last: Mark<State>,
  from: string,
): Mark<State | 'unknown'>[] => [
  { at: from, state: 'unknown', detail: 'What happened then is not kept.', reason: null },
  ...(marks[0] === undefined || marks[0].at > last.at ? [last] : []),
  ...marks,
]

const isDestinationState = (text: string): text is DestinationState => destinationStates.some((state) => state === text)

/** Cuts that changed nothing are undone. */
function joinEqual(spans: DeliverySpan[], span: DeliverySpan): DeliverySpan[] {
  const last = spans.at(-1)
  return last?.to === span.from && last.state === span.state && last.detail === span.detail
    ? [...spans.slice(0, -1), { ...last, to: span.to }]
    : [...spans, span]
}
