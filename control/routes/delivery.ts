import { Hono } from 'hono'
import { createLocator } from '../delivery/locate.ts'
import { readMediaRequest } from '../delivery/media-cache.ts'
import { fetchFromOrigin } from '../delivery/origin.ts'
import { ApiError } from '../errors.ts'
import type { Runtime } from '../runtime.ts'

/** Media of a playback id, from the worker that has it, through the cache near the viewer. */
export const deliveryRoutes = (runtime: Runtime) => {
  const locate = createLocator(runtime)

  return new Hono().get('/:playbackId/*', async (c) => {
    const originUrl = await locate(c.req.param('playbackId'))
    if (originUrl === undefined)
      throw new ApiError('not_found', 'There is no stream with this playback id. Check the address.')
    if (originUrl === null)
      throw new ApiError('not_found', 'This stream has not been on air yet. Try again once it is.')
    const { key, cacheable } = readMediaRequest(new URL(c.req.url))
    const client = c.req.raw.signal
    if (c.req.raw.method === 'HEAD') return fetchFromOrigin(originUrl, key, 'HEAD', client)
    if (!cacheable) return fetchFromOrigin(originUrl, key, 'GET', client)
    return runtime.mediaCache.serve(key, (signal) => fetchFromOrigin(originUrl, key, 'GET', signal), client)
  })
}
