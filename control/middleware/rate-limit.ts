import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { readSessionCookie } from '../access/session-cookie.ts'
import { isInternalRead } from '../audit/internal-read.ts'
import { clientAddress, networkOf } from '../client-address.ts'
import { ApiError } from '../errors.ts'
import { fingerprint } from '../requests/fingerprint.ts'
import { type Allowance, type Remaining, tokenBuckets } from '../requests/token-buckets.ts'
import type { Runtime } from '../runtime.ts'

/** Credentials that are not known, and sign-ins that fail, of one address: 30 at once, then one each 6 s. */
const failures: Allowance = { burst: 30, perSecond: 1 / 6 }
/** An address may do so many times what one credential may: several people and programs can stand behind it. */
const addressFactor = 4
/** Where a credential stands in the body. */
const signInPaths = ['/v1/session', '/v1/session/join']
/** Credentials that are remembered as good, so that a guesser at the same address locks no one else out. */
const goodMax = 10_000

/**
 * Limits requests of each credential and of each address, in this process or isolate alone: what it guards is this process.
 * Answers say what is left in `RateLimit` and `RateLimit-Policy`, the two fields of the present draft
 * (draft-ietf-httpapi-ratelimit-headers-10), which took the place of the trio of its first versions. Beyond it is 429
 * with `Retry-After`. An address that shows many credentials that nobody knows is refused before they are looked up.
 */
export function rateLimit(runtime: Runtime, nowMs?: () => number) {
  const perMinute = runtime.config.rateLimitPerMinute
  const allowance = { burst: perMinute, perSecond: perMinute / 60 }
  const credentials = tokenBuckets(allowance, nowMs)
  const addresses = tokenBuckets(
    { burst: perMinute * addressFactor, perSecond: allowance.perSecond * addressFactor },
    nowMs,
  )
  const failing = tokenBuckets(failures, nowMs)
  const good = new Set<number>()
  // What is remembered of a credential can't be turned back into it.
  const seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0

  return createMiddleware(async (c, next) => {
    if (perMinute === 0 || c.req.method === 'OPTIONS' || isInternalRead(c)) return next()
    const address = networkOf(clientAddress(c, runtime.config))
    const credential = c.req.header('authorization') ?? readSessionCookie(c)
    const mark = credential === undefined ? undefined : fingerprint(credential, seed)
    const isSignIn = c.req.method === 'POST' && signInPaths.includes(c.req.path)
    const tries = isSignIn || (mark !== undefined && !good.has(mark))
    if (tries && failing.look(address).nextInSeconds > 0)
      throw tooMany('Too many tries with credentials that are not known here.', failing.look(address))
    if (!addresses.take(address)) throw tooMany('Too many requests from your address.', addresses.look(address))
    const buckets = mark === undefined ? addresses : credentials
    const key = mark === undefined ? address : String(mark)
    const isAllowed = mark === undefined || credentials.take(key)
    announce(c, buckets.look(key), mark === undefined ? perMinute * addressFactor : perMinute)
    if (!isAllowed) throw tooMany('Too many requests with this credential.', credentials.look(key))
    await next()
    // It answers with nobody where others refuse.
    const isNobody = c.req.path === '/v1/session' && c.req.method === 'GET' && !c.get('principal')
    if (c.res.status === 401 || (mark !== undefined && isNobody)) {
      if (tries) failing.take(address)
      if (mark !== undefined) good.delete(mark)
    } else if (mark !== undefined && c.res.ok && !isSignIn) {
      good.add(mark)
      if (good.size > goodMax) good.delete(good.values().next().value ?? mark)
    }
  })
}

function announce(c: Context, { remaining, fullInSeconds }: Remaining, quota: number): void {
  c.header('RateLimit-Policy', `"default";q=${quota};w=60`)
  c.header('RateLimit', `"default";r=${remaining};t=${fullInSeconds}`)
}

const tooMany = (what: string, { nextInSeconds }: Remaining) =>
  new ApiError('rate_limited', `${what} Wait a moment, then go on more slowly.`, {
    retryAfterSeconds: Math.max(1, nextInSeconds),
  })
