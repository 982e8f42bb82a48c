import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { inputTypes } from '../enums.ts'

/** Wanted state of the inputs of live streams. What they do now is in live_stream_states. */
export const inputs = sqliteTable(
  'inputs',
  {
    id: text('id').primaryKey(),
    liveStreamId: text('live_stream_id').notNull(),
    type: text('type', { enum: inputTypes }).notNull(),
    /** 1 is the first choice; of two equal ones the older (by rowid). */
    priority: integer('priority').notNull(),
    name: text('name'),
    /** Of a pull or channel: a JSON list of addresses, sealed (control/secrets/secret-box.ts). */
    urlsSealed: text('urls_sealed'),
    /** The same addresses without what may be secret in them. */
    shownUrls: text('shown_urls', { mode: 'json' }).$type<readonly string[]>(),
    /** Of a pull: its addresses are files, played one after the other. */
    playlist: integer('playlist', { mode: 'boolean' }),
    /** Of a pull. */
    loop: integer('loop', { mode: 'boolean' }),
    /** Of a channel: streamlink's words. */
    quality: text('quality'),
    /** Of a channel, sealed. */
    oauthTokenSealed: text('oauth_token_sealed'),
    createdAt: integer('created_at', { mode: 'timestamp_ms' }).notNull(),
    updatedAt: integer('updated_at', { mode: 'timestamp_ms' }).notNull(),
  },
  (table) => [index('inputs_by_stream').on(table.liveStreamId, table.priority)],
)
export type InputRow = typeof inputs.$inferSelect
