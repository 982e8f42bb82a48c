import { type AnyColumn, and, inArray, type SQL, sql } from 'drizzle-orm'
import type { BatchItem, BatchResponse } from 'drizzle-orm/batch'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { tryGetContext } from 'hono/context-storage'
import { configured } from '../audit/shown-change.ts'
import type { Database } from '../db/database.ts'
import { ApiError } from '../errors.ts'
import { fingerprint } from './fingerprint.ts'

/** The part of an ETag that changes with the configuration alone. */
export const versionOf = (etag: string): string => /^"([^"-]+)(?:-[^"-]*)?"$/.exec(etag.trim())?.[1] ?? ''

/** The version of something that was changed then. */
export const versionAt = (updatedAt: Date): string => updatedAt.getTime().toString(36)

/** The version of something that keeps no time of its changes: a digest of what of its answer is not observed. */
export const versionOfAnswer = (answer: object): string =>
  fingerprint(JSON.stringify(configured(answer as Record<string, unknown>)), 0).toString(36)

/**
 * SQL for the statement that changes a row: it was not changed since the one who asks for it read it (If-Match, RFC 9110
 * §13.1.1); undefined where that is not asked for. What came between a look and this statement is seen by it alone, also where
 * several processes share a database.
 */
export const asRead = (updatedAt: AnyColumn): SQL | undefined => hasVersion(updatedAt, 36, (time) => new Date(time))

/** The same by the revision of a live stream. */
export const asReadRevision = (revision: AnyColumn): SQL | undefined => hasVersion(revision, 10, (number) => number)

/**
 * The same for what keeps neither: `answer` is what a read of it gives now, a 412 if that is another than was read, and
 * `unchanged` is SQL for {@link batchAsRead}: what that was made of stands there still.
 */
export function asShown(answer: object, unchanged: SQL): SQL | undefined {
  requireAsRead(answer)
  return isConditional() ? unchanged : undefined
}

/** A 412 where what a read gives now is another than the one who asks for a change has read. */
export function requireAsRead(answer: object): void {
  if (versionsWanted()?.includes(versionOfAnswer(answer)) === false) throw changedMeanwhile()
}

/** SQL: a row still has the values of `row` in these columns. */
export function isStill<Name extends string>(
  table: SQLiteTable & Readonly<Record<'id' | Name, AnyColumn>>,
  row: Readonly<Record<'id' | Name, unknown>>,
  ...names: readonly Name[]
): SQL {
  const same = (['id', ...names] as const).map((name) => sql`${table[name]} IS ${sql.param(row[name], table[name])}`)
  return sql`EXISTS (SELECT 1 FROM ${table} WHERE ${and(...same)})`
}

/** One transaction, of which nothing is done, with a 412, unless `condition` holds as it begins; undefined: it does. */
export async function batchAsRead<Item extends BatchItem<'sqlite'>, Items extends Readonly<[Item, ...Item[]]>>(
  db: Database,
  condition: SQL | undefined,
  statements: Items,
): Promise<BatchResponse<Items>> {
  if (!condition) return db.batch(statements)
  // What is no JSON fails, and takes all of the transaction back.
  const guard = db.run(sql`SELECT json(CASE WHEN ${condition} THEN 'true' ELSE 'changed' END)`)
  try {
    const [, ...results] = await db.batch([guard, ...statements])
    return results as unknown as BatchResponse<Items>
  } catch (error) {
    const [row] = await db.values<[number]>(sql`SELECT ${condition}`)
    throw row?.[0] === 1 ? error : changedMeanwhile()
  }
}

/** Whether the request that is being answered asks for a change of what it has read, and of nothing else. */
export const isConditional = (): boolean => versionsWanted() !== undefined

/** For a change that is not made because of {@link asRead}. */
export const changedMeanwhile = (): ApiError =>
  new ApiError('precondition_failed', 'It was changed since you read it. Read it again and repeat your change.')

/** What If-Match names; undefined where anything will do. */
function versionsWanted(): readonly string[] | undefined {
  const wanted = tryGetContext()?.req.header('if-match')
  return wanted === undefined || wanted.trim() === '*' ? undefined : wanted.split(',').map(versionOf)
}

function hasVersion(column: AnyColumn, radix: number, stored: (number: number) => unknown): SQL | undefined {
  const numbers = versionsWanted()?.map((version) => Number.parseInt(version, radix))
  return numbers && inArray(column, numbers.filter(Number.isSafeInteger).map(stored))
}
