import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { playbackPolicies } from '../enums.ts'

/** Public names of a live stream; made at random, so that none tells anything of the stream key. */
export const playbackIds = sqliteTable(
  'playback_ids',
  {
    id: text('id').primaryKey(),
    liveStreamId: text('live_stream_id').notNull(),
    policy: text('policy', { enum: playbackPolicies }).notNull(),
    createdAt: integer('created_at', { mode: 'timestamp_ms' }).notNull(),
  },
  (table) => [index('playback_ids_by_stream').on(table.liveStreamId)],
)
