import { sql } from 'drizzle-orm'
import { momentsMax } from '#schema/contracts/broadcast-tally.ts'
import type { SessionReport, StreamEventRecord } from '#schema/contracts/worker.ts'
import type { Database } from '../db/database.ts'
import { holds, type Reports } from '../jobs/renew.ts'

/** SQL: the broadcast of a session, whose id is the value of `sessionId`. */
const broadcastOf = (sessionId: string) => sql.raw(`'brd_' || substr(${sessionId}, 5)`)

/**
 * Statement, after the leases are renewed and before ended sessions give theirs back: what the reports count of broadcasts
 * is what is known of them. A session that has been seen by nobody has counted nothing.
 */
export const keepBroadcasts = (db: Database, reports: Reports) =>
  db.run(sql`INSERT INTO broadcasts
      (id, live_stream_id, session_id, worker_id, fence, name, started_at, known_until, end_reason, end_detail, tally)
    SELECT ${broadcastOf("r.value ->> '$.session_id'")}, jobs.live_stream_id, r.value ->> '$.session_id', jobs.worker_id,
      jobs.fence, live_streams.name, r.value ->> '$.broadcast.began_at', r.value ->> '$.broadcast.at',
      CASE WHEN r.value ->> '$.ended' THEN coalesce(jobs.stop_reason, r.value ->> '$.status_reason') END,
      CASE WHEN r.value ->> '$.ended' THEN r.value ->> '$.status_detail' END,
      r.value -> '$.broadcast'
    FROM json_each(${reports.json}) AS r, jobs, live_streams
    WHERE ${holds(reports)} AND live_streams.id = jobs.live_stream_id AND r.value -> '$.broadcast' IS NOT NULL
    ON CONFLICT (id) DO UPDATE SET
      fence = excluded.fence, known_until = excluded.known_until,
      end_reason = excluded.end_reason, end_detail = excluded.end_detail, tally = excluded.tally
    WHERE broadcasts.live_stream_id = excluded.live_stream_id AND broadcasts.worker_id = excluded.worker_id`)

/**
 * Statements after that, which keep what reports are made of; none where there is nothing new. A worker adds to its own
 * broadcasts only, but to those whatever becomes of its lease: what happened before it was lost may come late.
 */
export function keepMoments(
  db: Database,
  { workerId, json }: Reports,
  sessions: readonly SessionReport[],
  events: readonly StreamEventRecord[],
) {
  const moments = events.filter((event) => event.session_id !== undefined)
  const hasPoints = sessions.some(({ history }) => history && history.length > 0)
  return [
    ...(moments.length > 0 ? [insertMoments(db, workerId, moments), trimMoments(db, moments)] : []),
    ...(hasPoints ? [insertPoints(db, workerId, json)] : []),
  ]
}

/**
 * Statement: the report of the broadcast that is on tells of this event of control's. That a stream was switched off its
 * worker tells itself, when it is so.
 */
export const noteInBroadcast = (db: Database, eventId: string) =>
  db.run(sql`INSERT OR IGNORE INTO broadcast_moments (id, broadcast_id, at, type, detail)
    SELECT events.id, broadcasts.id, events.at, events.type, events.detail FROM events, jobs, broadcasts
    WHERE events.id = ${eventId} AND events.type NOT IN ('stream.enabled', 'stream.disabled')
      AND jobs.live_stream_id = events.live_stream_id AND jobs.state = 'leased'
      AND broadcasts.live_stream_id = jobs.live_stream_id AND broadcasts.worker_id = jobs.worker_id
      AND broadcasts.fence = jobs.fence`)

const insertMoments = (db: Database, workerId: string, moments: readonly StreamEventRecord[]) =>
  db.run(sql`INSERT OR IGNORE INTO broadcast_moments
      (id, broadcast_id, at, type, detail, reason, destination_id, input_id)
    SELECT e.value ->> '$.id', broadcasts.id, e.value ->> '$.at', e.value ->> '$.type', e.value ->> '$.detail',
      e.value ->> '$.reason', e.value ->> '$.destination_id', e.value ->> '$.input_id'
    FROM json_each(${JSON.stringify(moments)}) AS e, broadcasts
    WHERE broadcasts.id = ${broadcastOf("(e.value ->> '$.session_id')")} AND broadcasts.worker_id = ${workerId}`)

/** Which is the oldest to keep is looked for once per broadcast, not once per moment: that took 780 ms, this 1. */
const trimMoments = (db: Database, moments: readonly StreamEventRecord[]) =>
  db.run(sql`DELETE FROM broadcast_moments WHERE seq IN (
    SELECT old.seq
    FROM (SELECT DISTINCT ${broadcastOf('value')} AS id
      FROM json_each(${JSON.stringify(moments.map((moment) => moment.session_id))})) AS told
    CROSS JOIN broadcast_moments AS old
    WHERE old.broadcast_id = told.id
      AND old.seq <= (SELECT newer.seq FROM broadcast_moments AS newer WHERE newer.broadcast_id = told.id
                      ORDER BY newer.seq DESC LIMIT 1 OFFSET ${momentsMax}))`)

const insertPoints = (db: Database, workerId: string, json: string) =>
  db.run(sql`INSERT OR REPLACE INTO broadcast_points (broadcast_id, at, point)
    SELECT broadcasts.id, p.value ->> '$.at', p.value
    FROM json_each(${json}) AS r, json_each(r.value, '$.history') AS p, broadcasts
    WHERE broadcasts.id = ${broadcastOf("(r.value ->> '$.session_id')")} AND broadcasts.worker_id = ${workerId}`)
