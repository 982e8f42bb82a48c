import { eq } from 'drizzle-orm'
import { getCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import { apiTokens } from '#schema/tables/credentials.ts'
import { ApiError } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import { readSession, sessionCookie } from '../secrets/session.ts'
import { tokenDigest } from '../secrets/token-digest.ts'

/** Who calls the API. */
export interface Principal {
  readonly tokenId: string
}

/** Lets only an API token (`Authorization: Bearer`) or a dashboard session (cookie) through. */
export const requirePrincipal = (runtime: Runtime) =>
  createMiddleware<{ Variables: { principal: Principal } }>(async (c, next) => {
    const header = c.req.header('authorization')
    if (header !== undefined) {
      const principal = await principalOfToken(runtime, bearerToken(header) ?? '')
      if (!principal) throw new ApiError('unauthorized', 'This token is not valid. Check it, or make a new one.')
      c.set('principal', principal)
      return next()
    }
    const cookie = getCookie(c, sessionCookie)
    if (cookie === undefined)
      throw new ApiError('unauthorized', 'Send Authorization: Bearer with an API token, or sign in on the dashboard.')
    if (!isSafe(c.req.method)) requireSameOrigin(c.req.raw)
    const principal = await readSession(runtime, cookie)
    if (!principal) throw new ApiError('unauthorized', 'Your session is over. Sign in again.')
    c.set('principal', principal)
    return next()
  })

/** The owner of an API token, by its digest. */
export async function principalOfToken({ db }: Runtime, token: string): Promise<Principal | undefined> {
  const [row] = await db
    .select({ tokenId: apiTokens.id })
    .from(apiTokens)
    .where(eq(apiTokens.digest, await tokenDigest(token)))
  return row
}

/** The token in an Authorization header (RFC 6750), if it is a bearer token. */
export const bearerToken = (header: string | undefined): string | undefined =>
  /^Bearer ([^\s]{1,4096})$/i.exec(header ?? '')?.[1]

const isSafe = (method: string) => method === 'GET' || method === 'HEAD' || method === 'OPTIONS'

/** A cookie goes along with any request that a page elsewhere causes, so those that change something must be our page's. */
function requireSameOrigin(request: Request): void {
  const site = request.headers.get('sec-fetch-site')
  const origin = request.headers.get('origin')
  const same = site === null ? origin === new URL(request.url).origin : site === 'same-origin'
  if (!same) throw new ApiError('forbidden', 'This request came from another site, and a session works only from ours.')
}
