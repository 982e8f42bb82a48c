import { sql } from 'drizzle-orm'
import type { Database } from '../db/database.ts'
import { forgetOrdersOfEnded } from './broadcast-orders.ts'
import { holds, type Reports } from './renew.ts'

/** SQL: the destinations of streams that ran and run no more. What went wrong last stays readable. */
export const idleDestinationStatus = sql`json_set(status,
  '$.state', 'idle', '$.next_retry_at', NULL, '$.connected_at', NULL, '$.held', NULL,
  '$.session_started_at', NULL, '$.session_ends_at', NULL, '$.bitrate_kbps', 0, '$.queue_ms', 0,
  '$.round_trip_ms', NULL, '$.sends', NULL, '$.adjustments', json('[]'))`

/**
 * Statements, in this order: sessions that the reports call ended give their stream back. The stream is idle, or
 * disabled where an operator switched it off; the job is queued again or off; the fence rises, so that nothing more
 * that this session says counts. The worker stays named: its origin still serves the package for a while.
 */
export function finishEnded(db: Database, reports: Reports, now: Date) {
  const ended = sql`${holds(reports)} AND r.value ->> '$.ended'`
  return [
    forgetOrdersOfEnded(db, reports, now),
    // What has been played to its end would begin anew at once.
    db.run(sql`UPDATE live_streams SET enabled = 0, revision = live_streams.revision + 1, updated_at = ${now.getTime()}
      FROM json_each(${reports.json}) AS r, jobs
      WHERE live_streams.id = jobs.live_stream_id AND ${ended} AND r.value ->> '$.status_reason' = 'played_out'`),
    db.run(sql`UPDATE live_stream_states SET
        status = CASE WHEN live_streams.enabled THEN 'idle' ELSE 'disabled' END,
        status_reason = coalesce(jobs.stop_reason, r.value ->> '$.status_reason'),
        status_detail = CASE
          WHEN r.value ->> '$.status_reason' = 'played_out' THEN
            'All has been played to its end, and the live stream was switched off. Enable it to play it again.'
          WHEN live_streams.enabled THEN r.value ->> '$.status_detail'
          WHEN jobs.stop_reason = 'completed' THEN
            'The broadcast was ended and the live stream switched off. Enable it to start a new one.'
          ELSE 'Switched off. Enable it to use it again.' END,
        status_since = ${now.toISOString()},
        session_id = NULL, playable = 0, source = NULL, inputs = '[]', renditions = '[]', issues = '[]', sample = NULL,
        slate_status = NULL, plan = NULL
      FROM json_each(${reports.json}) AS r, jobs, live_streams
      WHERE live_stream_states.live_stream_id = jobs.live_stream_id AND live_streams.id = jobs.live_stream_id
        AND ${ended}`),
    db.run(sql`UPDATE destination_states SET status = ${idleDestinationStatus}
      FROM json_each(${reports.json}) AS r, jobs
      WHERE destination_states.live_stream_id = jobs.live_stream_id AND ${ended}`),
    db.run(sql`UPDATE jobs SET
        state = CASE WHEN live_streams.enabled THEN 'queued' ELSE 'off' END,
        stop_reason = NULL, reserved = NULL, lease_until = 0, fence = jobs.fence + 1,
        queued_at = ${now.getTime()}, is_unfit = 0
      FROM json_each(${reports.json}) AS r, live_streams
      WHERE live_streams.id = jobs.live_stream_id AND ${ended}`),
  ] as const
}
