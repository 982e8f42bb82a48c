import { and, desc, eq, lt, or, type SQL, sql } from 'drizzle-orm'
import type { CreateToken, PatchToken, Token } from '#schema/contracts/access.ts'
import { newId, newSecret } from '#schema/ids.ts'
import { type ApiTokenRow, apiTokens } from '#schema/tables/credentials.ts'
import { liveStreams } from '#schema/tables/live-streams.ts'
import { users } from '#schema/tables/users.ts'
import type { Database } from '../db/database.ts'
import { ApiError, notFound } from '../errors.ts'
import { asShown, batchAsRead, isStill } from '../requests/as-read.ts'
import type { Runtime } from '../runtime.ts'
import { adminTokenId } from '../secrets/admin-token.ts'
import { tokenDigest } from '../secrets/token-digest.ts'
import { requireEndOf, requireScopesOf } from './limits.ts'
import type { Principal } from './principal.ts'
import { scopesOfRole } from './roles.ts'

/** Tokens of an install at most. */
const tokensMax = 1_000
/** A token that is over stays in the list for so long, milliseconds. */
const overKeptMs = 30 * 24 * 3_600_000

/**
 * A new token of 190 random bits behind a prefix that secret scanners know: `weir_admin_`, `weir_api_`, `weir_user_` or
 * `weir_invite_` and 32 letters and digits.
 */
export const newToken = (kind: 'admin' | 'api' | 'user' | 'invite'): string => `weir_${kind}_${newSecret()}`

type Access = Pick<Runtime, 'db' | 'now'>

/** Makes a token that can do no more than its maker. Only its digest is kept. */
export async function createApiToken(
  { db, now }: Access,
  maker: Principal,
  wanted: CreateToken,
): Promise<{ id: string; token: string }> {
  const scopes = [...new Set(wanted.scopes)]
  const expiresAt = wanted.expires_at === null ? null : new Date(wanted.expires_at)
  requireFuture(expiresAt, now())
  requireScopesOf(maker, scopes)
  requireEndOf(maker, expiresAt)
  const liveStreamId = wanted.live_stream_id ?? maker.liveStreamId
  if (liveStreamId !== null) await requireFitsStream(db, liveStreamId, scopes)
  const [counted] = await db.select({ count: sql<number>`count(*)` }).from(apiTokens)
  if ((counted?.count ?? 0) >= tokensMax)
    throw new ApiError('conflict', `There are ${tokensMax} tokens already. Delete those that nobody uses.`)
  const token = newToken('api')
  const id = newId('tok')
  await db.insert(apiTokens).values({
    id,
    name: wanted.name,
    digest: await tokenDigest(token),
    kind: 'api',
    scopes,
    liveStreamId,
    userId: maker.userId,
    createdBy: maker.name,
    createdAt: now(),
    expiresAt,
  })
  return { id, token }
}

/** Renames a token, or moves its end. */
export async function changeToken(
  { db, now }: Access,
  maker: Principal,
  id: string,
  wanted: PatchToken,
): Promise<void> {
  const expiresAt =
    wanted.expires_at === undefined ? undefined : wanted.expires_at === null ? null : new Date(wanted.expires_at)
  if (expiresAt !== undefined) {
    requireFuture(expiresAt, now())
    requireEndOf(maker, expiresAt)
    if (id === adminTokenId) throw startToken('ended')
  }
  const [changed] = await batchAsRead(db, await unchanged(db, id), [
    db
      .update(apiTokens)
      .set({
        // Of nothing, drizzle makes no statement.
        name: wanted.name ?? sql`name`,
        ...(expiresAt !== undefined && { expiresAt }),
      })
      .where(eq(apiTokens.id, id))
      .returning({ id: apiTokens.id }),
  ])
  if (changed.length === 0) throw notFound('token')
}

/** Deletes a token: it is refused from now on, and the sign-ins made with it end. */
export async function deleteToken({ db }: Access, id: string): Promise<void> {
  if (id === adminTokenId) throw startToken('deleted')
  const [deleted] = await batchAsRead(db, await unchanged(db, id), [
    db.delete(apiTokens).where(eq(apiTokens.id, id)).returning({ id: apiTokens.id }),
    db.run(sql`DELETE FROM web_sessions WHERE token_id = ${id}`),
  ])
  if (deleted.length === 0) throw notFound('token')
}

