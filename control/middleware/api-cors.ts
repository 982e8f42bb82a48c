import { createMiddleware } from 'hono/factory'
import type { ControlConfig } from '../config.ts'

/**
 * Lets pages of the origins that the operator named call the API with a token of their own (Fetch §3.2). Nobody is named at
 * first. Cookies never go along: a session works on our own pages only.
 */
export const apiCors = ({ corsOrigins }: ControlConfig) =>
  createMiddleware(async (c, next) => {
    const origin = c.req.header('origin')
    const isOpen = corsOrigins.includes('*')
    if (origin === undefined || !(isOpen || corsOrigins.includes(origin))) {
      await next()
      if (corsOrigins.length > 0 && !isOpen) c.header('Vary', 'Origin', { append: true })
      return
    }
    const asksFirst = c.req.method === 'OPTIONS' && c.req.header('access-control-request-method') !== undefined
    if (asksFirst) c.res = new Response(null, { status: 204, headers: preflight })
    else await next()
    c.header('Access-Control-Allow-Origin', isOpen ? '*' : origin)
    c.header('Access-Control-Expose-Headers', exposed)
    if (!isOpen) c.header('Vary', 'Origin', { append: true })
  })

const preflight = {
  'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
  'Access-Control-Allow-Headers':
    'Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Weir-Passphrase, X-Request-Id',
  'Access-Control-Max-Age': '600',
}

const exposed =
  'Allow, Content-Disposition, ETag, Idempotency-Replayed, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id'
