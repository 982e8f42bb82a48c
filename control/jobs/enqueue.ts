import { eq, sql } from 'drizzle-orm'
import type { SourceType, StatusReason } from '#schema/enums.ts'
import { type ClaimWay, jobs } from '#schema/tables/jobs.ts'
import type { Database } from '../db/database.ts'

interface Claimable {
  readonly sourceType: SourceType
  readonly alwaysOn: boolean
}

/** Who may claim such a stream: a push stream waits for its encoder, all others run as soon as a worker has room. */
export const claimWay = ({ sourceType, alwaysOn }: Claimable): ClaimWay =>
  sourceType === 'push' && !alwaysOn ? 'publish' : 'poll'

/** Why a stream that nobody runs yet is idle, with what to do. */
export const waiting = (way: ClaimWay): { reason: StatusReason; detail: string } =>
  way === 'publish'
    ? { reason: 'waiting_for_source', detail: 'Waiting for an encoder to publish to the address under ingest.' }
    : { reason: 'no_capacity', detail: 'Waiting for a worker with room. If this lasts, start another worker.' }

/** Statement: the one job of a new stream. */
export const insertJob = (
  db: Database,
  stream: Claimable & { readonly id: string; readonly enabled: boolean },
  now: Date,
) =>
  db.insert(jobs).values({
    liveStreamId: stream.id,
    state: stream.enabled ? 'queued' : 'off',
    claimableBy: claimWay(stream),
    fence: 0,
    leaseUntil: 0,
    priority: 0,
    createdAt: now,
  })

/** Statement: the job may be claimed; a stop that was ordered and not yet carried out is called off. */
export const switchOn = (db: Database, liveStreamId: string) =>
  db
    .update(jobs)
    .set({ state: sql`CASE state WHEN 'off' THEN 'queued' ELSE state END`, stopReason: null })
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
