import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { clientAddress, networkOf } from '../client-address.ts'
import { forwardToWorker, locatePublisher } from '../delivery/whip.ts'
import { ApiError } from '../errors.ts'
import { describe } from '../middleware/describe.ts'
import { mediaHeaders, publicResource } from '../middleware/security-headers.ts'
import { type Allowance, tokenBuckets } from '../requests/token-buckets.ts'
import type { Runtime } from '../runtime.ts'

/** An SDP offer of a browser has some 8 KiB. */
const bodyLimitBytes = 64 * 1024

/**
 * Publishers that are let in nowhere, of one address: 300 at once, then five each second. Encoders with a wrong key, each of
 * which tries again every second or two, do not get there; whoever floods workers and the database with made-up keys does.
 */
const refusals: Allowance = { burst: 300, perSecond: 5 }

/**
 * WHIP (RFC 9725): publishers over WebRTC come here, and are handed to the worker that takes their stream. Only these
 * few requests pass through; picture and sound go to the worker directly.
 */
export const whipRoutes = (runtime: Runtime) => {
  async function forward(c: Context, isNew: boolean): Promise<Response> {
    const { pathname, searchParams } = new URL(c.req.url)
    const name = isNew ? 'input' : 'complete'
    const value = searchParams.get(name)
    const query = value === null ? '' : `?${name}=${encodeURIComponent(value)}`
    const locate = () => locatePublisher(runtime, c.req.param('liveStreamId') ?? '', isNew)
    return forwardToWorker(locate, `${pathname}${query}`, c.req.raw)
  }

  const refused = tokenBuckets(refusals)
  const notTooMany = createMiddleware(async (c, next) => {
    if (c.req.method !== 'POST' || runtime.config.rateLimitPerMinute === 0) return next()
    const network = networkOf(clientAddress(c, runtime.config))
    const { nextInSeconds } = refused.look(network)
    if (nextInSeconds > 0)
      throw new ApiError(
        'rate_limited',
        'Too many publishers from your address were not let in. Check the stream key, and try again in a moment.',
        { retryAfterSeconds: nextInSeconds },
      )
    await next()
    if ([401, 403, 404].includes(c.res.status)) refused.take(network)
  })

  return new Hono()
    .use('/:liveStreamId/whip', publicResource, mediaHeaders, corsFor('POST, OPTIONS'), smallBody, notTooMany)
    .use('/:liveStreamId/whip/:sessionId', publicResource, mediaHeaders, corsFor('PATCH, DELETE, OPTIONS'), smallBody)
    .options('/:liveStreamId/whip', (c) => c.body(null, 204, { 'accept-post': 'application/sdp' }))
    .options('/:liveStreamId/whip/:sessionId', (c) =>
      c.body(null, 204, { 'accept-patch': 'application/trickle-ice-sdpfrag' }),
    )
    .post(
      '/:liveStreamId/whip',
      describe('Publish over WebRTC: an SDP offer for an answer (WHIP, RFC 9725)', 201, undefined, ['application/sdp']),
      (c) => forward(c, true),
    )
    .patch(
      '/:liveStreamId/whip/:sessionId',
      describe('Tell more of the way to a publisher (trickle ICE)', 200, undefined, [
        'application/trickle-ice-sdpfrag',
      ]),
      (c) => forward(c, false),
    )
    .delete('/:liveStreamId/whip/:sessionId', describe('End publishing', 200), (c) => forward(c, false))
    .all('/:liveStreamId/whip', () => {
      throw new ApiError('method_not_allowed', 'This is where encoders publish to over WebRTC; it takes POST.')
    })
    .all('/:liveStreamId/whip/:sessionId', () => {
      throw new ApiError('method_not_allowed', 'This is a publishing session; it takes PATCH and DELETE.')
    })
}

/** Pages of any site may publish: what lets them in is the stream key that they hold, never a cookie. */
const corsFor = (methods: string) =>
  createMiddleware(async (c, next) => {
    await next()
    c.header('Access-Control-Allow-Origin', '*')
    c.header('Access-Control-Expose-Headers', 'Location, ETag, Link, Accept-Post, Accept-Patch, Retry-After')
    c.header('Cache-Control', 'no-store')
    if (c.req.method === 'OPTIONS' || c.res.status === 405) c.header('Allow', methods)
    if (c.req.method === 'OPTIONS') {
      c.header('Access-Control-Allow-Methods', methods)
      c.header('Access-Control-Allow-Headers', 'Authorization, Content-Type, If-Match')
      c.header('Access-Control-Max-Age', '86400')
    }
  })

const smallBody = bodyLimit({
  maxSize: bodyLimitBytes,
  onError: () => {
    throw new ApiError('body_too_large', `The body may have ${bodyLimitBytes / 1024} KiB at most.`)
  },
})
