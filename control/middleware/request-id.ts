import { createMiddleware } from 'hono/factory'
import { newId } from '#schema/ids.ts'

/** What a caller may name its request: short, and safe in a log line and a header. */
const wellFormed = /^[\w.-]{1,64}$/

/**
 * Names each request, in `requestId` and in the header `X-Request-Id` of its answer: as the caller did, so that one name
 * follows a case through several systems, else anew.
 */
export const requestId = createMiddleware<{ Variables: { requestId: string } }>(async (c, next) => {
  const wanted = c.req.header('x-request-id')
  const id = wanted !== undefined && wellFormed.test(wanted) ? wanted : newId('req')
  c.set('requestId', id)
  await next()
  c.header('X-Request-Id', id)
})
