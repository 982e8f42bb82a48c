import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { DestinationCheckResult } from '../contracts/destination-check.ts'

/** Connections that workers try, or have tried, on somebody's request. Each row is gone within the hour. */
export const destinationChecks = sqliteTable(
  'destination_checks',
  {
    id: text('id').primaryKey(),
    liveStreamId: text('live_stream_id').notNull(),
    /** The one that tries. */
    workerId: text('worker_id').notNull(),
    url: text('url').notNull(),
    caPem: text('ca_pem'),
    /** Sealed: JSON of what the connection needs beside the address. */
    secretsSealed: text('secrets_sealed').notNull(),
    createdAt: integer('created_at', { mode: 'timestamp_ms' }).notNull(),
    /** Null until the worker has answered. */
    result: text('result', { mode: 'json' }).$type<DestinationCheckResult>(),
  },
  (table) => [index('destination_checks_by_worker').on(table.workerId, table.createdAt)],
)
export type DestinationCheckRow = typeof destinationChecks.$inferSelect
