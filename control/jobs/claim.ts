import { getTableColumns, type SQL, sql } from 'drizzle-orm'
import type { PollRequest } from '#schema/contracts/worker.ts'
import { type JobRow, jobs, type ReservedUnits } from '#schema/tables/jobs.ts'
import type { Database } from '../db/database.ts'
import { trimEvents } from '../streams/events.ts'
import { beginBroadcasts } from './broadcast-orders.ts'
import { leaseEnd } from './lease.ts'
import { gone, takeBack } from './take-back.ts'

/** Who claims, and what it is reckoned to take there. */
export interface Claimant {
  readonly workerId: string
  /** See contract-version.ts; null: it does not say. */
  readonly instance: string | null
  readonly reserved: ReservedUnits | null
}

/** Live streams that one poll looks at, at most. */
const candidatesMax = 100

/** A live stream that waits for a worker. */
export type Claimable = Pick<JobRow, 'liveStreamId' | 'state' | 'isUnfit' | 'queuedAt'>
const { liveStreamId, state, isUnfit, queuedAt } = getTableColumns(jobs)

/**
 * What polling workers may claim, best first: leases that have run out, then the oldest of the highest priority; what no
 * worker could take when it was looked at last comes after all that. One index each; a single OR was 3× slower.
 */
export async function claimable(db: Database, now: Date): Promise<Claimable[]> {
  const [expired, queued] = await Promise.all([
    db
      .select({ liveStreamId, state, isUnfit, queuedAt })
      .from(jobs)
      .where(sql`${isExpired(now)} AND stop_reason IS NULL AND claimable_by = 'poll'`)
      .orderBy(jobs.leaseUntil)
      .limit(candidatesMax),
    db
      .select({ liveStreamId, state, isUnfit, queuedAt })
      .from(jobs)
      .where(sql`state = 'queued' AND claimable_by = 'poll'`)
      .orderBy(sql`is_unfit, priority DESC, created_at`)
      .limit(candidatesMax),
  ])
  return [...expired, ...queued].slice(0, candidatesMax)
}

/** What a worker says of itself when it polls. */
interface Polling {
  /** Live streams that it runs. */
  readonly held: readonly string[]
  /** Those that failed on it and were not changed since. */
  readonly avoid: PollRequest['avoid']
}

/**
 * Gives a worker what this start of it has claimed by polling and does not hold, for the answer never came: under the same
 * fence, with a new lease, as it begins only now. What it has heard of and could not start is left to the end of its lease.
 */
export async function claimUnheard(
  db: Database,
  { workerId, instance }: Pick<Claimant, 'workerId' | 'instance'>,
  { held, avoid }: Polling,
  now: Date,
): Promise<JobRow[]> {
  const isUnheard = sql`worker_id = ${workerId} AND state = 'leased' AND lease_until >= ${now.getTime()}
    AND instance IS ${instance} AND claimable_by = 'poll' AND stop_reason IS NULL
    AND live_stream_id NOT IN (SELECT value FROM json_each(${JSON.stringify(held)}))
    AND live_stream_id NOT IN (SELECT id FROM live_streams WHERE ${isAvoided(avoid)})`
  // Most polls find none, and a look is cheaper than a change.
  const found = await db.select({ id: jobs.liveStreamId }).from(jobs).where(isUnheard).limit(candidatesMax)
  if (found.length === 0) return []
  const ids = JSON.stringify(found.map(({ id }) => id))
  return db
    .update(jobs)
    .set({ leaseUntil: leaseEnd(now) })
    .where(sql`live_stream_id IN (SELECT value FROM json_each(${ids})) AND ${isUnheard}`)
    .returning()
}

/** Claims one live stream, as {@link claimable} gave it, for a worker that polls. Undefined: somebody was faster, or it is off. */
export function claimPolled(
  db: Database,
  { liveStreamId, state }: Pick<Claimable, 'liveStreamId' | 'state'>,
  claimant: Claimant,
  now: Date,
): Promise<JobRow | undefined> {
  const mine = sql`live_stream_id = ${liveStreamId} AND claimable_by = 'poll' AND ${isPresent(claimant, takesWork)}`
  const queued = sql`${mine} AND state = 'queued'`
  const expired = sql`${mine} AND ${isExpired(now)} AND stop_reason IS NULL`
  return state === 'queued'
    ? claim(db, liveStreamId, claimant, { claimed: queued }, now)
    : claim(db, liveStreamId, claimant, { claimed: sql`(${queued} OR ${expired})`, lost: expired }, now)
}

