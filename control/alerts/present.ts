import type { Alert } from '#schema/contracts/alert.ts'
import type { AlertRow } from '#schema/tables/alerts.ts'

/** An alert as the API and webhooks show it. */
export const presentAlert = (row: AlertRow): Alert => ({
  id: row.id,
  kind: row.kind,
  severity: row.severity,
  state: row.state,
  subject: { id: row.subjectId, name: row.subject },
  live_stream_id: row.liveStreamId,
  detail: row.detail,
  fix: row.fix,
  since: new Date(row.since).toISOString(),
  raised_at: timeOf(row.raisedAt),
  resolved_at: timeOf(row.resolvedAt),
  returns: row.returns,
  acknowledged_at: timeOf(row.acknowledgedAt),
  acknowledged_by: row.acknowledgedBy,
})

const timeOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString())
