import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { ApiError } from '../errors.ts'
import type { RouteTable } from '../requests/route-table.ts'

/** Answers OPTIONS with the methods that an address takes (RFC 9110 §9.3.7). */
export const allowedMethods = (routes: () => RouteTable) =>
  createMiddleware(async (c, next) => {
    const methods = c.req.method === 'OPTIONS' ? routes().methodsOf(c.req.path) : []
    if (methods.length === 0) return next()
    return c.body(null, 204, { Allow: methods.join(', ') })
  })

/** Why no route took the request: it takes other methods (405 with `Allow`), or there is nothing at this address. */
export function noRoute(c: Context, routes: RouteTable): ApiError {
  const methods = routes.methodsOf(c.req.path)
  if (methods.length === 0) return new ApiError('not_found', 'There is nothing at this address.')
  c.header('Allow', methods.join(', '))
  return new ApiError('method_not_allowed', `This address takes ${methods.join(', ')}.`)
}
