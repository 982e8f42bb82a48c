import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { BroadcastPoint, BroadcastTally } from '../contracts/broadcast-tally.ts'
import { statusReasons } from '../enums.ts'

/**
 * One row per session that was seen, as its worker counted it last. All times are the worker's, RFC 3339. The last 100 of
 * each live stream are kept (control/reports/forget.ts).
 */
export const broadcasts = sqliteTable(
  'broadcasts',
  {
    /** Made of the session's id, so that every report finds its row: `brd_` and what follows `ses_`. */
    id: text('id').primaryKey(),
    liveStreamId: text('live_stream_id').notNull(),
    sessionId: text('session_id').notNull(),
    workerId: text('worker_id').notNull(),
    /** It is live as long as its worker holds the lease under this fence. */
    fence: integer('fence').notNull(),
    /** The live stream's name when it began. */
    name: text('name').notNull(),
    startedAt: text('started_at').notNull(),
    /** Until when its worker has told of it. */
    knownUntil: text('known_until').notNull(),
    /** Set by the worker's last report; null too where that never came. */
    endReason: text('end_reason', { enum: statusReasons }),
    endDetail: text('end_detail'),
    tally: text('tally', { mode: 'json' }).$type<BroadcastTally>().notNull(),
  },
  (table) => [index('broadcasts_by_stream').on(table.liveStreamId, table.startedAt, table.id)],
)
export type BroadcastRow = typeof broadcasts.$inferSelect

/** The events of sessions that reports are made of: what changed and when. The newest 2,000 of each broadcast are kept. */
export const broadcastMoments = sqliteTable(
  'broadcast_moments',
  {
    seq: integer('seq').primaryKey({ autoIncrement: true }),
    /** The event's: makes a repeated delivery harmless. */
    id: text('id').notNull().unique(),
    broadcastId: text('broadcast_id').notNull(),
    at: text('at').notNull(),
    type: text('type').notNull(),
    detail: text('detail').notNull(),
    /** Of a status of the stream, its reason; of a state of a destination, the code of its error or of its hold. */
    reason: text('reason'),
    destinationId: text('destination_id'),
    inputId: text('input_id'),
  },
  (table) => [index('broadcast_moments_by_broadcast').on(table.broadcastId, table.seq)],
)
export type BroadcastMomentRow = typeof broadcastMoments.$inferSelect

/** Its history. The worker makes longer points of longer broadcasts: some 2,000 in the first month, four a day after that. */
export const broadcastPoints = sqliteTable(
  'broadcast_points',
  {
    broadcastId: text('broadcast_id').notNull(),
    at: text('at').notNull(),
    point: text('point', { mode: 'json' }).$type<BroadcastPoint>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.broadcastId, table.at] })],
)
