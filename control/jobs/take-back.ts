import { type SQL, sql } from 'drizzle-orm'
import type { Database } from '../db/database.ts'
import { forgetOrders } from './broadcast-orders.ts'
import { idleDestinationStatus } from './finish.ts'

/** Why a worker no longer runs what it leased: for the stream's status, and for the list of what happened. */
interface Gone {
  readonly detail: string
  readonly event: string
}

export const gone = {
  silent: {
    detail: 'The worker that ran this stream is silent. Check that it is running and reaches control.',
    event: 'The worker that ran this stream has gone silent.',
  },
  restarted: {
    detail: 'The worker that ran this stream was started again. The stream goes on as soon as a worker takes it.',
    event: 'The worker that ran this stream was started again.',
  },
  forgotten: {
    detail: 'The worker that ran this stream was removed. The stream goes on as soon as another one takes it.',
    event: 'The worker that ran this stream was removed.',
  },
} as const satisfies Record<string, Gone>

/** SQL, on a row of `jobs`: an operator has ordered the session that runs to end, and not only to go on elsewhere. */
const isToEnd = sql`coalesce(jobs.stop_reason, 'worker_draining') <> 'worker_draining'`

/**
 * Statements: streams (an SQL list of ids, by their jobs as they are before) of a worker that no longer runs them are idle, or
 * disabled, and that is told. Their jobs are for who comes after it in the same transaction: {@link giveBack}, or a claim.
 */
export function takeBack(db: Database, streams: SQL, { detail, event }: Gone, now: Date) {
  return [
    // An operator had ended the broadcast; the worker was silent before it could say so.
    forgetOrders(db, sql`SELECT live_stream_id FROM jobs WHERE live_stream_id IN (${streams}) AND ${isToEnd}`, now),
    db.run(sql`INSERT INTO events (id, live_stream_id, type, detail, at, session_id)
      SELECT 'evt_' || lower(hex(randomblob(10))), live_stream_id, 'stream.worker_lost', ${event}, ${now.toISOString()},
        session_id
      FROM live_stream_states WHERE live_stream_id IN (${streams})`),
    db.run(sql`UPDATE live_stream_states SET
        status = CASE WHEN live_streams.enabled THEN 'idle' ELSE 'disabled' END,
        status_reason = CASE WHEN live_streams.enabled THEN 'worker_lost' ELSE 'disabled_by_operator' END,
        status_detail = CASE WHEN live_streams.enabled THEN ${detail} ELSE 'Switched off. Enable it to use it again.' END,
        status_since = ${now.toISOString()},
        session_id = NULL, playable = 0, source = NULL, inputs = '[]', renditions = '[]', issues = '[]', sample = NULL,
        slate_status = NULL, plan = NULL
      FROM live_streams
      WHERE live_streams.id = live_stream_states.live_stream_id
        AND live_stream_states.live_stream_id IN (${streams})`),
    db.run(sql`UPDATE destination_states SET status = ${idleDestinationStatus} WHERE live_stream_id IN (${streams})`),
    db.run(sql`INSERT OR REPLACE INTO changes (live_stream_id, at)
      SELECT live_stream_id, ${now.getTime()} FROM (${streams})`),
  ] as const
}

/**
 * Statements: their jobs are queued again, or off. The fence rises where `raisesFence`, and where an operator had ended the
 * broadcast: its worker may come back to anything but that.
 */
export function giveBack(db: Database, streams: SQL, now: Date, { raisesFence = false } = {}) {
  return [
    db.run(sql`UPDATE jobs SET
        state = CASE WHEN live_streams.enabled THEN 'queued' ELSE 'off' END, stop_reason = NULL, reserved = NULL,
        queued_at = ${now.getTime()}, is_unfit = 0,
        fence = jobs.fence + ${raisesFence ? sql`1` : sql`(${isToEnd})`}
      FROM live_streams
      WHERE live_streams.id = jobs.live_stream_id AND jobs.live_stream_id IN (${streams})`),
  ] as const
}
