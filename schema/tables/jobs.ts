import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { statusReasons } from '../enums.ts'

/** `off`: the stream is disabled. `queued`: may be claimed. `leased`: one worker runs it. */
const jobStates = ['off', 'queued', 'leased'] as const

/** `poll`: any worker with room takes it. `publish`: the worker that an encoder connects to takes it. */
const claimWays = ['poll', 'publish'] as const
export type ClaimWay = (typeof claimWays)[number]

/** "Run this live stream": one row per live stream. control/jobs/ holds every statement that changes it. */
export const jobs = sqliteTable(
  'jobs',
  {
    liveStreamId: text('live_stream_id').primaryKey(),
    state: text('state', { enum: jobStates }).notNull(),
    claimableBy: text('claimable_by', { enum: claimWays }).notNull(),
    /** The holder; while not leased, the last one (its origin still serves what it packaged). */
    workerId: text('worker_id'),
    /** Rises with each claim and each finish: a report with another fence changes nothing. */
    fence: integer('fence').notNull(),
    /** Unix milliseconds. */
    leaseUntil: integer('lease_until').notNull(),
    /** Set while an operator wants the session that runs now to end. */
    stopReason: text('stop_reason', { enum: statusReasons }),
    /** Higher first. */
    priority: integer('priority').notNull(),
    createdAt: integer('created_at', { mode: 'timestamp_ms' }).notNull(),
  },
  (table) => [
    index('jobs_queue').on(table.state, table.claimableBy, table.priority, table.createdAt),
    index('jobs_expiry').on(table.state, table.leaseUntil),
    index('jobs_by_worker').on(table.workerId, table.state),
  ],
)
export type JobRow = typeof jobs.$inferSelect
