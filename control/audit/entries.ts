import { and, desc, eq, gte, lt, lte, or, sql } from 'drizzle-orm'
import type { AuditEntry } from '#schema/contracts/audit-log.ts'
import { type AuditRow, auditLog } from '#schema/tables/audit-log.ts'
import type { Runtime } from '../runtime.ts'

/** Kept at most (schema/tables/audit-log.ts says it in words): refusals apart, so that no flood of them drives changes out. */
const keptMax = { done: 50_000, refused: 5_000 }
const keptMs = 400 * 24 * 3_600_000

/** What to look for; all of it must fit. */
export interface AuditFilter {
  /** Id of a user or a token. */
  readonly actor?: string | undefined
  /** Id of what was changed, or its type. */
  readonly target?: string | undefined
  readonly liveStreamId?: string | undefined
  readonly action?: string | undefined
  readonly outcome?: 'done' | 'refused' | undefined
  readonly from?: Date | undefined
  readonly to?: Date | undefined
}

/** Newest first; `before` is the place of the last one of the page before. */
export async function listEntries(
  { db }: Pick<Runtime, 'db'>,
  filter: AuditFilter,
  { limit, before }: { readonly limit: number; readonly before: number | undefined },
): Promise<{ readonly seq: number; readonly entry: AuditEntry }[]> {
  const { actor, target, liveStreamId, action, outcome, from, to } = filter
  const rows = await db
    .select()
    .from(auditLog)
    .where(
      and(
        actor === undefined ? undefined : or(eq(auditLog.actorUserId, actor), eq(auditLog.actorTokenId, actor)),
        target === undefined ? undefined : or(eq(auditLog.targetId, target), eq(auditLog.targetType, target)),
        liveStreamId === undefined ? undefined : eq(auditLog.liveStreamId, liveStreamId),
        action === undefined ? undefined : eq(auditLog.action, action),
        outcome === undefined ? undefined : eq(auditLog.outcome, outcome),
        from && gte(auditLog.at, from),
        to && lte(auditLog.at, to),
        before === undefined ? undefined : lt(auditLog.seq, before),
      ),
    )
    .orderBy(desc(auditLog.seq))
    .limit(limit)
  return rows.map((row) => ({ seq: row.seq, entry: presentEntry(row) }))
}

/** Forgets what is beyond the bounds. */
export async function forgetEntries({ db, now }: Pick<Runtime, 'db' | 'now'>, max = keptMax): Promise<void> {
  await db.delete(auditLog).where(lt(auditLog.at, new Date(now().getTime() - keptMs)))
  for (const [outcome, kept] of Object.entries(max))
    await db.run(sql`DELETE FROM audit_log WHERE outcome = ${outcome} AND seq <=
      (SELECT seq FROM audit_log WHERE outcome = ${outcome} ORDER BY seq DESC LIMIT 1 OFFSET ${kept})`)
}

const presentEntry = (row: AuditRow): AuditEntry => ({
  id: row.id,
  at: row.at.toISOString(),
  actor: { token_id: row.actorTokenId, user_id: row.actorUserId, name: row.actorName },
  action: row.action,
  outcome: row.outcome,
  target: { type: row.targetType, id: row.targetId, name: row.targetName },
  live_stream_id: row.liveStreamId,
  before: row.before,
  after: row.after,
  detail: row.detail,
  request_id: row.requestId,
})
