import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { requireAllowed } from '../access/allow.ts'
import { principalOfSession, principalOfToken } from '../access/credentials.ts'
import type { Principal } from '../access/principal.ts'
import { isReadMethod } from '../access/scopes.ts'
import { readSessionCookie } from '../access/session-cookie.ts'
import { isInternalRead } from '../audit/internal-read.ts'
import { ApiError } from '../errors.ts'
import { publicUrl } from '../public-url.ts'
import type { Runtime } from '../runtime.ts'

/**
 * Lets an API token (`Authorization: Bearer`) or a dashboard session (cookie) through to what its scopes cover, and puts
 * its principal into `c.get('principal')`.
 */
export const requirePrincipal = (runtime: Runtime) =>
  createMiddleware<{ Variables: { principal: Principal } }>(async (c, next) => {
    if (isInternalRead(c)) {
      c.set('principal', controlItself)
      return next()
    }
    const header = c.req.header('authorization')
    if (header === undefined && readSessionCookie(c) === undefined)
      throw new ApiError('unauthorized', 'Send Authorization: Bearer with an API token, or sign in on the dashboard.')
    const principal = await principalIn(runtime, c)
    if (!principal)
      throw new ApiError(
        'unauthorized',
        header === undefined
          ? 'Your session is over. Sign in again.'
          : 'This token is not valid. Check it, or make a new one.',
      )
    c.set('principal', principal)
    if (header === undefined && !isReadMethod(c.req.method)) requireSameOrigin(runtime, c.req.raw)
    await requireAllowed(runtime, principal, c.req.method, c.req.path)
    return next()
  })

/**
 * Whether who sent this request may still do what it asks for, for answers that go on and on: a token that is deleted or over,
 * or a session that has ended, hears no more.
 */
export async function mayStill(runtime: Runtime, c: Context): Promise<boolean> {
  const principal = await principalIn(runtime, c)
  if (!principal) return false
  return requireAllowed(runtime, principal, c.req.method, c.req.path).then(
    () => true,
    (error: unknown) => {
      if (error instanceof ApiError) return false
      throw error
    },
  )
}

/** Whose the token of a request is, else its session. */
async function principalIn(runtime: Runtime, c: Context): Promise<Principal | undefined> {
  const header = c.req.header('authorization')
  if (header !== undefined) return principalOfToken(runtime, bearerToken(header) ?? '')
  const cookie = readSessionCookie(c)
  return cookie === undefined ? undefined : principalOfSession(runtime, cookie)
}

/** Reads for the audit log. */
const controlItself: Principal = {
  tokenId: 'control',
  userId: null,
  name: 'Weir',
  role: null,
  scopes: ['read', 'admin'],
  liveStreamId: null,
  expiresAt: null,
  sessionId: null,
}

/** The token in an Authorization header (RFC 6750), if it is a bearer token. */
export const bearerToken = (header: string | undefined): string | undefined =>
  /^Bearer ([^\s]{1,4096})$/i.exec(header ?? '')?.[1]

/**
 * A cookie goes along with any request that a page elsewhere causes, so those that change something must be our page's.
 * Browsers that do not say where a request comes from (Sec-Fetch-Site) name its origin; one that says neither is refused.
 */
function requireSameOrigin({ config }: Runtime, request: Request): void {
  if (cameFrom(config, request) === 'here') return
  throw new ApiError('forbidden', 'This request came from another site, and a session works only from ours.')
}

/** Where a browser says that a request was caused; `unknown`: it says nothing, as programs do. */
export function cameFrom(config: Runtime['config'], request: Request): 'here' | 'elsewhere' | 'unknown' {
  const site = request.headers.get('sec-fetch-site')
  if (site !== null) return site === 'same-origin' ? 'here' : 'elsewhere'
  const origin = request.headers.get('origin')
  if (origin === null) return 'unknown'
  return origin === new URL(request.url).origin || origin === publicUrl(config, request) ? 'here' : 'elsewhere'
}
