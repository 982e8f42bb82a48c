import { base64url } from 'jose'
import * as v from 'valibot'
import { ApiError } from '../errors.ts'

/** `?limit&cursor` of every list. */
export const pageQuery = v.strictObject({
  limit: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d{1,3}$/, 'Use a whole number from 1 to 200.'),
      v.transform(Number),
      v.minValue(1, 'Use a whole number from 1 to 200.'),
      v.maxValue(200, 'Use a whole number from 1 to 200.'),
    ),
    '50',
  ),
  cursor: v.optional(v.pipe(v.string(), v.maxLength(200, 'Use next_cursor of the page before.'))),
})

/** A page of a list; `next_cursor` is null on the last one. */
export const pageSchema = <Item extends v.GenericSchema>(item: Item) =>
  v.strictObject({ data: v.array(item), next_cursor: v.nullable(v.string()) })

/** An opaque cursor that holds `position`. */
export const cursorFor = (position: unknown): string => base64url.encode(JSON.stringify(position))

/** The position inside a cursor that we made. */
export function readCursor<Schema extends v.GenericSchema>(cursor: string, position: Schema): v.InferOutput<Schema> {
  try {
    return v.parse(position, JSON.parse(new TextDecoder().decode(base64url.decode(cursor)), withinBounds))
  } catch {
    const detail = 'Use next_cursor of the page before, unchanged.'
    throw new ApiError('invalid_query', detail, { errors: [{ pointer: '?cursor', detail }] })
  }
}

/** Positions are counted, or Unix milliseconds: beyond this is no time (ECMA-262 §21.4.1.1), and no place in a table. */
const furthest = 8.64e15

function withinBounds(_name: string, value: unknown): unknown {
  if (typeof value === 'number' && !(Number.isInteger(value) && Math.abs(value) <= furthest))
    throw new RangeError('This is no place in a list.')
  return value
}

/** The first `limit` of rows that were read one past the limit, with the cursor of the last one if there are more. */
export function pageOf<Item>(rows: readonly Item[], limit: number, cursorOf: (last: Item) => string) {
  const data = rows.slice(0, limit)
  const last = data.at(-1)
  return { data, next_cursor: rows.length > limit && last !== undefined ? cursorOf(last) : null }
}

/**
 * A page of a list that is read as a whole since it is short; `idOf` tells its items apart. A cursor whose item is gone
 * begins anew: nothing is left out.
 */
export function pageOfAll<Item>(
  all: readonly Item[],
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
  idOf: (item: Item) => string,
) {
  const after = cursor === undefined ? undefined : readCursor(cursor, v.string())
  const start = after === undefined ? 0 : all.findIndex((item) => idOf(item) === after) + 1
  return pageOf(all.slice(start, start + limit + 1), limit, (last) => cursorFor(idOf(last)))
}
