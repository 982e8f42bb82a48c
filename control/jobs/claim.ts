import { sql } from 'drizzle-orm'
import { type JobRow, jobs, type ReservedUnits } from '#schema/tables/jobs.ts'
import { leaseSeconds } from '../config.ts'
import type { Database } from '../db/database.ts'

/** Unix milliseconds at which a lease taken or renewed at `now` runs out. */
export const leaseEnd = (now: Date): number => now.getTime() + leaseSeconds * 1000

/** Who claims, and what it is reckoned to take there. */
export interface Claimant {
  readonly workerId: string
  /** See contract-version.ts; null: it does not say. */
  readonly instance: string | null
  readonly reserved: ReservedUnits | null
}

/** Live streams that one poll looks at, at most. */
const candidatesMax = 100

/**
 * What polling workers may claim, best first: leases that have run out, then the oldest of the highest priority; what no
 * worker could take when it was looked at last comes after all that. One index each; a single OR was 3× slower.
 */
export async function claimable(db: Database, now: Date): Promise<JobRow[]> {
  const [expired, queued] = await Promise.all([
    db
      .select()
      .from(jobs)
      .where(sql`state = 'leased' AND lease_until < ${now.getTime()} AND stop_reason IS NULL AND claimable_by = 'poll'`)
      .orderBy(jobs.leaseUntil)
      .limit(candidatesMax),
    db
      .select()
      .from(jobs)
      .where(sql`state = 'queued' AND claimable_by = 'poll'`)
      .orderBy(sql`is_unfit, priority DESC, created_at`)
      .limit(candidatesMax),
  ])
  return [...expired, ...queued].slice(0, candidatesMax)
}

/** Claims one live stream for a worker that polls, in one statement. Undefined: somebody was faster, or it is off. */
export async function claimPolled(
  db: Database,
  liveStreamId: string,
  { workerId, instance, reserved }: Claimant,
  now: Date,
): Promise<JobRow | undefined> {
  const [job] = await db
    .update(jobs)
    .set({ ...leasedBy(workerId, instance, reserved), fence: sql`fence + 1`, leaseUntil: leaseEnd(now) })
    .where(
      sql`live_stream_id = ${liveStreamId} AND claimable_by = 'poll'
        AND (state = 'queued' OR state = 'leased' AND lease_until < ${now.getTime()} AND stop_reason IS NULL)`,
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
  { workerId, instance, reserved }: Claimant,
  now: Date,
): Promise<JobRow | undefined> {
  const held = sql`state = 'leased' AND lease_until >= ${now.getTime()}`
  const [job] = await db
    .update(jobs)
    .set({
      ...leasedBy(workerId, instance, reserved),
      fence: sql`fence + 1`,
      stopReason: sql`CASE WHEN ${held} THEN stop_reason END`,
      leaseUntil: leaseEnd(now),
    })
    .where(sql`live_stream_id = ${liveStreamId} AND state <> 'off' AND (NOT (${held}) OR worker_id = ${workerId})`)
    .returning()
  return job
}

/** Holders before the present one that are remembered. */
const formerMax = 8

const leasedBy = (workerId: string, instance: string | null, reserved: ReservedUnits | null) => ({
  ...{ state: 'leased' as const, workerId, instance, reserved },
  formerWorkers: sql`CASE WHEN worker_id IS NULL OR worker_id = ${workerId} THEN former_workers ELSE (
    SELECT json_group_array(value) FROM (
      SELECT worker_id AS value, -1 AS key UNION ALL SELECT value, key FROM json_each(former_workers)
      ORDER BY key LIMIT ${formerMax})) END`,
})
