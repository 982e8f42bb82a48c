import { and, eq, gt, isNull, or } from 'drizzle-orm'
import { newId, newSecret } from '#schema/ids.ts'
import { joinTokens } from '#schema/tables/credentials.ts'
import type { Database } from '../db/database.ts'
import type { Runtime } from '../runtime.ts'
import { tokenDigest } from './token-digest.ts'

/** What the worker that joins is given. */
export interface Invitation {
  /** Null: it is called as it calls itself. */
  readonly name: string | null
  readonly labels: readonly string[]
}

type Access = Pick<Runtime, 'db' | 'now'>

/** A new token that is good for one join, until `expiresAt` (null: until it is used). */
export async function createJoinToken(
  { db, now }: Access,
  expiresAt: Date | null,
  { name, labels }: Invitation = { name: null, labels: [] },
): Promise<{ id: string; token: string }> {
  const id = newId('jt')
  const token = newSecret()
  await db
    .insert(joinTokens)
    .values({ id, digest: await tokenDigest(token), createdAt: now(), expiresAt, name, labels })
  return { id, token }
}

/** Spends a join token for this worker, in one statement; undefined if it is unknown, spent or over. */
export async function spendJoinToken(
  { db, now }: Access,
  token: string,
  workerId: string,
): Promise<(Invitation & { readonly id: string }) | undefined> {
  const [spent] = await db
    .update(joinTokens)
    .set({ usedAt: now(), workerId })
    .where(usable(await tokenDigest(token), now()))
    .returning({ id: joinTokens.id, name: joinTokens.name, labels: joinTokens.labels })
  return spent
}

/** Statement: the token that waits for the first worker ends. Of all tokens only that one has no end of its own. */
export const endWaitingToken = (db: Database, now: Date) =>
  db
    .update(joinTokens)
    .set({ usedAt: now })
    .where(and(isNull(joinTokens.expiresAt), isNull(joinTokens.usedAt)))

/** Whether a join token could be spent now. */
export async function isJoinTokenUsable({ db, now }: Access, token: string): Promise<boolean> {
  const found = await db
    .select({ id: joinTokens.id })
    .from(joinTokens)
    .where(usable(await tokenDigest(token), now()))
  return found.length === 1
}

const usable = (digest: string, now: Date) =>
  and(
    eq(joinTokens.digest, digest),
    isNull(joinTokens.usedAt),
    or(isNull(joinTokens.expiresAt), gt(joinTokens.expiresAt, now)),
  )
