import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { forwardToWorker, locatePublisher } from '../delivery/whip.ts'
import { ApiError } from '../errors.ts'
import { describe } from '../middleware/describe.ts'
import { mediaHeaders, publicResource } from '../middleware/security-headers.ts'
import type { Runtime } from '../runtime.ts'

/** An SDP offer of a browser has some 8 KiB. */
const bodyLimitBytes = 64 * 1024

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

  return new Hono()
    .use('/:liveStreamId/whip', publicResource, mediaHeaders, corsFor('POST, OPTIONS'), smallBody)
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
