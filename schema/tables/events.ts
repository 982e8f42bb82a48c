import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/**
 * What happened to live streams, in sentences. The last 500 of each stream are kept. A trigger numbers each new row and puts
 * it down for the webhooks that want it (migration `…_event_sessions`): a migration that makes this table anew must make that
 * anew as well.
 */
export const events = sqliteTable(
  'events',
  {
    /** The order in which control learned of them; cursors and SSE resume by it. */
    seq: integer('seq').primaryKey({ autoIncrement: true }),
    /** Makes a repeated delivery harmless. */
    id: text('id').notNull().unique(),
    liveStreamId: text('live_stream_id').notNull(),
    type: text('type').notNull(),
    detail: text('detail').notNull(),
    /** RFC 3339, as reported. */
    at: text('at').notNull(),
    /** What it is about, if it is not about all of the stream. */
    destinationId: text('destination_id'),
    inputId: text('input_id'),
    /** The API request that caused it, where one did. */
    requestId: text('request_id'),
    /** The session that it belongs to; null: none ran. */
    sessionId: text('session_id'),
    /** The order within its live stream: 1, 2, 3, … */
    sequence: integer('sequence').notNull().default(0),
  },
  (table) => [index('events_by_stream').on(table.liveStreamId, table.seq)],
)

/**
 * The order in which live streams changed last, for live updates: one row per stream, replaced at each change,
 * so `seq` always rises. The row outlives a deleted stream for a day, so that watchers hear of the deletion.
 */
export const changes = sqliteTable('changes', {
  seq: integer('seq').primaryKey({ autoIncrement: true }),
  liveStreamId: text('live_stream_id').notNull().unique(),
  /** Unix milliseconds. */
  at: integer('at').notNull(),
})
