import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/**
 * Requests that carried an `Idempotency-Key`, for 24 hours; 5,000 of each principal at most. A row without an answer is a
 * request that goes on now.
 */
export const idempotencyKeys = sqliteTable(
  'idempotency_keys',
  {
    /** The token or the user that sent it: keys of one say nothing of those of another. */
    principal: text('principal').notNull(),
    key: text('key').notNull(),
    /** SHA-256, hex, of the method, the address and the body. */
    fingerprint: text('fingerprint').notNull(),
    startedAt: integer('started_at', { mode: 'timestamp_ms' }).notNull(),
    /** What was answered, as JSON, sealed: a stream key may be in it. 1 MiB at most. */
    answerSealed: text('answer_sealed'),
  },
  (table) => [
    primaryKey({ columns: [table.principal, table.key] }),
    index('idempotency_keys_by_start').on(table.startedAt),
  ],
)
export type IdempotencyKeyRow = typeof idempotencyKeys.$inferSelect
