import type { AuditEntry } from '#schema/contracts/audit-log.ts'

const columns: readonly (readonly [string, (entry: AuditEntry) => unknown])[] = [
  ['at', (entry) => entry.at],
  ['actor', (entry) => entry.actor.name],
  ['actor_user_id', (entry) => entry.actor.user_id],
  ['actor_token_id', (entry) => entry.actor.token_id],
  ['action', (entry) => entry.action],
  ['outcome', (entry) => entry.outcome],
  ['target_type', (entry) => entry.target.type],
  ['target_id', (entry) => entry.target.id],
  ['target_name', (entry) => entry.target.name],
  ['live_stream_id', (entry) => entry.live_stream_id],
  ['before', (entry) => entry.before && JSON.stringify(entry.before)],
  ['after', (entry) => entry.after && JSON.stringify(entry.after)],
  ['detail', (entry) => entry.detail],
  ['request_id', (entry) => entry.request_id],
]

/** Entries as a table (RFC 4180), with a first line of names. */
export const auditCsv = (entries: readonly AuditEntry[]): string =>
  [columns.map(([name]) => name), ...entries.map((entry) => columns.map(([, of]) => field(of(entry))))]
    .map((cells) => `${cells.join(',')}\r\n`)
    .join('')

/** A name that begins with = or + would be a formula to a spreadsheet. */
function field(value: unknown): string {
  const text = value === null || value === undefined ? '' : String(value)
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
