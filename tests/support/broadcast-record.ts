import type { BroadcastRecord } from '#control/reports/record.ts'
import type { BroadcastTally, DestinationTally } from '#schema/contracts/broadcast-tally.ts'
import type { StreamEventRecord } from '#schema/contracts/worker.ts'

/** The time so many seconds after a broadcast began, RFC 3339. */
export const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000).toISOString()

export const destinationTally = (id: string, more: Partial<DestinationTally> = {}): DestinationTally => ({
  ...{ id, host: `${id}.example.com`, platform: 'custom', state: 'broadcasting', state_since: at(1) },
  seconds: { idle: 0, starting: 1, broadcasting: 59, retrying: 0, errored: 0 },
  ...{ slate_seconds: 0, retries: 0, losses: 0, sessions: 1, bytes_sent: 1_000, dropped_ms: 0 },
  ...more,
})

/** A minute of a live picture. */
export const tally = (more: Partial<BroadcastTally> = {}): BroadcastTally => ({
  ...{ began_at: at(0), at: at(60), on_air: 'live', on_air_since: at(0), live_seconds: 60, slate_seconds: 0 },
  ...{ watched_seconds: 0, changes: 0, destinations: [], inputs: [], issues: [] },
  ...more,
})

/** Events as a worker tells them of a session: what happened, how many seconds after its beginning. */
export function sessionEvents(
  { live_stream_id, session_id }: { live_stream_id: string; session_id: string },
  ...told: (readonly [seconds: number, type: string, about?: string])[]
): StreamEventRecord[] {
  return told.map(([seconds, type, destination_id], index) => ({
    ...{ id: `evt_${session_id}_${index}`, live_stream_id, session_id, type, at: at(seconds), detail: `${type}.` },
    ...(destination_id && { destination_id }),
  }))
}

/** All that is kept of a broadcast of which this was counted and told. */
export function broadcastRecord(
  counted: BroadcastTally,
  told: readonly StreamEventRecord[] = [],
  more: Partial<BroadcastRecord> = {},
): BroadcastRecord {
  return {
    row: {
      ...{ id: 'brd_1', liveStreamId: 'ls_1', sessionId: 'ses_1', workerId: 'wrk_1', fence: 1, name: 'Lecture 1' },
      ...{ startedAt: counted.began_at, knownUntil: counted.at, endReason: null, endDetail: null, tally: counted },
    },
    isLive: true,
    moments: told.map(({ id, type, detail, at: time, reason = null, destination_id = null, input_id = null }, seq) => ({
      ...{ seq, id, broadcastId: 'brd_1', at: time, type, detail, reason },
      ...{ destinationId: destination_id, inputId: input_id },
    })),
    ...{ points: [], destinationNames: new Map(), before: undefined, after: undefined, reconnectWindow: 60 },
    ...more,
  }
}
