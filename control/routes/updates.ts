import { Hono } from 'hono'
import * as v from 'valibot'
import { type Principal, principalOf } from '../access/principal.ts'
import { ApiError, notFound } from '../errors.ts'
import { mayStill } from '../middleware/auth.ts'
import { describe } from '../middleware/describe.ts'
import { queryParameters } from '../middleware/validate.ts'
import { publicUrl } from '../public-url.ts'
import { createPlaces } from '../requests/places.ts'
import type { Runtime } from '../runtime.ts'
import { requireStream } from '../streams/load.ts'
import { UpdateFeed } from '../streams/update-feed.ts'
import { watchUpdates } from '../streams/watch-updates.ts'

/** Watchers of one process at most, and of one token. */
const watchersMax = 500
const ownWatchersMax = 100

const updateQuery = v.strictObject({
  /** Only what is about this live stream. */
  live_stream_id: v.optional(v.pipe(v.string(), v.maxLength(64))),
})

/**
 * Live updates as Server-Sent Events. On Node one reader of the database serves all watchers of the process, as soon as
 * something changes; edge requests must not wait for each other, so there each reads for itself, once a second.
 */
export const updateRoutes = (runtime: Runtime) => {
  const takePlace = createPlaces(watchersMax, ownWatchersMax)
  /** By the public address, which stands in what is told of streams. Those without watchers are let go. */
  const feeds = new Map<string, UpdateFeed>()

  function feedFor(url: string): UpdateFeed {
    if (!runtime.pulse.isShared) return new UpdateFeed(runtime, url)
    for (const [known, feed] of feeds) if (feed.isIdle) feeds.delete(known)
    const feed = feeds.get(url) ?? new UpdateFeed(runtime, url)
    feeds.set(url, feed)
    return feed
  }

  return new Hono<{ Variables: { principal: Principal } }>().get(
    '/',
    describe('Watch live streams and events', 200, undefined, ['text/event-stream']),
    queryParameters(updateQuery),
    async (c) => {
      const principal = principalOf(c)
      const wanted = c.req.valid('query').live_stream_id ?? null
      if (wanted !== null && principal.liveStreamId !== null && wanted !== principal.liveStreamId)
        throw notFound('live stream')
      if (wanted !== null) await requireStream(runtime.db, wanted)
      const onEnd = takePlace(principal.tokenId)
      if (!onEnd)
        throw new ApiError('rate_limited', 'Too many pages are watching. Close some, or try again in a minute.', {
          retryAfterSeconds: 60,
        })
      const body = await watchUpdates(runtime, {
        feed: feedFor(publicUrl(runtime.config, c.req.raw)),
        liveStreamId: wanted ?? principal.liveStreamId,
        lastEventId: c.req.header('last-event-id'),
        isAllowed: () => mayStill(runtime, c),
        onEnd,
      })
      return c.body(body, 200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        // nginx holds nothing back then.
        'x-accel-buffering': 'no',
      })
    },
  )
}
