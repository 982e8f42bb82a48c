import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { deliveryStates, webhookDisabledReasons } from '../enums.ts'

/** Addresses that are told what happens; 50 at most (control/webhooks/limits.ts). */
export const webhooks = sqliteTable('webhooks', {
  id: text('id').primaryKey(),
  url: text('url').notNull(),
  description: text('description').notNull(),
  /** Names of events, `*` standing for any characters (SQLite's GLOB). */
  events: text('events', { mode: 'json' }).$type<readonly string[]>().notNull(),
  /** Null: of all live streams, and of the install. */
  liveStreamId: text('live_stream_id'),
  enabled: integer('enabled', { mode: 'boolean' }).notNull(),
  /** Why Weir itself switched it off; null: it did not. */
  disabledReason: text('disabled_reason', { enum: webhookDisabledReasons }),
  disabledAt: integer('disabled_at', { mode: 'timestamp_ms' }),
  /** Sealed (control/secrets/secret-box.ts). */
  secretSealed: text('secret_sealed').notNull(),
  /** The one before, which signs too until then. */
  previousSecretSealed: text('previous_secret_sealed'),
  previousSecretUntil: integer('previous_secret_until', { mode: 'timestamp_ms' }),
  /** Since when every attempt has failed; null: the last one did not. */
  failingSince: integer('failing_since', { mode: 'timestamp_ms' }),
  /** Attempts that failed since then. */
  failures: integer('failures').notNull().default(0),
  createdAt: integer('created_at', { mode: 'timestamp_ms' }).notNull(),
  updatedAt: integer('updated_at', { mode: 'timestamp_ms' }).notNull(),
})
export type WebhookRow = typeof webhooks.$inferSelect

/**
 * What is to be sent and was sent. The trigger on `events` (migration `…_event_sessions`) writes a row for each webhook that
 * wants an event, in the transaction of the event. Of each webhook 5,000 that wait and 500 that are finished are kept.
 */
export const webhookDeliveries = sqliteTable(
  'webhook_deliveries',
  {
    /** The order in which they came up. */
    seq: integer('seq').primaryKey({ autoIncrement: true }),
    id: text('id').notNull().unique(),
    webhookId: text('webhook_id').notNull(),
    /** `webhook-id` of all attempts. */
    messageId: text('message_id').notNull(),
    type: text('type').notNull(),
    liveStreamId: text('live_stream_id'),
    /** RFC 3339, when it happened. */
    at: text('at').notNull(),
    /** What is sent, byte for byte. */
    body: text('body').notNull(),
    state: text('state', { enum: deliveryStates }).notNull(),
    /** Counted from the first one, or from the last replay. */
    attempts: integer('attempts').notNull(),
    firstAttemptAt: integer('first_attempt_at', { mode: 'timestamp_ms' }),
    lastAttemptAt: integer('last_attempt_at', { mode: 'timestamp_ms' }),
    /** Unix milliseconds. While one is being sent: when it counts as lost. Null: finished. */
    nextAttemptAt: integer('next_attempt_at'),
    /** Of the last attempt; null: no answer. */
    responseStatus: integer('response_status'),
    responseMs: integer('response_ms'),
    /** The first KiB. */
    responseBody: text('response_body'),
    /** What went wrong last, in words. */
    error: text('error'),
  },
  (table) => [
    index('webhook_deliveries_due').on(table.webhookId, table.nextAttemptAt),
    index('webhook_deliveries_listed').on(table.webhookId, table.state, table.seq),
    uniqueIndex('webhook_deliveries_once').on(table.webhookId, table.messageId),
  ],
)
export type WebhookDeliveryRow = typeof webhookDeliveries.$inferSelect
