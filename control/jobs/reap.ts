import { and, eq, lt, sql } from 'drizzle-orm'
import { jobs } from '#schema/tables/jobs.ts'
import type { Database } from '../db/database.ts'
import { trimEvents } from '../streams/events.ts'
import { forgetOrders } from './broadcast-orders.ts'
import { leaseEnd } from './claim.ts'
import { idleDestinationStatus } from './finish.ts'

/** How long watchers may still learn that a live stream was deleted, milliseconds. */
const tombstoneMs = 24 * 3_600_000

/**
 * Takes back leases that have run out: the stream is idle with `worker_lost` (or disabled), the job is queued again
 * (or off). The fence does not rise: until somebody else claims the job, its worker may come back to it (renew.ts).
 * Gives the number of leases taken back.
 */
export async function reapExpired(db: Database, now: Date): Promise<number> {
  const due = and(eq(jobs.state, 'leased'), lt(jobs.leaseUntil, now.getTime()))
  const found = await db.select({ id: jobs.liveStreamId }).from(jobs).where(due).limit(1_000)
  if (found.length === 0) return 0
  const expired = sql`SELECT live_stream_id FROM jobs WHERE state = 'leased' AND lease_until < ${now.getTime()}`
  await db.batch([
    // An operator had ended the broadcast; the worker was silent before it could say so.
    forgetOrders(db, sql`${expired} AND stop_reason IS NOT NULL`, now),
    db.run(sql`UPDATE live_stream_states SET
        status = CASE WHEN live_streams.enabled THEN 'idle' ELSE 'disabled' END,
        status_reason = CASE WHEN live_streams.enabled THEN 'worker_lost' ELSE 'disabled_by_operator' END,
        status_detail = CASE WHEN live_streams.enabled
          THEN 'The worker that ran this stream is silent. Check that it is running and reaches control.'
          ELSE 'Switched off. Enable it to use it again.' END,
        status_since = ${now.toISOString()},
        session_id = NULL, playable = 0, source = NULL, inputs = '[]', renditions = '[]', issues = '[]', sample = NULL,
        slate_status = NULL, plan = NULL
      FROM live_streams
      WHERE live_streams.id = live_stream_states.live_stream_id
        AND live_stream_states.live_stream_id IN (${expired})`),
    db.run(sql`UPDATE destination_states SET status = ${idleDestinationStatus} WHERE live_stream_id IN (${expired})`),
    db.run(sql`INSERT OR REPLACE INTO changes (live_stream_id, at)
      SELECT live_stream_id, ${now.getTime()} FROM (${expired})`),
    db.run(sql`INSERT INTO events (id, live_stream_id, type, detail, at)
      SELECT 'evt_' || lower(hex(randomblob(10))), live_stream_id, 'stream.worker_lost',
        'The worker that ran this stream has gone silent.', ${now.toISOString()} FROM (${expired})`),
    trimEvents(
      db,
      found.map((row) => row.id),
    ),
    db.run(sql`UPDATE jobs SET
        state = CASE WHEN live_streams.enabled THEN 'queued' ELSE 'off' END, stop_reason = NULL
      FROM live_streams
      WHERE live_streams.id = jobs.live_stream_id AND jobs.live_stream_id IN (${expired})`),
  ])
  return found.length
}

/**
 * When control starts after it was away: holders get one more lease to come back, instead of losing their streams to
 * the first reaper or poller.
 */
export const extendLeases = (db: Database, now: Date) =>
  db
    .update(jobs)
    .set({ leaseUntil: leaseEnd(now) })
    .where(eq(jobs.state, 'leased'))

/** Forgets streams that were deleted over a day ago. */
export const forgetDeleted = (db: Database, now: Date) =>
  db.run(sql`DELETE FROM changes WHERE at < ${now.getTime() - tombstoneMs}
    AND NOT EXISTS (SELECT 1 FROM live_streams WHERE live_streams.id = changes.live_stream_id)`)
