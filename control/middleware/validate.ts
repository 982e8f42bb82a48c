import { validator } from 'hono-openapi'
import type * as v from 'valibot'
import { ApiError, type FieldError } from '../errors.ts'

/** Checks a JSON body; every offending field is named by pointer (422). */
export const jsonBody = <Schema extends v.GenericSchema>(schema: Schema) =>
  validator('json', schema, (result) => {
    if (!result.success)
      throw new ApiError('validation_failed', 'Some fields are not as they should be; errors says which and why.', {
        errors: fieldErrors(result.error, (path) => `/${path.map(escapePointer).join('/')}`),
      })
  })

/** Checks the query; every offending parameter is named (400). */
export const queryParameters = <Schema extends v.GenericSchema>(schema: Schema) =>
  validator('query', schema, (result) => {
    if (!result.success)
      throw new ApiError('invalid_query', 'A query parameter is not as it should be; errors says which and why.', {
        errors: fieldErrors(result.error, (path) => `?${path.join('.')}`),
      })
  })

/** Errors named at most in one answer. */
const fieldErrorsMax = 50

function fieldErrors(issues: readonly unknown[], pointerOf: (path: string[]) => string): FieldError[] {
  return (issues as readonly v.BaseIssue<unknown>[]).slice(0, fieldErrorsMax).map((issue) => ({
    pointer: issue.path?.length ? pointerOf(issue.path.map((item) => String(item.key))) : '',
    detail: describeIssue(issue),
  }))
}

/** RFC 6901 §3. */
const escapePointer = (key: string) => key.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')

/**
 * Says what is wanted and never what was given: valibot's own messages quote the input, which may be a secret. Our
 * own messages (they don't start with "Invalid") are kept.
 */
function describeIssue(issue: v.BaseIssue<unknown>): string {
  if (issue.expected === 'never') return 'There is no such field; remove it.'
  if (issue.received === 'undefined') return 'This field is needed.'
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
