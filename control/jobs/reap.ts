import { and, eq, gt, lt, type SQL, sql } from 'drizzle-orm'
import { jobs } from '#schema/tables/jobs.ts'
import type { Database } from '../db/database.ts'
import { trimEvents } from '../streams/events.ts'
import { forgetOrders } from './broadcast-orders.ts'
import { leaseEnd } from './claim.ts'
import { idleDestinationStatus } from './finish.ts'

/** How long watchers may still learn that a live stream was deleted, milliseconds. */
export const tombstoneMs = 24 * 3_600_000
/** Clocks of several control processes on one database may differ by so much, milliseconds. */
const clockSlackMs = 5_000

/**
 * Takes back leases that have run out: the stream is idle with `worker_lost` (or disabled), the job is queued again
 * (or off). The fence does not rise: until somebody else claims the job, its worker may come back to it (renew.ts).
 * Gives the number of leases taken back.
 */
export async function reapExpired(db: Database, now: Date): Promise<number> {
  const leased = eq(jobs.state, 'leased')
  const [found, tooLong] = await Promise.all([
    db
      .select({ id: jobs.liveStreamId })
      .from(jobs)
      .where(and(leased, lt(jobs.leaseUntil, now.getTime())))
      .limit(1_000),
    db
      .select({ id: jobs.liveStreamId })
      .from(jobs)
      .where(and(leased, gt(jobs.leaseUntil, leaseEnd(now) + clockSlackMs)))
      .limit(1),
  ])
  if (tooLong.length > 0) await shortenLongLeases(db, now)
  if (found.length === 0) return 0
  const expired = sql`SELECT live_stream_id FROM jobs WHERE state = 'leased' AND lease_until < ${now.getTime()}`
  await db.batch([
    ...takeBack(db, expired, gone.silent, now),
    trimEvents(
      db,
      found.map((row) => row.id),
    ),
    ...giveBack(db, expired, now),
  ])
  return found.length
}

/** Why a worker no longer runs what it leased: for the stream's status, and for the list of what happened. */
interface Gone {
  readonly detail: string
  readonly event: string
}

const gone = {
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

/**
 * Statements, for the first heartbeat of another start of a worker's process: what its former start held, and this one does
 * not name, is given back at once instead of after the lease, and fenced off from whatever still comes from there.
 */
export function giveBackFormer(
  db: Database,
  { workerId, instance }: { readonly workerId: string; readonly instance: string },
  namedStreamIds: readonly string[],
  now: Date,
) {
  const former = sql`SELECT live_stream_id FROM jobs WHERE worker_id = ${workerId} AND state = 'leased'
    AND instance IS NOT ${instance}
    AND live_stream_id NOT IN (SELECT value FROM json_each(${JSON.stringify(namedStreamIds)}))`
  return [...takeBack(db, former, gone.restarted, now), ...giveBack(db, former, now, { raisesFence: true })] as const
}

/** Statements: all that a worker leases is given back, and fenced off from it: it was removed. */
export function giveBackAll(db: Database, workerId: string, now: Date) {
  const all = sql`SELECT live_stream_id FROM jobs WHERE worker_id = ${workerId} AND state = 'leased'`
  return [...takeBack(db, all, gone.forgotten, now), ...giveBack(db, all, now, { raisesFence: true })] as const
}

/** Statements: streams (an SQL list) of a worker that no longer runs them are idle, or disabled; {@link giveBack} comes after them. */
function takeBack(db: Database, streams: SQL, { detail, event }: Gone, now: Date) {
  return [
    // An operator had ended the broadcast; the worker was silent before it could say so.
    forgetOrders(db, sql`${streams} AND stop_reason IS NOT NULL AND stop_reason <> 'worker_draining'`, now),
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
    db.run(sql`INSERT INTO events (id, live_stream_id, type, detail, at)
      SELECT 'evt_' || lower(hex(randomblob(10))), live_stream_id, 'stream.worker_lost',
        ${event}, ${now.toISOString()} FROM (${streams})`),
  ] as const
}

/** Statements: their jobs are queued again, or off. */
function giveBack(db: Database, streams: SQL, now: Date, { raisesFence = false } = {}) {
  return [
    db.run(sql`UPDATE jobs SET
        state = CASE WHEN live_streams.enabled THEN 'queued' ELSE 'off' END, stop_reason = NULL, reserved = NULL,
        queued_at = ${now.getTime()}, is_unfit = 0, fence = jobs.fence + ${raisesFence ? 1 : 0}
      FROM live_streams
      WHERE live_streams.id = jobs.live_stream_id AND jobs.live_stream_id IN (${streams})`),
  ] as const
}

/** A lease that lasts longer than a lease was taken before our clock was set back: from now on it is an ordinary one. */
const shortenLongLeases = (db: Database, now: Date) =>
  db.run(sql`UPDATE jobs SET lease_until = ${leaseEnd(now)}
    WHERE state = 'leased' AND lease_until > ${leaseEnd(now) + clockSlackMs}`)

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
