import { type SQL, sql } from 'drizzle-orm'
import { interruptions } from '#schema/enums.ts'
import type { Database } from '../db/database.ts'
import { holds, type Reports } from './renew.ts'

// What was said of destinations for one broadcast (an order, a time to stop, that it has lasted long enough) is forgotten with it. A session that its worker
// could not go on with is not the end of it: the next one is to find what was said.
const isInterrupted = (reason: SQL) => sql`${reason} IN (SELECT value FROM json_each(${JSON.stringify(interruptions)}))`

/** SQL: an order given, a stop time that has come, an end by its limit. */
const hasOrders = (now: Date) =>
  sql`(destinations.ordered IS NOT NULL OR destinations.over_at IS NOT NULL OR destinations.stop_at <= ${now.getTime()})`
const withoutPastTime = (now: Date) => sql`CASE WHEN stop_at > ${now.getTime()} THEN stop_at END`

/** Statement: the broadcasts that the reports call ended were seen, or their streams are off, so orders for them are done. */
export const forgetOrdersOfEnded = (db: Database, reports: Reports, now: Date) =>
  db.run(sql`UPDATE destinations SET ordered = NULL, ordered_at = NULL, over_at = NULL, stop_at = ${withoutPastTime(now)}
    FROM json_each(${reports.json}) AS r, jobs, live_streams
    WHERE ${holds(reports)} AND r.value ->> '$.ended' AND ${hasOrders(now)}
      AND destinations.live_stream_id = jobs.live_stream_id AND live_streams.id = jobs.live_stream_id
      AND (NOT live_streams.enabled OR (r.value ->> '$.playable'
        AND NOT (${isInterrupted(sql`coalesce(jobs.stop_reason, r.value ->> '$.status_reason')`)})))`)

/** Statement: the broadcasts of these streams (an SQL list) are over, as when they are switched off, and with them what was ordered. */
export const forgetOrders = (db: Database, liveStreamIds: SQL, now: Date) =>
  db.run(sql`UPDATE destinations SET ordered = NULL, ordered_at = NULL, over_at = NULL, stop_at = ${withoutPastTime(now)}
    WHERE live_stream_id IN (${liveStreamIds}) AND ${hasOrders(now)}`)

/**
 * Statement, for streams that a worker has just claimed: where that begins another broadcast, times that passed in between
 * no longer count, nor does what was ordered for one that was interrupted for longer than its encoder had to come back.
 */
export const beginBroadcasts = (db: Database, liveStreamIds: readonly string[], now: Date) =>
  db.run(sql`UPDATE destinations SET stop_at = ${withoutPastTime(now)},
      ordered = CASE WHEN NOT lost OR ordered_at >= since THEN ordered END,
      ordered_at = CASE WHEN NOT lost OR ordered_at >= since THEN ordered_at END, over_at = NULL
    FROM (SELECT states.live_stream_id AS stream,
        ${isInterrupted(sql`states.status_reason`)} AS lost, ${unixMs(sql`states.status_since`)} AS since,
        CASE jobs.claimable_by WHEN 'publish' THEN live_streams.reconnect_window * 1000 END AS patience
      FROM json_each(${JSON.stringify(liveStreamIds)}) AS claimed
      JOIN live_stream_states AS states ON states.live_stream_id = claimed.value
      JOIN live_streams ON live_streams.id = claimed.value
      JOIN jobs ON jobs.live_stream_id = claimed.value
      WHERE states.status IN ('idle', 'disabled')) AS beginning
    WHERE destinations.live_stream_id = stream AND ${hasOrders(now)}
      AND (NOT lost OR coalesce(since + patience < ${now.getTime()}, 0))`)

/**
 * Statement: a destination that its worker ended because it had lasted long enough stays so until somebody starts it or lets
 * it last longer, with another worker too. What a worker says that does not know of the newest change yet is left. The plus
 * sign: see renew.ts.
 */
export const keepDurationStops = (db: Database, reports: Reports) =>
  db.run(sql`UPDATE destinations SET over_at = CASE reason WHEN 'duration_over' THEN over END
    FROM (SELECT d.value ->> '$.id' AS id, jobs.live_stream_id AS stream,
        d.value ->> '$.held.reason' AS reason, ${unixMs(sql`d.value ->> '$.held.since'`)} AS over
      FROM json_each(${reports.json}) AS r, json_each(r.value, '$.destinations') AS d, jobs, live_streams
      WHERE ${holds(reports)} AND live_streams.id = jobs.live_stream_id
        AND r.value ->> '$.revision' = live_streams.revision) AS reported
    WHERE destinations.id = reported.id AND +destinations.live_stream_id = stream
      AND (reason = 'duration_over' AND over_at IS NOT over AND coalesce(ordered_at, 0) < over
        OR reason IS NULL AND over_at IS NOT NULL)`)

/** SQL: Unix milliseconds of an RFC 3339 time. */
function unixMs(text: SQL) {
  return sql`CAST(round((julianday(${text}) - 2440587.5) * 86400000) AS INTEGER)`
}
