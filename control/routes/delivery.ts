import { Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { Admission } from '../delivery/admit.ts'
import { createDelivery } from '../delivery/deliver.ts'
import { readMediaAddress } from '../delivery/media-cache.ts'
import { readPlaybackName } from '../delivery/playback-name.ts'
import { playbacksOf } from '../delivery/playbacks.ts'
import { ApiError } from '../errors.ts'
import { describe } from '../middleware/describe.ts'
import type { Runtime } from '../runtime.ts'

/** Says which pages may read an answer, and that caches which others share keep nothing that is not for everybody. */
export const admitted = createMiddleware<{ Variables: { admission: Admission } }>(async (c, next) => {
  await next()
  const { headers } = c.res
  const admission = c.get('admission')
  if (!admission) return
  if (admission.openTo === '*') {
    headers.set('Access-Control-Allow-Origin', '*')
    // How long it takes to arrive is no secret either: players choose renditions by it (Resource Timing §4.5).
    headers.set('Timing-Allow-Origin', '*')
  } else {
    headers.append('Vary', 'Origin')
    if (admission.openTo === null) headers.delete('Access-Control-Allow-Origin')
    else headers.set('Access-Control-Allow-Origin', admission.openTo)
  }
  const caching = headers.get('Cache-Control')
  if (!admission.isForAll && caching !== null) headers.set('Cache-Control', caching.replace(/\bpublic\b/, 'private'))
})

/** A page of a site that may not have the media reads nothing of the answer at all. */
const closedToOtherSites = createMiddleware(async (c, next) => {
  await next()
  if (c.error instanceof ApiError && c.error.code === 'site_not_allowed')
    c.res.headers.delete('Access-Control-Allow-Origin')
})

const mediaTypes = ['application/vnd.apple.mpegurl', 'application/dash+xml', 'video/mp4', 'audio/mp4', 'image/jpeg']

/** Media of a playback id. */
export const deliveryRoutes = (runtime: Runtime) => {
  const { find, admit } = playbacksOf(runtime)
  const deliver = createDelivery(runtime, find)

  return new Hono<{ Variables: { admission: Admission } }>()
    .use('/:name/*', closedToOtherSites, admitted)
    .get(
      '/:name/*',
      describe('Read media: playlists, segments and pictures', 200, undefined, mediaTypes),
      async (c) => {
        const { playbackId, token } = readPlaybackName(c.req.param('name'))
        const playback = await find(playbackId)
        if (!playback) throw new ApiError('not_found', 'There is no stream with this playback id. Check the address.')
        const { raw } = c.req
        c.set('admission', await admit(playback, token, raw))
        const { pathname, searchParams } = new URL(raw.url)
        const rest = pathname.slice(pathname.indexOf('/', '/live/'.length))
        return deliver(playback, {
          ...readMediaAddress(`/live/${playbackId}${rest}`, searchParams),
          method: raw.method === 'HEAD' ? 'HEAD' : 'GET',
          signal: raw.signal,
          place: (raw as { cf?: { colo?: string } }).cf?.colo,
        })
      },
    )
}
