import { sql } from 'drizzle-orm'
import { momentsMax } from '#schema/contracts/broadcast-tally.ts'
import type { HeartbeatRequest, SessionReport, StreamEventRecord } from '#schema/contracts/worker.ts'
import type { Database } from '../db/database.ts'
import { holds } from '../jobs/renew.ts'

/** SQL: the broadcast of a session, whose id is the value of `sessionId`. */
const broadcastOf = (sessionId: string) => sql.raw(`'brd_' || substr(${sessionId}, 5)`)

/**
 * Statements, after the leases are renewed and before ended sessions give theirs back: what a heartbeat says of broadcasts.
 * None where it says nothing; one for the counts, and up to three for what happened and for points of the history.
 * A worker tells of broadcasts whose lease it holds, and adds to its own whatever becomes of the lease: what happened before
 * that was lost may come late.
 */
export function keepBroadcasts(
  db: Database,
  workerId: string,
  { sessions, events }: Pick<HeartbeatRequest, 'sessions' | 'events'>,
) {
  const counted = sessions.filter(({ broadcast }) => broadcast)
  const moments = events.filter(({ session_id, in_report }) => session_id !== undefined && in_report !== false)
  const points = sessions.flatMap(({ session_id, history = [] }) =>
    history.map((point) => ({ session_id, at: point.at, point: JSON.stringify(point) })),
  )
  return [
    ...(counted.length > 0 ? [upsertBroadcasts(db, workerId, counted)] : []),
    ...(moments.length > 0 ? [insertMoments(db, workerId, moments), trimMoments(db, moments)] : []),
    ...(points.length > 0 ? [insertPoints(db, workerId, points)] : []),
  ]
}

/** Counts go as text inside the JSON, so that SQLite need not look into them. */
function upsertBroadcasts(db: Database, workerId: string, sessions: readonly SessionReport[]) {
  const json = JSON.stringify(
    sessions.map(({ live_stream_id, session_id, fence, ended, status_reason, status_detail, broadcast }) => ({
      ...{ live_stream_id, session_id, fence, began_at: broadcast?.began_at, at: broadcast?.at },
      ...(ended && { end_reason: status_reason, end_detail: status_detail }),
      tally: JSON.stringify(broadcast),
    })),
  )
  return db.run(sql`INSERT INTO broadcasts
      (id, live_stream_id, session_id, worker_id, fence, name, started_at, known_until, end_reason, end_detail, tally)
    SELECT ${broadcastOf("(r.value ->> '$.session_id')")}, jobs.live_stream_id, r.value ->> '$.session_id', jobs.worker_id,
      jobs.fence, live_streams.name, r.value ->> '$.began_at', r.value ->> '$.at',
      CASE WHEN r.value ->> '$.end_reason' IS NOT NULL THEN coalesce(jobs.stop_reason, r.value ->> '$.end_reason') END,
      r.value ->> '$.end_detail', r.value ->> '$.tally'
    FROM json_each(${json}) AS r, jobs, live_streams
    WHERE ${holds({ workerId, json })} AND live_streams.id = jobs.live_stream_id
    ON CONFLICT (id) DO UPDATE SET
      fence = excluded.fence, known_until = excluded.known_until,
      end_reason = excluded.end_reason, end_detail = excluded.end_detail, tally = excluded.tally
    WHERE broadcasts.live_stream_id = excluded.live_stream_id AND broadcasts.worker_id = excluded.worker_id`)
}

/**
 * Statement: the report of the broadcast that is on tells of this event of control's. That a stream was switched off its
 * worker tells itself, when it is so.
 */
export const noteInBroadcast = (db: Database, eventId: string) =>
  db.run(sql`INSERT OR IGNORE INTO broadcast_moments
      (id, broadcast_id, at, type, detail, destination_id, input_id)
    SELECT events.id, broadcasts.id, events.at, events.type, events.detail, events.destination_id, events.input_id
    FROM events, jobs, broadcasts
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

interface ToldPoint {
  readonly session_id: string
  readonly at: string
  readonly point: string
}

const insertPoints = (db: Database, workerId: string, points: readonly ToldPoint[]) =>
  db.run(sql`INSERT OR REPLACE INTO broadcast_points (broadcast_id, at, point)
    SELECT broadcasts.id, p.value ->> '$.at', p.value ->> '$.point'
    FROM json_each(${JSON.stringify(points)}) AS p, broadcasts
    WHERE broadcasts.id = ${broadcastOf("(p.value ->> '$.session_id')")} AND broadcasts.worker_id = ${workerId}`)
