import { type SQL, sql } from 'drizzle-orm'
import type { StreamEventRecord } from '#schema/contracts/worker.ts'
import { newId } from '#schema/ids.ts'
import { events } from '#schema/tables/events.ts'
import { eventsKeptPerStream } from '../config.ts'
import type { Database } from '../db/database.ts'
import { noteInBroadcast } from '../reports/keep.ts'
import { currentRequestId } from '../request-scope.ts'

/** Events that control writes of its own accord; workers add theirs. */
export type ControlEvent =
  | 'stream.created'
  | 'stream.changed'
  | 'stream.enabled'
  | 'stream.disabled'
  | 'stream.deleted'
  | 'stream.completing'
  | 'stream.key_reset'
  | 'input.added'
  | 'input.changed'
  | 'input.removed'
  | 'input.pinned'
  | 'input.released'
  | 'destination.added'
  | 'destination.changed'
  | 'destination.removed'
  | 'destination.retry'
  | 'destination.started'
  | 'destination.stopped'

/** What an event is about, if it is not about all of the stream. */
export interface EventSubject {
  readonly destinationId?: string
  readonly inputId?: string
}

/**
 * Statements for a batch: write the event, if `condition` holds, also into the report of the broadcast that is on, and drop
 * what is older than the last 500 of its stream.
 */
export function recordEvent(
  db: Database,
  liveStreamId: string,
  type: ControlEvent,
  detail: string,
  now: Date,
  { destinationId, inputId }: EventSubject = {},
  condition: SQL = sql`true`,
) {
  const id = newId('evt')
  return [
    db.run(sql`INSERT INTO ${events} (id, live_stream_id, type, detail, at, destination_id, input_id, request_id, session_id)
      SELECT ${id}, ${liveStreamId}, ${type}, ${detail}, ${now.toISOString()}, ${destinationId ?? null}, ${inputId ?? null},
        ${currentRequestId() ?? null}, ${runningSession(liveStreamId)}
      WHERE ${condition}`),
    noteInBroadcast(db, id),
    trimEvents(db, [liveStreamId]),
  ] as const
}

/** SQL: the session of a live stream that runs now; null: none does. */
const runningSession = (liveStreamId: string): SQL => sql`(SELECT states.session_id
  FROM live_stream_states AS states JOIN jobs USING (live_stream_id)
  WHERE states.live_stream_id = ${liveStreamId} AND jobs.state = 'leased')`

/**
 * Statement: keeps the last 500 events of each of these streams. Which is the oldest to keep is looked for once per stream,
 * not once per event.
 */
export const trimEvents = (db: Database, liveStreamIds: readonly string[]) =>
  db.run(sql`DELETE FROM events WHERE seq IN (
    SELECT old.seq
    FROM (SELECT DISTINCT value AS id FROM json_each(${JSON.stringify(liveStreamIds)})) AS told
    CROSS JOIN events AS old
    WHERE old.live_stream_id = told.id
      AND old.seq <= (SELECT newer.seq FROM events AS newer WHERE newer.live_stream_id = told.id
                      ORDER BY newer.seq DESC LIMIT 1 OFFSET ${eventsKeptPerStream}))`)

/** An event as the API answers it. */
export const presentEvent = (row: typeof events.$inferSelect): StreamEventRecord => ({
  id: row.id,
  sequence: row.sequence,
  live_stream_id: row.liveStreamId,
  type: row.type,
  detail: row.detail,
  at: row.at,
  ...(row.destinationId !== null && { destination_id: row.destinationId }),
  ...(row.inputId !== null && { input_id: row.inputId }),
  ...(row.requestId !== null && { request_id: row.requestId }),
  ...(row.sessionId !== null && { session_id: row.sessionId }),
})
