import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { DestinationCheckResult } from '../contracts/destination-check.ts'

/** Connections that workers try on somebody's request. A row lasts as long as that request; one that is left over goes with a later one. */
export const destinationChecks = sqliteTable(
  'destination_checks',
  {
    id: text('id').primaryKey(),
    liveStreamId: text('live_stream_id').notNull(),
    /** The one that tries. */
    workerId: text('worker_id').notNull(),
    url: text('url').notNull(),
    caPem: text('ca_pem'),
    /** Sealed to that worker: JSON of what the connection needs beside the address. */
    secretsSealed: text('secrets_sealed').notNull(),
    createdAt: integer('created_at', { mode: 'timestamp_ms' }).notNull(),
    /** Null until the worker has answered. */
    result: text('result', { mode: 'json' }).$type<DestinationCheckResult>(),
  },
  (table) => [index('destination_checks_by_worker').on(table.workerId, table.createdAt)],
)
export type DestinationCheckRow = typeof destinationChecks.$inferSelect
