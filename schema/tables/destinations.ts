import { sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { DestinationStatus } from '../contracts/destination.ts'
import type { DestinationProfile } from '../contracts/destination-profile.ts'
import { destinationOrders, destinationStarts } from '../enums.ts'

/** Wanted state of a destination. */
export const destinations = sqliteTable(
  'destinations',
  {
    id: text('id').primaryKey(),
    liveStreamId: text('live_stream_id').notNull(),
    platform: text('platform').notNull(),
    name: text('name'),
    url: text('url').notNull(),
    /** Sealed at rest (control/secrets/secret-box.ts); sealed anew to the worker's key inside a job. */
    streamKeySealed: text('stream_key_sealed').notNull(),
    profile: text('profile', { mode: 'json' }).$type<DestinationProfile>().notNull().default(sql`'"auto"'`),
    enabled: integer('enabled', { mode: 'boolean' }).notNull(),
    start: text('start', { enum: destinationStarts }).notNull().default('with_stream'),
    /** For the broadcast that is on, or else the next one; gone with it. */
    ordered: text('ordered', { enum: destinationOrders }),
    orderedAt: integer('ordered_at', { mode: 'timestamp_ms' }),
    /** When its worker ended it because it had lasted as long as it may; gone with the broadcast, or when it may go on. */
    overAt: integer('over_at', { mode: 'timestamp_ms' }),
    stopAt: integer('stop_at', { mode: 'timestamp_ms' }),
    /** Null: as the platform has it. */
    maxDurationS: integer('max_duration_s'),
    rollOver: integer('roll_over', { mode: 'boolean' }).notNull().default(false),
    caPem: text('ca_pem'),
    srtPassphraseSealed: text('srt_passphrase_sealed'),
    createdAt: integer('created_at', { mode: 'timestamp_ms' }).notNull(),
    updatedAt: integer('updated_at', { mode: 'timestamp_ms' }).notNull(),
  },
  (table) => [index('destinations_by_stream').on(table.liveStreamId, table.createdAt, table.id)],
)
export type DestinationRow = typeof destinations.$inferSelect

/** Observed state of a destination, as its worker reported it last. No row: nothing has run it yet. */
export const destinationStates = sqliteTable(
  'destination_states',
  {
    destinationId: text('destination_id').primaryKey(),
    liveStreamId: text('live_stream_id').notNull(),
    status: text('status', { mode: 'json' }).$type<DestinationStatus>().notNull(),
  },
  (table) => [index('destination_states_by_stream').on(table.liveStreamId)],
)
