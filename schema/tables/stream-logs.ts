import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { logLevels } from '../log/line.ts'

/**
 * Log lines about live streams, of control and of workers. Of each stream the newest 5,000 lines of the last 7 days are
 * kept, 2 MB at most (control/logs/trim.ts); for a minute there may be more.
 */
export const streamLogs = sqliteTable(
  'stream_logs',
  {
    /** The order in which control got them; cursors resume by it. */
    seq: integer('seq').primaryKey({ autoIncrement: true }),
    /** Who wrote it and its how-manieth line it is: makes a repeated delivery harmless. */
    id: text('id').notNull().unique(),
    liveStreamId: text('live_stream_id').notNull(),
    /** RFC 3339, by the clock of who wrote it. */
    time: text('time').notNull(),
    /** When it was stored, by control's clock, Unix milliseconds. */
    keptAt: integer('kept_at').notNull(),
    level: text('level', { enum: logLevels }).notNull(),
    /** `control`, `worker`, `ffmpeg`. */
    part: text('part').notNull(),
    msg: text('msg').notNull(),
    session: text('session'),
    /** All of the line as JSON, 2,000 characters at most; nothing in it is secret. */
    line: text('line').notNull(),
  },
  (table) => [
    index('stream_logs_by_stream').on(table.liveStreamId, table.seq),
    index('stream_logs_by_age').on(table.keptAt),
  ],
)
export type StreamLogRow = typeof streamLogs.$inferSelect