/** Statements: the tokens of a live stream go with it. */
export const deleteTokensOfStream = (db: Database, liveStreamId: string) =>
  [
    db.run(
      sql`DELETE FROM web_sessions WHERE token_id IN (SELECT id FROM api_tokens WHERE live_stream_id = ${liveStreamId})`,
    ),
    db.delete(apiTokens).where(eq(apiTokens.liveStreamId, liveStreamId)),
  ] as const

/** Newest first, from after the position on. */
export async function listTokens(
  { db }: Access,
  { limit, after }: { readonly limit: number; readonly after: readonly [number, string] | undefined },
): Promise<{ readonly token: Token; readonly createdAtMs: number }[]> {
  const older =
    after &&
    or(
      lt(apiTokens.createdAt, new Date(after[0])),
      and(eq(apiTokens.createdAt, new Date(after[0])), lt(apiTokens.id, after[1])),
    )
  const rows = await selectTokens(db, older).orderBy(desc(apiTokens.createdAt), desc(apiTokens.id)).limit(limit)
  return rows.map((row) => ({ token: presentToken(row), createdAtMs: row.token.createdAt.getTime() }))
}

/** One token. */
export async function loadToken({ db }: Access, id: string): Promise<Token> {
  return presentToken(await requireToken(db, id))
}

/** Forgets tokens that have been over for a month, with their sign-ins. */
export async function forgetTokens({ db, now }: Access): Promise<void> {
  const before = now().getTime() - overKeptMs
  await db.run(sql`DELETE FROM api_tokens WHERE expires_at < ${before}`)
}

async function requireToken(db: Database, id: string) {
  const [row] = await selectTokens(db, eq(apiTokens.id, id))
  if (!row) throw notFound('token')
  return row
}

/** SQL: it is still as the one who changes it has read it. */
async function unchanged(db: Database, id: string): Promise<SQL | undefined> {
  const row = await requireToken(db, id)
  return asShown(presentToken(row), isStill(apiTokens, row.token, 'name', 'expiresAt'))
}

const selectTokens = (db: Database, where: SQL | undefined) =>
  db
    .select({ token: apiTokens, role: users.role })
    .from(apiTokens)
    .leftJoin(users, eq(users.id, apiTokens.userId))
    .where(where)

function presentToken({ token, role }: { token: ApiTokenRow; role: keyof typeof scopesOfRole | null }): Token {
  const allowed = token.userId === null ? null : ((role === null ? [] : scopesOfRole[role]) as readonly string[])
  return {
    id: token.id,
    name: token.name,
    kind: token.kind,
    scopes: token.scopes.filter((scope) => allowed === null || allowed.includes(scope)),
    live_stream_id: token.liveStreamId,
    user_id: token.userId,
    created_by: token.createdBy,
    created_at: token.createdAt.toISOString(),
    expires_at: token.expiresAt?.toISOString() ?? null,
    last_used_at: token.lastUsedAt?.toISOString() ?? null,
  }
}

function requireFuture(expiresAt: Date | null, now: Date): void {
  if (expiresAt === null || expiresAt > now) return
  throw invalid('/expires_at', 'This time is over. Give a later one, or leave it out.')
}

async function requireFitsStream(db: Database, liveStreamId: string, scopes: readonly string[]): Promise<void> {
  if (scopes.includes('admin'))
    throw invalid(
      '/scopes',
      'A token for one live stream can not have the scope admin, which is about the whole install.',
    )
  const [stream] = await db.select({ id: liveStreams.id }).from(liveStreams).where(eq(liveStreams.id, liveStreamId))
  if (!stream) throw invalid('/live_stream_id', 'There is no live stream with this id.')
}

const invalid = (pointer: string, detail: string) =>
  new ApiError('validation_failed', 'Some fields are not as they should be; errors says which and why.', {
    errors: [{ pointer, detail }],
  })

const startToken = (what: string) =>
  new ApiError(
    'conflict',
    `This is the admin token of the start, the last way in, and can't be ${what} here. To replace it, set WEIR_ADMIN_TOKEN or the file admin-token, and start Weir again.`,
  )
