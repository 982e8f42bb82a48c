import { eq, sql } from 'drizzle-orm'
import type { StatusReason } from '#schema/enums.ts'
import { type ClaimWay, jobs } from '#schema/tables/jobs.ts'
import type { Database } from '../db/database.ts'

/** SQL, on a row of `jobs`: a stream that only encoders feed waits for one; all others run as soon as a worker has room. */
const claimWay = sql`CASE WHEN
  EXISTS (SELECT 1 FROM live_streams WHERE live_streams.id = jobs.live_stream_id AND live_streams.always_on)
  OR EXISTS (SELECT 1 FROM inputs WHERE inputs.live_stream_id = jobs.live_stream_id AND inputs.type <> 'push')
  THEN 'poll' ELSE 'publish' END`

/** Why a stream that nobody runs yet is idle, with what to do. */
export const waiting = (way: ClaimWay): { reason: StatusReason; detail: string } =>
  way === 'publish'
    ? { reason: 'waiting_for_source', detail: 'Waiting for an encoder to publish to the address under ingest.' }
    : { reason: 'no_capacity', detail: 'Waiting for a worker with room. If this lasts, start another worker.' }

/** Statement: the one job of a new stream. {@link followConfiguration} comes after it. */
export const insertJob = (db: Database, stream: { readonly id: string; readonly enabled: boolean }, now: Date) =>
  db.insert(jobs).values({
    liveStreamId: stream.id,
    state: stream.enabled ? 'queued' : 'off',
    claimableBy: 'publish',
    fence: 0,
    leaseUntil: 0,
    priority: 0,
    queuedAt: now.getTime(),
    createdAt: now,
  })

/**
 * Statements, after any change of a stream's inputs or `always_on`: who may claim the job follows from them, and what a
 * stream that nobody runs waits for. A session that runs now goes on; its end puts the job into the right queue.
 */
export const followConfiguration = (db: Database, liveStreamId: string) => {
  const waits = { publish: waiting('publish'), poll: waiting('poll') }
  return [
    db.run(sql`UPDATE live_stream_states SET
        status_reason = CASE ${claimWay} WHEN 'poll' THEN ${waits.poll.reason} ELSE ${waits.publish.reason} END,
        status_detail = CASE ${claimWay} WHEN 'poll' THEN ${waits.poll.detail} ELSE ${waits.publish.detail} END
      FROM jobs
      WHERE jobs.live_stream_id = ${liveStreamId} AND live_stream_states.live_stream_id = jobs.live_stream_id
        AND jobs.state = 'queued' AND jobs.claimable_by <> ${claimWay}`),
    db.run(sql`UPDATE jobs SET claimable_by = ${claimWay}, is_unfit = 0 WHERE live_stream_id = ${liveStreamId}`),
  ] as const
}

/** Statement: the job may be claimed; a stop that was ordered and not yet carried out is called off. */
export const switchOn = (db: Database, liveStreamId: string, now: Date) =>
  db
    .update(jobs)
    .set({
      state: sql`CASE state WHEN 'off' THEN 'queued' ELSE state END`,
      queuedAt: sql`CASE state WHEN 'off' THEN ${now.getTime()} ELSE queued_at END`,
      isUnfit: false,
      stopReason: null,
    })
    .where(eq(jobs.liveStreamId, liveStreamId))

/** Statement: nobody may claim the job; a worker that runs it is ordered to stop with `reason`. */
export const switchOff = (db: Database, liveStreamId: string, reason: StatusReason) =>
  db
    .update(jobs)
    .set({
      state: sql`CASE state WHEN 'leased' THEN 'leased' ELSE 'off' END`,
      stopReason: sql`CASE state WHEN 'leased' THEN ${reason} END`,
    })
    .where(eq(jobs.liveStreamId, liveStreamId))

/** Statement: the session that runs now is ordered to end; the job goes back to the queue after it. */
export const orderStop = (db: Database, liveStreamId: string, reason: StatusReason) =>
  db
    .update(jobs)
    .set({ stopReason: reason })
    .where(sql`${jobs.liveStreamId} = ${liveStreamId} AND ${jobs.state} = 'leased'`)
