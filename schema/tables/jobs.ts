import { sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { VideoEncoder } from '../enums.ts'
import { statusReasons } from '../enums.ts'

/** `off`: the stream is disabled. `queued`: may be claimed. `leased`: one worker runs it. */
const jobStates = ['off', 'queued', 'leased'] as const

/** `poll`: any worker with room takes it. `publish`: the worker that an encoder connects to takes it. */
const claimWays = ['poll', 'publish'] as const
export type ClaimWay = (typeof claimWays)[number]

/** What a stream is reckoned to take of its worker until that reports its plan. */
export interface ReservedUnits {
  readonly encoder: VideoEncoder
  readonly encode_units: number
  readonly cpu_units: number
}

/** "Run this live stream": one row per live stream. control/jobs/ holds every statement that changes it. */
export const jobs = sqliteTable(
  'jobs',
  {
    liveStreamId: text('live_stream_id').primaryKey(),
    state: text('state', { enum: jobStates }).notNull(),
    claimableBy: text('claimable_by', { enum: claimWays }).notNull(),
    /** The holder; while not leased, the last one (its origin still serves what it packaged). */
    workerId: text('worker_id'),
    /** Who held it before that one, newest first, the last 8: what happened then may still be told. */
    formerWorkers: text('former_workers', { mode: 'json' }).$type<readonly string[]>().notNull().default([]),
    /** The start of the holder's process that claimed it (`weir-instance`); null: it does not say. */
    instance: text('instance'),
    reserved: text('reserved', { mode: 'json' }).$type<ReservedUnits | null>(),
    /** Rises with each claim and each finish: a report with another fence changes nothing. */
    fence: integer('fence').notNull(),
    /** Unix milliseconds. */
    leaseUntil: integer('lease_until').notNull(),
    /** Set while an operator wants the session that runs now to end. */
    stopReason: text('stop_reason', { enum: statusReasons }),
    /** Unix milliseconds since which it waits to be claimed. */
    queuedAt: integer('queued_at').notNull().default(0),
    /** No worker may take it as things are: who polls looks at all others first. */
    isUnfit: integer('is_unfit', { mode: 'boolean' }).notNull().default(false),
    /** Higher first. */
    priority: integer('priority').notNull(),
    createdAt: integer('created_at', { mode: 'timestamp_ms' }).notNull(),
  },
  (table) => [
    // As control/jobs/claim.ts orders what waits.
    index('jobs_queue').on(table.state, table.claimableBy, table.isUnfit, sql`${table.priority} DESC`, table.createdAt),
    index('jobs_expiry').on(table.state, table.leaseUntil),
    index('jobs_by_worker').on(table.workerId, table.state),
  ],
)
export type JobRow = typeof jobs.$inferSelect
