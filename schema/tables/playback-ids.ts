import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { playbackPolicies } from '../enums.ts'
import type { PublicJwk } from './workers.ts'

/** Public names of a live stream, 20 at most; made at random, so that none tells anything of the stream key. */
export const playbackIds = sqliteTable(
  'playback_ids',
  {
    id: text('id').primaryKey(),
    liveStreamId: text('live_stream_id').notNull(),
    policy: text('policy', { enum: playbackPolicies }).notNull(),
    /** Sites whose pages may play it, as origins; empty: every site. 50 at most. */
    allowedOrigins: text('allowed_origins', { mode: 'json' }).$type<readonly string[]>().notNull().default([]),
    /** Ed25519 keys of the operator's own, by which tokens may be signed beside ours; 5 at most. */
    tokenKeys: text('token_keys', { mode: 'json' })
      .$type<readonly (PublicJwk & { readonly kid: string })[]>()
      .notNull()
      .default([]),
    createdAt: integer('created_at', { mode: 'timestamp_ms' }).notNull(),
  },
  (table) => [index('playback_ids_by_stream').on(table.liveStreamId)],
)
