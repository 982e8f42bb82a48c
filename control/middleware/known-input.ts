import { createMiddleware } from 'hono/factory'
import { ApiError, type FieldError } from '../errors.ts'
import type { RouteTable } from '../requests/route-table.ts'

/** Named at most in one answer. */
const namedMax = 50

/**
 * Refuses query parameters and fields on routes that take none, each by its name, as routes with a schema of their own do:
 * what is misspelt or meant for another route is not silently left out.
 */
export const knownInput = (routes: () => RouteTable) =>
  createMiddleware(async (c, next) => {
    const inputs = routes().inputsOf(c.req.method, c.req.path)
    if (!inputs) return next()
    if (!inputs.query) {
      const names = Object.keys(c.req.query())
      if (names.length > 0)
        throw new ApiError('invalid_query', 'This address takes no such query parameter.', {
          errors: named(names, (name) => `?${name}`, 'There is no such parameter; remove it.'),
        })
    }
    if (!inputs.body && c.req.header('content-type') !== undefined && isJson(c.req.header('content-type'))) {
      const text = await c.req.text()
      const names = text.trim() === '' ? [] : fieldsOf(text)
      if (names.length > 0)
        throw new ApiError('validation_failed', 'This request takes no fields.', {
          errors: named(names, (name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, noField),
        })
    }
    return next()
  })

const noField = 'There is no such field; remove it.'

const isJson = (type: string | undefined) => /^application\/json\s*(;|$)/i.test(type ?? '')

function named(names: readonly string[], pointerOf: (name: string) => string, detail: string): FieldError[] {
  return names.slice(0, namedMax).map((name) => ({ pointer: pointerOf(name.slice(0, 100)), detail }))
}

function fieldsOf(text: string): string[] {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    throw new ApiError('invalid_json', 'Send a JSON body; this one could not be read as JSON.')
  }
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return Object.keys(body)
  throw new ApiError('validation_failed', 'This request takes no body.', {
    errors: [{ pointer: '', detail: 'Leave the body out, or send {}.' }],
  })
}
