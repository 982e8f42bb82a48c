import { createMiddleware } from 'hono/factory'
import { ApiError } from '../errors.ts'

/** Refuses a body that does not call itself JSON: a form of another site can't send JSON without asking first. */
export const jsonOnly = createMiddleware(async (c, next) => {
  const type = c.req.header('content-type')
  const hasBody = Number(c.req.header('content-length') ?? 0) > 0 || c.req.header('transfer-encoding') !== undefined
  if (hasBody && !/^application\/json\s*(;|$)/i.test(type ?? ''))
    throw new ApiError('unsupported_media_type', 'Send the body as JSON, with Content-Type: application/json.')
  await next()
})
