import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { alertKinds, alertStates, severities } from '../enums.ts'

/**
 * What is or was wrong for long enough to tell somebody: one row per rule and subject while it lasts. 1,000 that last and
 * 1,000 that are over are kept (control/alerts/limits.ts).
 */
export const alerts = sqliteTable(
  'alerts',
  {
    /** The order in which they came up. */
    seq: integer('seq').primaryKey({ autoIncrement: true }),
    id: text('id').notNull().unique(),
    kind: text('kind', { enum: alertKinds }).notNull(),
    /** What it is about: the id of a live stream, a destination, a worker or a webhook, or `install`. */
    subjectId: text('subject_id').notNull(),
    /** `kind subjectId` until it is resolved, so that there are never two; null after. */
    openKey: text('open_key').unique(),
    liveStreamId: text('live_stream_id'),
    severity: text('severity', { enum: severities }).notNull(),
    state: text('state', { enum: alertStates }).notNull(),
    /** The subject's name, one sentence, and what to do. */
    subject: text('subject').notNull(),
    detail: text('detail').notNull(),
    fix: text('fix').notNull(),
    /** Since when it is so. Unix milliseconds, as are all times here. */
    since: integer('since').notNull(),
    /** Since when it is no longer so, before it counts as resolved. */
    clearSince: integer('clear_since'),
    raisedAt: integer('raised_at'),
    resolvedAt: integer('resolved_at'),
    /** How often it came back soon after it was resolved. */
    returns: integer('returns').notNull().default(0),
    acknowledgedAt: integer('acknowledged_at'),
    acknowledgedBy: text('acknowledged_by'),
    /** What webhooks were told last, and when; null: nothing yet. */
    toldState: text('told_state', { enum: ['open', 'resolved'] }),
    toldAt: integer('told_at'),
    /** How often they were told: `sequence` of its events. */
    told: integer('told').notNull().default(0),
    /** Rises with each change, so that of two evaluations at once one counts. */
    version: integer('version').notNull().default(1),
  },
  (table) => [index('alerts_by_state').on(table.state, table.seq)],
)
export type AlertRow = typeof alerts.$inferSelect
