import { type SQL, sql } from 'drizzle-orm'
import type { StreamEventRecord } from '#schema/contracts/worker.ts'
import { newId } from '#schema/ids.ts'
import { events } from '#schema/tables/events.ts'
import { eventsKeptPerStream } from '../config.ts'
import type { Database } from '../db/database.ts'

/** Events that control writes of its own accord; workers add theirs. */
export type ControlEvent =
  | 'stream.created'
  | 'stream.changed'
  | 'stream.enabled'
  | 'stream.disabled'
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

/** Statements for a batch: write the event, if `condition` holds, and drop what is older than the last 500 of its stream. */
export function recordEvent(
  db: Database,
  liveStreamId: string,
  type: ControlEvent,
  detail: string,
  now: Date,
  condition: SQL = sql`true`,
) {
  return [
    db.run(sql`INSERT INTO ${events} (id, live_stream_id, type, detail, at)
      SELECT ${newId('evt')}, ${liveStreamId}, ${type}, ${detail}, ${now.toISOString()} WHERE ${condition}`),
    trimEvents(db, [liveStreamId]),
  ] as const
}

/** Statement: keeps the last 500 events of each of these streams. */
export const trimEvents = (db: Database, liveStreamIds: readonly string[]) =>
  db.run(sql`DELETE FROM events
    WHERE live_stream_id IN (SELECT value FROM json_each(${JSON.stringify(liveStreamIds)}))
      AND seq <= (SELECT newer.seq FROM events AS newer WHERE newer.live_stream_id = events.live_stream_id
                  ORDER BY newer.seq DESC LIMIT 1 OFFSET ${eventsKeptPerStream})`)

/** An event as the API answers it. */
export const presentEvent = (row: typeof events.$inferSelect): StreamEventRecord => ({
  id: row.id,
  live_stream_id: row.liveStreamId,
  type: row.type,
  detail: row.detail,
  at: row.at,
})
