import { and, desc, eq, lt, or } from 'drizzle-orm'
import type { CreateJoinToken, JoinToken } from '#schema/contracts/worker-admin.ts'
import { joinTokens } from '#schema/tables/credentials.ts'
import { notFound } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import { createJoinToken } from '../secrets/join-tokens.ts'

type Access = Pick<Runtime, 'db' | 'now'>
type JoinTokenRow = typeof joinTokens.$inferSelect

/** Spent and expired ones are shown for so long, milliseconds. */
const rememberedMs = 30 * 24 * 3_600_000

/** Makes an invitation for a worker. */
export function inviteWorker(
  runtime: Access,
  { name, labels, expires_in_s }: CreateJoinToken,
): Promise<{ id: string; token: string }> {
  const expiresAt = new Date(runtime.now().getTime() + expires_in_s * 1000)
  return createJoinToken(runtime, expiresAt, { name, labels })
}

/** An invitation; a 404 where there is none. */
export async function loadJoinToken({ db, now }: Access, id: string): Promise<JoinToken> {
  const [row] = await db.select().from(joinTokens).where(eq(joinTokens.id, id))
  if (!row) throw notFound('join token')
  return presentJoinToken(row, now())
}

/** Invitations, newest first, after that position. */
export async function listJoinTokens(
  { db, now }: Access,
  { limit, after }: { readonly limit: number; readonly after: readonly [createdAtMs: number, id: string] | undefined },
): Promise<{ token: JoinToken; createdAtMs: number }[]> {
  const rows = await db
    .select()
    .from(joinTokens)
    .where(
      after &&
        or(
          lt(joinTokens.createdAt, new Date(after[0])),
          and(eq(joinTokens.createdAt, new Date(after[0])), lt(joinTokens.id, after[1])),
        ),
    )
    .orderBy(desc(joinTokens.createdAt), desc(joinTokens.id))
    .limit(limit)
  return rows.map((row) => ({ token: presentJoinToken(row, now()), createdAtMs: row.createdAt.getTime() }))
}

/** Withdraws an invitation. The worker that has joined with it stays. */
export async function deleteJoinToken({ db }: Access, id: string): Promise<void> {
  const deleted = await db.delete(joinTokens).where(eq(joinTokens.id, id)).returning({ id: joinTokens.id })
  if (deleted.length === 0) throw notFound('join token')
}

/** Forgets invitations that were spent or over a month ago. */
export async function forgetOldJoinTokens({ db, now }: Access): Promise<void> {
  const before = new Date(now().getTime() - rememberedMs)
  await db.delete(joinTokens).where(or(lt(joinTokens.expiresAt, before), lt(joinTokens.usedAt, before)))
}

function presentJoinToken(row: JoinTokenRow, now: Date): JoinToken {
  const isOver = row.expiresAt !== null && row.expiresAt <= now
  return {
    id: row.id,
    name: row.name,
    labels: [...row.labels],
    state: row.usedAt ? 'used' : isOver ? 'expired' : 'unused',
    expires_at: row.expiresAt?.toISOString() ?? null,
    used_at: row.usedAt?.toISOString() ?? null,
    worker_id: row.workerId,
    created_at: row.createdAt.toISOString(),
  }
}
