import { and, eq, gt, lt, sql } from 'drizzle-orm'
import { jobs } from '#schema/tables/jobs.ts'
import type { Database } from '../db/database.ts'
import { trimEvents } from '../streams/events.ts'
import { leaseEnd } from './lease.ts'
import { giveBack, gone, takeBack } from './take-back.ts'

/** How long watchers may still learn that a live stream was deleted, milliseconds. */
export const tombstoneMs = 24 * 3_600_000
/** Clocks of several control processes on one database may differ by so much, milliseconds. */
const clockSlackMs = 5_000

/** Leases that one transaction takes back: a database server ends one that lasts for seconds. */
const reapedAtOnce = 500

/**
 * Takes back leases that have run out: the stream is idle with `worker_lost` (or disabled), the job is queued again
 * (or off). The fence does not rise: until somebody else claims the job, its worker may come back to it (renew.ts), unless
 * an operator had ended the broadcast. Gives the number of leases taken back.
 */
export async function reapExpired(db: Database, now: Date): Promise<number> {
  const tooLong = await db
    .select({ id: jobs.liveStreamId })
    .from(jobs)
    .where(and(eq(jobs.state, 'leased'), gt(jobs.leaseUntil, leaseEnd(now) + clockSlackMs)))
    .limit(1)
  if (tooLong.length > 0) await shortenLongLeases(db, now)
  let reaped = 0
  for (let found = reapedAtOnce; found === reapedAtOnce; reaped += found) found = await reapSome(db, now)
  return reaped
}

async function reapSome(db: Database, now: Date): Promise<number> {
  const isExpired = and(eq(jobs.state, 'leased'), lt(jobs.leaseUntil, now.getTime()))
  const found = await db
    .select({ id: jobs.liveStreamId })
    .from(jobs)
    .where(isExpired)
    .orderBy(jobs.leaseUntil)
    .limit(reapedAtOnce)
  if (found.length === 0) return 0
  const ids = found.map(({ id }) => id)
  const expired = sql`SELECT live_stream_id FROM jobs
    WHERE live_stream_id IN (SELECT value FROM json_each(${JSON.stringify(ids)})) AND ${isExpired}`
  await db.batch([...takeBack(db, expired, gone.silent, now), trimEvents(db, ids), ...giveBack(db, expired, now)])
  return found.length
}

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

/** A lease that lasts longer than a lease was taken before our clock was set back: from now on it is an ordinary one. */
const shortenLongLeases = (db: Database, now: Date) =>
  db.run(sql`UPDATE jobs SET lease_until = ${leaseEnd(now)}
    WHERE state = 'leased' AND lease_until > ${leaseEnd(now) + clockSlackMs}`)

/**
 * When control starts after it was away, or goes on after it stood still: holders get one more lease to come back, instead of
 * losing their streams to the first reaper or poller.
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
