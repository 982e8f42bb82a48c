import { eq, type SQL, sql } from 'drizzle-orm'
import { apiTokens, webSessions } from '#schema/tables/credentials.ts'
import { users } from '#schema/tables/users.ts'
import type { Runtime } from '../runtime.ts'
import { tokenDigest } from '../secrets/token-digest.ts'
import type { Principal } from './principal.ts'
import { scopesOfRole } from './roles.ts'

/** `last_used_at` is written this often at most, milliseconds. */
const useNotedMs = 60_000

const columns = {
  tokenId: apiTokens.id,
  tokenName: apiTokens.name,
  scopes: apiTokens.scopes,
  liveStreamId: apiTokens.liveStreamId,
  expiresAt: apiTokens.expiresAt,
  lastUsedAt: apiTokens.lastUsedAt,
  userId: apiTokens.userId,
  userName: users.name,
  role: users.role,
}
type Found = {
  readonly [Column in keyof typeof columns]: (typeof columns)[Column]['_']['data'] | null
}

/**
 * The owner of an API token; undefined if it is unknown or over. Whatever is given is hashed and looked up by its digest
 * in an index, so how long it takes tells nothing of the tokens that there are.
 */
export async function principalOfToken(runtime: Runtime, token: string): Promise<Principal | undefined> {
  const [found] = await select(runtime, eq(apiTokens.digest, await tokenDigest(token)))
  return found && accept(runtime, found, null)
}

/** Whose dashboard session this is; undefined if it is unknown or over, or its token is. */
export async function principalOfSession(runtime: Runtime, cookie: string): Promise<Principal | undefined> {
  const [found] = await runtime.db
    .select({ ...columns, sessionId: webSessions.id, sessionEnd: webSessions.expiresAt })
    .from(webSessions)
    .innerJoin(apiTokens, eq(apiTokens.id, webSessions.tokenId))
    .leftJoin(users, eq(users.id, apiTokens.userId))
    .where(eq(webSessions.digest, await tokenDigest(cookie)))
  if (!found || found.sessionEnd <= runtime.now()) return undefined
  return accept(runtime, found, found.sessionId)
}

const select = ({ db }: Runtime, where: SQL) =>
  db.select(columns).from(apiTokens).leftJoin(users, eq(users.id, apiTokens.userId)).where(where)

function accept(runtime: Runtime, found: Found, sessionId: string | null): Principal | undefined {
  const { tokenId, tokenName, scopes, liveStreamId, expiresAt, lastUsedAt, userId, userName, role } = found
  const now = runtime.now()
  if (expiresAt && expiresAt <= now) return undefined
  // Its person has gone.
  if (userId !== null && role === null) return undefined
  if (!lastUsedAt || now.getTime() - lastUsedAt.getTime() >= useNotedMs) noteUse(runtime, tokenId as string, now)
  const allowed = role === null ? null : (scopesOfRole[role] as readonly string[])
  return {
    tokenId: tokenId as string,
    userId,
    name: userName ?? (tokenName as string),
    role,
    scopes: (scopes ?? []).filter((scope) => allowed === null || allowed.includes(scope)),
    liveStreamId,
    expiresAt,
    sessionId,
  }
}

/** After the answer. Of several at once, the first writes. */
function noteUse({ db, background, closing }: Runtime, tokenId: string, now: Date): void {
  const before = now.getTime() - useNotedMs
  background(
    Promise.resolve(
      db.run(sql`UPDATE api_tokens SET last_used_at = ${now.getTime()}
        WHERE id = ${tokenId} AND (last_used_at IS NULL OR last_used_at <= ${before})`),
    ).catch((error: unknown) => {
      if (!closing.aborted) throw error
    }),
  )
}
