import { asc, eq } from 'drizzle-orm'
import { Hono } from 'hono'
import { playbackIds } from '#schema/tables/playback-ids.ts'
import { createDelivery } from '../delivery/deliver.ts'
import { playbacksOf } from '../delivery/playbacks.ts'
import { ApiError } from '../errors.ts'
import { describe } from '../middleware/describe.ts'
import { mediaHeaders } from '../middleware/security-headers.ts'
import type { Runtime } from '../runtime.ts'
import { requireStream } from '../streams/load.ts'

/** The latest picture of a live stream for whoever may read it, whatever its playback ids ask of viewers. */
export const snapshotRoutes = (runtime: Runtime) => {
  const { find } = playbacksOf(runtime)
  const deliver = createDelivery(runtime, find)
  return new Hono().get(
    '/:id/snapshot.jpg',
    mediaHeaders,
    describe('Read the latest picture', 200, undefined, ['image/jpeg']),
    async (c) => {
      const id = c.req.param('id')
      await requireStream(runtime.db, id)
      const [known] = await runtime.db
        .select({ id: playbackIds.id })
        .from(playbackIds)
        .where(eq(playbackIds.liveStreamId, id))
        .orderBy(asc(playbackIds.createdAt))
        .limit(1)
      const playback = known && (await find(known.id))
      if (!playback)
        throw new ApiError('not_found', 'This stream has no playback id, so nothing is made of it to look at.')
      const answer = await deliver(playback, {
        ...{ method: 'GET', path: `/live/${playback.playbackId}/snapshot.jpg`, cacheable: true },
        signal: c.req.raw.signal,
        place: undefined,
      })
      if (!answer.ok) throw new ApiError('not_found', 'There is no picture of this stream yet. Try again in a moment.')
      const picture = new Response(answer.body, answer)
      picture.headers.set('Cache-Control', 'no-store')
      return picture
    },
  )
}
