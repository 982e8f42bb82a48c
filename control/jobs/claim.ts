import { sql } from 'drizzle-orm'
import type { PollRequest } from '#schema/contracts/worker.ts'
import { type JobRow, jobs } from '#schema/tables/jobs.ts'
import { leaseSeconds } from '../config.ts'
import type { Database } from '../db/database.ts'

/** Unix milliseconds at which a lease taken or renewed at `now` runs out. */
export const leaseEnd = (now: Date): number => now.getTime() + leaseSeconds * 1000

/**
 * Claims the next job that polling workers may take, in one statement: an expired lease first, else the oldest of the
 * highest priority; none that is to be avoided. Undefined: there is none. Two scalar subqueries use one index each; a single OR was 3× slower.
 */
export async function claimNext(
  db: Database,
  workerId: string,
  now: Date,
  avoid: PollRequest['avoid'] = [],
): Promise<JobRow | undefined> {
  const mayBeTaken = sql`claimable_by = 'poll' AND NOT EXISTS (
    SELECT 1 FROM json_each(${JSON.stringify(avoid)}) AS avoided, live_streams
    WHERE live_streams.id = avoided.value ->> '$.live_stream_id' AND live_streams.id = jobs.live_stream_id
      AND live_streams.revision = avoided.value ->> '$.revision')`
  const [job] = await db
    .update(jobs)
    .set({ state: 'leased', workerId, fence: sql`fence + 1`, leaseUntil: leaseEnd(now) })
    .where(
      sql`live_stream_id = coalesce(
        (SELECT live_stream_id FROM jobs
          WHERE state = 'leased' AND lease_until < ${now.getTime()} AND stop_reason IS NULL AND ${mayBeTaken}
          ORDER BY lease_until LIMIT 1),
        (SELECT live_stream_id FROM jobs
          WHERE state = 'queued' AND ${mayBeTaken}
          ORDER BY priority DESC, created_at LIMIT 1))`,
    )
    .returning()
  return job
}

/**
 * Claims one live stream for the worker that its encoder has connected to, in one statement. The holder of the lease
 * gets its own job again, under a new fence as with every claim: it asks only when it no longer knows the session.
 * Undefined: another worker holds it, or the stream is off.
 */
export async function claimForPublisher(
  db: Database,
  liveStreamId: string,
  workerId: string,
  now: Date,
): Promise<JobRow | undefined> {
  const held = sql`state = 'leased' AND lease_until >= ${now.getTime()}`
  const [job] = await db
    .update(jobs)
    .set({
      state: 'leased',
      workerId,
      fence: sql`fence + 1`,
      stopReason: sql`CASE WHEN ${held} THEN stop_reason END`,
      leaseUntil: leaseEnd(now),
    })
    .where(sql`live_stream_id = ${liveStreamId} AND state <> 'off' AND (NOT (${held}) OR worker_id = ${workerId})`)
    .returning()
  return job
}
