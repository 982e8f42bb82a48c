import { type SQL, sql } from 'drizzle-orm'
import type { SessionReport } from '#schema/contracts/worker.ts'
import type { Database } from '../db/database.ts'
import { leaseEnd } from './lease.ts'

/** The sessions that one worker reports, as one SQL parameter. */
export interface Reports {
  readonly workerId: string
  readonly json: string
}

/**
 * What is counted of broadcasts and what is measured stands in no statement but its own (reports/keep.ts, statistics/keep.ts):
 * all of them would parse it.
 */
export const reportsOf = (workerId: string, sessions: readonly SessionReport[]): Reports => ({
  workerId,
  json: JSON.stringify(sessions.map(({ broadcast: _, history: __, samples: ___, ...report }) => report)),
})

/**
 * SQL condition on `jobs` and a report `r` (a row of json_each): this worker holds this lease under this fence.
 * The plus signs keep SQLite from the index by worker, which would parse all reports once per lease: 70 ms, not 1.
 */
export const holds = ({ workerId }: Reports): SQL => sql`jobs.live_stream_id = r.value ->> '$.live_stream_id'
    AND jobs.fence = r.value ->> '$.fence' AND +jobs.worker_id = ${workerId} AND +jobs.state = 'leased'`

/**
 * SQL condition on `jobs`: this worker holds it, or has held it: who did may still deliver what happened before it lost or
 * gave back the lease, and another one took it.
 */
export const hasHeld = (workerId: string): SQL => sql`(+jobs.worker_id = ${workerId}
    OR EXISTS (SELECT 1 FROM json_each(jobs.former_workers) AS former WHERE former.value = ${workerId}))`

/**
 * Statement: renews every lease that the reports name, if fence and worker match. A lease that ran out and that nobody
 * else has claimed since is taken up again: the fence still tells, and a broadcast survives control being away.
 */
export const renewLeases = (db: Database, { workerId, json }: Reports, now: Date) =>
  db.run(sql`UPDATE jobs SET state = 'leased', lease_until = ${leaseEnd(now)}
    WHERE worker_id = ${workerId} AND state <> 'off'
      AND (live_stream_id, fence) IN (
        SELECT value ->> '$.live_stream_id', value ->> '$.fence' FROM json_each(${json}))`)

/** Statement: what the worker observed becomes the streams' state, except where an operator's order is under way. */
export const observeStreams = (db: Database, reports: Reports) =>
  db.run(sql`UPDATE live_stream_states SET
      status = r.value ->> '$.status',
      status_reason = r.value ->> '$.status_reason',
      status_detail = r.value ->> '$.status_detail',
      status_since = r.value ->> '$.status_since',
      session_id = r.value ->> '$.session_id',
      playable = r.value ->> '$.playable',
      source = r.value -> '$.source',
      last_source = CASE WHEN r.value ->> '$.source.video.width' IS NULL THEN last_source ELSE r.value -> '$.source' END,
      inputs = r.value -> '$.inputs',
      renditions = r.value -> '$.renditions',
      issues = r.value -> '$.issues',
      sample = r.value -> '$.sample',
      slate_status = r.value -> '$.slate',
      plan = r.value -> '$.plan'
    FROM json_each(${reports.json}) AS r, jobs
    WHERE live_stream_states.live_stream_id = jobs.live_stream_id AND jobs.stop_reason IS NULL AND ${holds(reports)}`)

/**
 * Statement: the same for the destinations that belong to those streams. The plus sign keeps SQLite from the index by stream,
 * which would parse all of a session's destinations once for each: with 200 of them that took 500 ms, this 1.
 */
export const observeDestinations = (db: Database, reports: Reports) =>
  db.run(sql`INSERT INTO destination_states (destination_id, live_stream_id, status)
    SELECT destinations.id, destinations.live_stream_id, json_remove(d.value, '$.id')
    FROM json_each(${reports.json}) AS r, json_each(r.value, '$.destinations') AS d, jobs, destinations
    WHERE ${holds(reports)}
      AND destinations.id = d.value ->> '$.id' AND +destinations.live_stream_id = jobs.live_stream_id
    ON CONFLICT (destination_id) DO UPDATE SET status = excluded.status`)

/** Statement: everything reported under a lease counts as changed, for live updates. */
export const markReported = (db: Database, reports: Reports, now: Date) =>
  db.run(sql`INSERT OR REPLACE INTO changes (live_stream_id, at)
    SELECT jobs.live_stream_id, ${now.getTime()} FROM json_each(${reports.json}) AS r, jobs WHERE ${holds(reports)}`)
