import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** `done`: it was changed. `refused`: the credential was not allowed to. */
const auditOutcomes = ['done', 'refused'] as const

/** Who changed what. The last 50,000 changes and the last 5,000 refusals are kept, for 400 days; each row has 16 KiB at most. */
export const auditLog = sqliteTable(
  'audit_log',
  {
    seq: integer('seq').primaryKey({ autoIncrement: true }),
    id: text('id').notNull().unique(),
    at: integer('at', { mode: 'timestamp_ms' }).notNull(),
    actorTokenId: text('actor_token_id'),
    actorUserId: text('actor_user_id'),
    /** What they were called then. */
    actorName: text('actor_name').notNull(),
    /** `live_stream.change`, `token.create`, … */
    action: text('action').notNull(),
    outcome: text('outcome', { enum: auditOutcomes }).notNull(),
    targetType: text('target_type').notNull(),
    targetId: text('target_id'),
    /** What it was called then. */
    targetName: text('target_name'),
    /** The live stream that it hangs on. */
    liveStreamId: text('live_stream_id'),
    /** What the API answered of it before, of fields that were changed; never secrets. Null: it was not there, or is not told. */
    before: text('before', { mode: 'json' }).$type<Readonly<Record<string, unknown>> | null>(),
    after: text('after', { mode: 'json' }).$type<Readonly<Record<string, unknown>> | null>(),
    /** Why it was refused. */
    detail: text('detail'),
    requestId: text('request_id').notNull(),
  },
  (table) => [
    index('audit_log_by_stream').on(table.liveStreamId, table.seq),
    index('audit_log_by_target').on(table.targetId, table.seq),
    index('audit_log_by_token').on(table.actorTokenId, table.seq),
    index('audit_log_by_user').on(table.actorUserId, table.seq),
    index('audit_log_by_outcome').on(table.outcome, table.seq),
    index('audit_log_by_time').on(table.at),
  ],
)
export type AuditRow = typeof auditLog.$inferSelect
