import { createMiddleware } from 'hono/factory'
import { ApiError } from '../errors.ts'

/**
 * Refuses a request whose `Accept` leaves no room for the answer (RFC 9110 §12.5.1): what only reads once its answer's type is
 * known, what changes something before it does, as JSON. Refusals are told in any case.
 */
export const accepted = createMiddleware(async (c, next) => {
  const accept = c.req.header('accept')
  if (accept === undefined || c.req.method === 'DELETE' || c.req.method === 'OPTIONS') return next()
  const reads = c.req.method === 'GET' || c.req.method === 'HEAD'
  if (!reads && !accepts(accept, 'application/json')) throw notAcceptable('application/json')
  await next()
  const type = c.res.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (!reads || !c.res.ok || type === undefined || accepts(accept, type)) return
  await c.res.body?.cancel()
  throw notAcceptable(type)
})

/** Whether one of the ranges in `accept` takes `type`; the most exact one decides. */
export function accepts(accept: string, type: string): boolean {
  const [main] = type.split('/')
  const quality = new Map(
    accept.split(',').map((range) => {
      const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
      const q = parameters.find((parameter) => parameter.startsWith('q='))
      return [name, q === undefined ? 1 : Number(q.slice(2))]
    }),
  )
  return (quality.get(type) ?? quality.get(`${main}/*`) ?? quality.get('*/*') ?? 0) > 0
}

const notAcceptable = (type: string) =>
  new ApiError('not_acceptable', `The answer is ${type}, which your Accept header leaves out.`)
