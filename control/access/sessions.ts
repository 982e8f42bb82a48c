import { and, desc, eq, lte, type SQL, sql } from 'drizzle-orm'
import { newId, newSecret } from '#schema/ids.ts'
import { webSessions } from '#schema/tables/credentials.ts'
import type { Database } from '../db/database.ts'
import type { Runtime } from '../runtime.ts'
import { tokenDigest } from '../secrets/token-digest.ts'
import type { Principal } from './principal.ts'

/** A session lasts a week, seconds. */
export const sessionSeconds = 7 * 24 * 3600

/** Sessions of one token at most; the oldest gives way. */
const sessionsPerToken = 20
const browserWordsMax = 200

/** Signs the holder of a token in: `secret` is what the cookie holds. It ends with the token, or when it is deleted. */
export async function openSession(
  { db, now }: Pick<Runtime, 'db' | 'now'>,
  tokenId: string,
  browser: string | undefined,
): Promise<{ readonly id: string; readonly secret: string }> {
  const secret = newSecret()
  const id = newId('sgn')
  const at = now()
  await db.batch([
    db.insert(webSessions).values({
      id,
      digest: await tokenDigest(secret),
      tokenId,
      browser: (browser ?? '').slice(0, browserWordsMax),
      createdAt: at,
      expiresAt: new Date(at.getTime() + sessionSeconds * 1000),
    }),
    db.run(sql`DELETE FROM web_sessions WHERE token_id = ${tokenId} AND id NOT IN (
      SELECT id FROM web_sessions WHERE token_id = ${tokenId} ORDER BY created_at DESC, rowid DESC LIMIT ${sessionsPerToken})`),
  ])
  return { id, secret }
}

/** Ends the session that a cookie holds. */
export async function closeSession({ db }: Pick<Runtime, 'db'>, cookie: string): Promise<void> {
  await db.delete(webSessions).where(eq(webSessions.digest, await tokenDigest(cookie)))
}

/** The sessions of the principal's token, newest first. */
export const listSessions = ({ db }: Pick<Runtime, 'db'>, { tokenId }: Principal) =>
  db
    .select()
    .from(webSessions)
    .where(eq(webSessions.tokenId, tokenId))
    .orderBy(desc(webSessions.createdAt), desc(webSessions.id))

/** Ends one of the principal's own sessions; false: there is none such. */
export async function endSession({ db }: Pick<Runtime, 'db'>, { tokenId }: Principal, id: string): Promise<boolean> {
  const ended = await db
    .delete(webSessions)
    .where(and(eq(webSessions.id, id), eq(webSessions.tokenId, tokenId)))
    .returning({ id: webSessions.id })
  return ended.length > 0
}

/** Statement: ends the sessions of these tokens (SQL, a list of ids). */
export const endSessionsOf = (db: Database, tokenIds: SQL) =>
  db.run(sql`DELETE FROM web_sessions WHERE token_id IN (${tokenIds})`)

/** Forgets sessions that are over. */
export const forgetSessions = ({ db, now }: Pick<Runtime, 'db' | 'now'>) =>
  db.delete(webSessions).where(lte(webSessions.expiresAt, now()))