/**
 * Claims one live stream for the worker that its encoder has connected to. The holder of the lease gets its own job again,
 * under a new fence as with every claim: it asks only when it no longer knows the session.
 * Undefined: another worker holds it, or the stream is off, or this worker takes no more.
 */
export function claimForPublisher(
  db: Database,
  liveStreamId: string,
  claimant: Claimant,
  now: Date,
): Promise<JobRow | undefined> {
  const it = sql`live_stream_id = ${liveStreamId}`
  const queued = sql`${it} AND state = 'queued' AND ${isPresent(claimant, takesWork)}`
  const expired = sql`${it} AND ${isExpired(now)} AND ${isPresent(claimant, takesWork)}
    AND EXISTS (SELECT 1 FROM live_streams WHERE live_streams.id = live_stream_id AND live_streams.enabled)`
  const own = sql`${it} AND state = 'leased' AND worker_id = ${claimant.workerId} AND ${isPresent(claimant)}`
  const claimed = sql`(${queued} OR ${expired} OR ${own} AND NOT (${isExpired(now)}))`
  return claim(db, liveStreamId, claimant, { claimed, lost: expired }, now)
}

/**
 * The one transaction of every claim. `claimed` is the SQL condition on the job; where it holds because a lease has run out and
 * nobody has taken that back yet (`lost`), it is taken back before, so that it is told and nothing of the old session stays.
 */
async function claim(
  db: Database,
  liveStreamId: string,
  { workerId, instance, reserved }: Claimant,
  { claimed, lost }: { readonly claimed: SQL; readonly lost?: SQL },
  now: Date,
): Promise<JobRow | undefined> {
  const taking = db
    .update(jobs)
    .set({
      ...leasedBy(workerId, instance, reserved),
      fence: sql`fence + 1`,
      stopReason: sql`CASE WHEN state = 'leased' AND NOT (${isExpired(now)}) THEN stop_reason END`,
      leaseUntil: leaseEnd(now),
    })
    .where(claimed)
    .returning()
  const beginning = beginBroadcasts(db, [liveStreamId], now)
  if (!lost) return (await db.batch([taking, beginning]))[0][0]
  const losing = [
    ...takeBack(db, sql`SELECT live_stream_id FROM jobs WHERE ${lost}`, gone.silent, now),
    trimEvents(db, [liveStreamId]),
  ] as const
  return (await db.batch([...losing, taking, beginning]))[losing.length][0]
}

/** SQL, on a row of `live_streams`: it is as it was when it failed on the worker. */
export const isAvoided = (avoid: PollRequest['avoid']) =>
  sql`(id, revision) IN (SELECT value ->> '$.live_stream_id', value ->> '$.revision'
    FROM json_each(${JSON.stringify(avoid)}))`

/** SQL, on a row of `jobs`. */
const isExpired = (now: Date) => sql`state = 'leased' AND lease_until < ${now.getTime()}`

/** SQL: at this moment, too, the worker is one of ours, and this start of it is not over. */
const isPresent = ({ workerId, instance }: Claimant, more = sql`true`) => sql`EXISTS (SELECT 1 FROM workers
  WHERE workers.id = ${workerId} AND ${more}
    AND NOT EXISTS (SELECT 1 FROM json_each(workers.retired_instances) WHERE value = ${instance}))`

/** SQL, on a row of `workers`: it is not to be emptied. */
const takesWork = sql`workers.drain IS NULL`

/** Holders before the present one that are remembered. */
const formerMax = 8

const leasedBy = (workerId: string, instance: string | null, reserved: ReservedUnits | null) => ({
  ...{ state: 'leased' as const, workerId, instance, reserved },
  formerWorkers: sql`CASE WHEN worker_id IS NULL OR worker_id = ${workerId} THEN former_workers ELSE (
    SELECT json_group_array(value) FROM (
      SELECT worker_id AS value, -1 AS key UNION ALL SELECT value, key FROM json_each(former_workers)
      ORDER BY key LIMIT ${formerMax})) END`,
})
