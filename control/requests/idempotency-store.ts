import { and, count, eq, isNull, lt } from 'drizzle-orm'
import { idempotencyKeys } from '#schema/tables/idempotency-keys.ts'
import type { Database } from '../db/database.ts'
import { ApiError } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import { idempotencyAnswerContext } from '../secrets/contexts.ts'

/** Answers are kept this long, milliseconds. */
const keptMs = 24 * 3_600_000
/** A request whose process died is over after this long: no answer takes longer. */
const abandonedMs = 120_000
/** Keys of one principal in that time at most. */
const keysMax = 5_000
/** Of an answer that is kept, characters. */
const answerMax = 1024 * 1024

/** What was answered, as it is sent again. */
export interface StoredAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** One key of one principal, and the SHA-256 of the request that it stands for. */
export interface KeyedRequest {
  readonly principal: string
  readonly key: string
  readonly fingerprint: string
}

/**
 * Takes the key for this request. Undefined: go on, then {@link keepAnswer} or {@link forgetKey}. Else what the same request
 * was answered before. Throws where the key stands for another request, or for one that goes on now.
 */
export async function beginRequest(runtime: Runtime, request: KeyedRequest): Promise<StoredAnswer | undefined> {
  const { db, now } = runtime
  const { principal, key, fingerprint } = request
  const at = now()
  await db.delete(idempotencyKeys).where(and(isThis(request), isOver(at)))
  const [taken] = await db
    .insert(idempotencyKeys)
    .values({ principal, key, fingerprint, startedAt: at })
    .onConflictDoNothing()
    .returning({ key: idempotencyKeys.key })
  if (taken) return refuseTooMany(runtime, request)
  const [row] = await db.select().from(idempotencyKeys).where(isThis(request))
  // Its first request was refused just now, and the key is free again.
  if (!row) return beginRequest(runtime, request)
  if (row.fingerprint !== fingerprint)
    throw new ApiError(
      'idempotency_key_reused',
      'This Idempotency-Key was sent with another request before. Make a new key for each new request.',
    )
  if (row.answerSealed !== null)
    return JSON.parse(await runtime.secretBox.open(row.answerSealed, contextOf(request))) as StoredAnswer
  if (row.startedAt.getTime() < at.getTime() - abandonedMs) {
    await db.delete(idempotencyKeys).where(and(isThis(request), isNull(idempotencyKeys.answerSealed)))
    return beginRequest(runtime, request)
  }
  throw new ApiError('idempotency_key_in_use', 'The first request with this key is still being answered.', {
    retryAfterSeconds: 1,
  })
}

/** Keeps what was answered: the same request gets the same answer for a day. One beyond 1 MiB is not kept. */
export async function keepAnswer(runtime: Runtime, request: KeyedRequest, answer: StoredAnswer): Promise<void> {
  const text = JSON.stringify(answer)
  if (text.length > answerMax) return forgetKey(runtime.db, request)
  const answerSealed = await runtime.secretBox.seal(text, contextOf(request))
  await runtime.db.update(idempotencyKeys).set({ answerSealed }).where(isThis(request))
}

/** The request was refused and changed nothing: it may be sent again with the same key. */
export async function forgetKey(db: Database, request: KeyedRequest): Promise<void> {
  await db.delete(idempotencyKeys).where(isThis(request))
}

/** Forgets what is older than a day. */
export async function forgetOldKeys(db: Database, at: Date): Promise<void> {
  await db.delete(idempotencyKeys).where(isOver(at))
}

async function refuseTooMany({ db }: Runtime, request: KeyedRequest): Promise<undefined> {
  const [kept] = await db
    .select({ keys: count() })
    .from(idempotencyKeys)
    .where(eq(idempotencyKeys.principal, request.principal))
  if ((kept?.keys ?? 0) <= keysMax) return undefined
  await forgetKey(db, request)
  throw new ApiError('rate_limited', `A token can use ${keysMax} different Idempotency-Keys a day at most.`, {
    retryAfterSeconds: 3_600,
  })
}

const isThis = ({ principal, key }: KeyedRequest) =>
  and(eq(idempotencyKeys.principal, principal), eq(idempotencyKeys.key, key))

const isOver = (at: Date) => lt(idempotencyKeys.startedAt, new Date(at.getTime() - keptMs))

/** Where the sealed answer belongs; see SecretBox. */
const contextOf = ({ principal, key }: KeyedRequest): string => idempotencyAnswerContext(principal, key)
