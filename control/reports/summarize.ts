import type { BroadcastState, BroadcastSummary } from '#schema/contracts/broadcast.ts'
import type { DestinationTally } from '#schema/contracts/broadcast-tally.ts'
import type { StatusReason } from '#schema/enums.ts'
import type { BroadcastHead } from './record.ts'
import { secondsBetween } from './spans.ts'

/** What a worker said of an end while it was still to come reads otherwise afterwards. */
const pastWords: Readonly<Partial<Record<StatusReason, string>>> = {
  worker_stopping: 'Its worker was stopped.',
  worker_draining: 'It was handed over to another worker.',
  disabled_by_operator: 'The stream was switched off.',
}

/** A broadcast as a list answers it. */
export function summarize(head: BroadcastHead): BroadcastSummary {
  const { row } = head
  const state = stateOf(head)
  return {
    id: row.id,
    live_stream_id: row.liveStreamId,
    session_id: row.sessionId,
    name: row.name,
    state,
    started_at: row.startedAt,
    ended_at: state === 'live' ? null : row.knownUntil,
    end_reason: state === 'lost' ? 'worker_lost' : row.endReason,
    end_detail: endWords(head, state),
    duration_s: secondsBetween(row.startedAt, row.knownUntil),
    slate_s: row.tally.slate_seconds,
    destinations: row.tally.destinations.filter(wasWanted).length,
    destinations_with_trouble: row.tally.destinations.filter(hadTrouble).length,
  }
}

function endWords({ row: { endReason, endDetail } }: BroadcastHead, state: BroadcastState): string | null {
  if (state === 'lost') return 'Its worker fell silent; what came after that is not known.'
  return (endReason && pastWords[endReason]) ?? endDetail
}

/** Whether a destination was on air, or was to be. */
export const wasWanted = (destination: Omit<DestinationTally, 'slate_seconds'>): boolean =>
  destination.seconds.broadcasting > 0 || destination.seconds.starting > 0 || hadTrouble(destination)

/** Whether a destination was refused, lost or left something out. */
export const hadTrouble = ({
  losses,
  retries,
  seconds,
  dropped_ms,
}: Omit<DestinationTally, 'slate_seconds'>): boolean =>
  losses > 0 || retries > 0 || seconds.retrying > 0 || seconds.errored > 0 || dropped_ms > 0

function stateOf({ row, isLive }: BroadcastHead): BroadcastState {
  if (row.endReason !== null) return 'ended'
  return isLive ? 'live' : 'lost'
}
