import { validator } from 'hono-openapi'
import * as v from 'valibot'
import { ApiError, type FieldError } from '../errors.ts'
import { illFormedText } from './ill-formed-text.ts'
import { isNestedTooDeep, nestingMax } from './nesting.ts'

/** Checks a JSON body; every offending field is named by pointer (422). */
export const jsonBody = <Schema extends v.GenericSchema>(schema: Schema) =>
  validator('json', schema, async (result, c) => {
    const refuse = (errors: FieldError[]) =>
      new ApiError('validation_failed', 'Some fields are not as they should be; errors says which and why.', { errors })
    if (!result.success) throw refuse(fieldErrors(schema, result, pointerTo))
    const body: unknown = await c.req.json().catch(() => undefined)
    // Valibot takes an empty list for an object; no body is a list.
    if (Array.isArray(body)) throw refuse([{ pointer: '', detail: 'Must be an object.' }])
    const json = await c.req.text()
    if (isNestedTooDeep(json))
      throw refuse([
        { pointer: '', detail: `Must not have more than ${nestingMax} lists and objects inside of each other.` },
      ])
    const illFormed = illFormedText(json, body)
    if (illFormed)
      throw refuse([{ pointer: pointerTo(illFormed), detail: 'Must be text in Unicode: half a character is in it.' }])
  })

/** Checks the query; every offending parameter is named (400). */
export const queryParameters = <Schema extends v.GenericSchema>(schema: Schema) =>
  validator('query', schema, (result) => {
    if (result.success) return
    const given = result.data as Readonly<Record<string, unknown>>
    const errors = fieldErrors(schema, result, (path) => `?${path.join('.')}`)
    throw new ApiError('invalid_query', 'A query parameter is not as it should be; errors says which and why.', {
      errors: errors.map((error) =>
        Array.isArray(given[error.pointer.slice(1)]) ? { ...error, detail: 'Name it once.' } : error,
      ),
    })
  })

/** Errors named at most in one answer. */
const fieldErrorsMax = 50

interface Refusal {
  readonly data: unknown
  readonly error: readonly unknown[]
}

export function fieldErrors(
  schema: v.GenericSchema,
  refusal: Refusal,
  pointerOf: (path: readonly string[]) => string,
): FieldError[] {
  const errors = new Map<string, FieldError>()
  for (const issue of allIssues(schema, refusal)) {
    const pointer = issue.path?.length ? pointerOf(issue.path.map((item) => String(item.key))) : ''
    const detail = describeIssue(issue)
    errors.set(`${pointer} ${detail}`, { pointer, detail })
  }
  return [...errors.values()].slice(0, fieldErrorsMax)
}

/**
 * Valibot names only the first unknown field of each object: what it names is taken away, and the rest looked at again. The
 * body is refused and of no further use.
 */
function allIssues(schema: v.GenericSchema, { data, error }: Refusal): v.BaseIssue<unknown>[] {
  const unknown: v.BaseIssue<unknown>[] = []
  let issues = (error as readonly v.BaseIssue<unknown>[]).flatMap(inside)
  for (let found = issues.filter(isUnknownField); found.length > 0; found = issues.filter(isUnknownField)) {
    unknown.push(...found)
    if (unknown.length >= fieldErrorsMax) break
    for (const { path } of found) {
      const field = path?.at(-1)
      Reflect.deleteProperty(field?.input as object, field?.key as string)
    }
    issues = (v.safeParse(schema, data).issues ?? []).flatMap(inside)
  }
  return [...issues.filter((issue) => !isUnknownField(issue)), ...unknown]
}

/** Of a choice of types, what is wrong inside of what was given, where that is of one of them: it says more. */
function inside(issue: v.BaseIssue<unknown>): v.BaseIssue<unknown>[] {
  const nested = (issue.type === 'union' && issue.issues?.filter(({ path }) => path)) || []
  if (nested.length === 0) return [issue]
  return nested.map((each) => ({ ...each, path: [...(issue.path ?? []), ...(each.path ?? [])] }) as typeof each)
}

const isUnknownField = (issue: v.BaseIssue<unknown>) => issue.type === 'strict_object' && issue.expected === 'never'

const pointerTo = (path: readonly string[]) => (path.length === 0 ? '' : `/${path.map(escapePointer).join('/')}`)

/** RFC 6901 §3. */
const escapePointer = (key: string) => key.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')

/**
 * Says what is wanted and never what was given: valibot's own messages quote the input, which may be a secret. Our
 * own messages (they don't start with "Invalid") are kept.
 */
function describeIssue(issue: v.BaseIssue<unknown>): string {
  if (isUnknownField(issue)) return 'There is no such field; remove it.'
  // What a choice needs it says itself.
  if (issue.received === 'undefined' && issue.type !== 'variant') return 'This field is needed.'
  if (!issue.message.startsWith('Invalid')) return issue.message
  const { expected } = issue
  switch (issue.type) {
    case 'min_length':
      return `Must have a length of at least ${bound(expected)}.`
    case 'max_length':
      return `Must have a length of at most ${bound(expected)}.`
    case 'min_value':
      return `Must be at least ${bound(expected)}.`
    case 'max_value':
      return `Must be at most ${bound(expected)}.`
    case 'integer':
      return 'Must be a whole number.'
    case 'picklist':
    case 'literal':
    case 'variant':
      return `Must be one of: ${(expected ?? '').replace(/[()]/g, '').replaceAll(' | ', ', ')}.`
    case 'strict_object':
    case 'object':
      return 'Must be an object.'
    case 'array':
      return 'Must be a list.'
    case 'string':
      return 'Must be text, in quotes.'
    case 'number':
      return 'Must be a number, without quotes.'
    case 'boolean':
      return 'Must be true or false, without quotes.'
    default:
      return expected ? `Must be ${expected}.` : 'Is not as it should be.'
  }
}

const bound = (expected: string | null) => (expected ?? '').replace(/^[<>]=?/, '')
