import { type AnyColumn, inArray, type SQL } from 'drizzle-orm'
import { tryGetContext } from 'hono/context-storage'
import { ApiError } from '../errors.ts'

/** The part of an ETag that changes with the configuration alone. */
export const versionOf = (etag: string): string => /^"([^"-]+)(?:-[^"-]*)?"$/.exec(etag.trim())?.[1] ?? ''

/** The version of something that was changed then. */
export const versionAt = (updatedAt: Date): string => updatedAt.getTime().toString(36)

/**
 * SQL for the statement that changes a row: it was not changed since the one who asks for it read it (If-Match, RFC 9110
 * §13.1.1); undefined where that is not asked for. What came between a look and this statement is seen by it alone, also where
 * several processes share a database.
 */
export function asRead(updatedAt: AnyColumn): SQL | undefined {
  const wanted = versionsWanted()
  if (wanted === undefined) return undefined
  const times = wanted.split(',').map((each) => Number.parseInt(versionOf(each), 36))
  return inArray(
    updatedAt,
    times.filter((time) => Number.isSafeInteger(time)).map((time) => new Date(time)),
  )
}

/** Whether the request that is being answered asks for a change of what it has read, and of nothing else. */
export const isConditional = (): boolean => versionsWanted() !== undefined

function versionsWanted(): string | undefined {
  const wanted = tryGetContext()?.req.header('if-match')
  return wanted?.trim() === '*' ? undefined : wanted
}

/** For a change that {@link asRead} kept from being made. */
export const changedMeanwhile = (): ApiError =>
  new ApiError('precondition_failed', 'It was changed since you read it. Read it again and repeat your change.')
