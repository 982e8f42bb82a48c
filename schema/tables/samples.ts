import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/**
 * What was measured each second, as it came: one row for each heartbeat and live stream (some 3 s of it, of its renditions and
 * its destinations) or worker; of viewers one row for 10 s. `text` is schema/samples/text.ts. Kept for 20 to 30 minutes: up to
 * 600 rows of a live stream that runs (control/statistics/roll-up.ts).
 */
export const samples = sqliteTable(
  'samples',
  {
    /** Unix seconds of the beginning, by 600: what is rolled up and forgotten together. */
    block: integer('block').notNull(),
    /** `ls_…`, `wrk_…`, or `ls_…~viewers`. */
    subject: text('subject').notNull(),
    /** Unix seconds of the first one. */
    at: integer('at').notNull(),
    text: text('text').notNull(),
  },
  (table) => [primaryKey({ columns: [table.block, table.subject, table.at] })],
)

/**
 * The same over longer times. Each row has a stretch of points: of 10 s those of 10 minutes, kept for a day; of a minute those of
 * an hour, and of an hour those of a day, both kept for 90 days. Bound: 144 + 2,160 + 90 rows for each subject.
 */
export const sampleBlocks = sqliteTable(
  'sample_blocks',
  {
    subject: text('subject').notNull(),
    /** Seconds of a point: 10, 60 or 3,600. */
    step: integer('step').notNull(),
    /** Unix seconds of the beginning. */
    at: integer('at').notNull(),
    /** Of how many rows of `samples` it was made, where it was made of those: more of them have come late. */
    batches: integer('batches').notNull(),
    text: text('text').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.subject, table.step, table.at] }),
    index('sample_blocks_by_age').on(table.step, table.at),
  ],
)

/**
 * Who watched in 10 s, as one process or isolate heard it from players. Pages are counted by their random ids, of which a hash
 * is in the sketch (schema/samples/sketch.ts) and nothing else. Kept for two minutes; one row for each live stream, 10 s and
 * process that heard of it.
 */
export const audienceSlots = sqliteTable(
  'audience_slots',
  {
    liveStreamId: text('live_stream_id').notNull(),
    /** Unix seconds, a multiple of 10. */
    at: integer('at').notNull(),
    /** Random name of what one process gathered. */
    writer: text('writer').notNull(),
    sketch: text('sketch').notNull(),
    /** How it played for them: schema/samples/text.ts. */
    text: text('text').notNull(),
  },
  (table) => [primaryKey({ columns: [table.liveStreamId, table.at, table.writer] })],
)

/** Viewers of one broadcast so far. One row for each broadcast that is kept and that anybody watched. */
export const broadcastAudiences = sqliteTable('broadcast_audiences', {
  broadcastId: text('broadcast_id').primaryKey(),
  liveStreamId: text('live_stream_id').notNull(),
  /** Unix seconds: when `viewers` was counted last; nobody watches any more where that is a minute ago. */
  at: integer('at').notNull(),
  viewers: integer('viewers').notNull(),
  peak: integer('peak').notNull(),
  /** Pages that played it, about. */
  pages: integer('pages').notNull(),
  sketch: text('sketch').notNull(),
})
