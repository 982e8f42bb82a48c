import { and, eq } from 'drizzle-orm'
import { Hono } from 'hono'
import * as v from 'valibot'
import { playbackIdSchema } from '#schema/contracts/playback.ts'
import { newId } from '#schema/ids.ts'
import { playbackIds } from '#schema/tables/playback-ids.ts'
import { ApiError, notFound } from '../errors.ts'
import { describe } from '../middleware/describe.ts'
import { jsonBody } from '../middleware/validate.ts'
import { publicUrl } from '../public-url.ts'
import type { Runtime } from '../runtime.ts'
import { raiseRevision } from '../streams/configure.ts'
import { loadLiveStream } from '../streams/load.ts'
import { markChanged } from '../streams/mark-changed.ts'
import { pageSchema } from './page.ts'

const createPlaybackId = v.strictObject({
  policy: v.optional(
    v.picklist(['public'], 'Only public playback exists for now; signed playback comes with a later version.'),
    'public',
  ),
})

/** Playback ids of one live stream at most. */
const playbackIdsMax = 20

/** Public names of one live stream. */
export const playbackIdRoutes = (runtime: Runtime) =>
  new Hono()
    .post(
      '/:id/playback-ids',
      describe('Add a playback id', 201, playbackIdSchema),
      jsonBody(createPlaybackId),
      async (c) => {
        const { db, now } = runtime
        const streamId = c.req.param('id')
        const stream = await loadLiveStream(runtime, streamId, publicUrl(runtime.config, c.req.raw))
        if (stream.playback_ids.length >= playbackIdsMax)
          throw new ApiError('conflict', `A live stream has at most ${playbackIdsMax} playback ids; delete one first.`)
        const at = now()
        const { policy } = c.req.valid('json')
        const id = newId('pb')
        await db.batch([
          db.insert(playbackIds).values({ id, liveStreamId: streamId, policy, createdAt: at }),
          raiseRevision(db, streamId, at),
          markChanged(db, streamId, at),
        ])
        return c.json({ id, policy }, 201)
      },
    )
    .get(
      '/:id/playback-ids',
      describe('List the playback ids, oldest first', 200, pageSchema(playbackIdSchema)),
      async (c) => {
        const { playback_ids: data } = await loadLiveStream(
          runtime,
          c.req.param('id'),
          publicUrl(runtime.config, c.req.raw),
        )
        return c.json({ data, next_cursor: null })
      },
    )
    .delete('/:id/playback-ids/:playbackId', describe('Delete a playback id', 204), async (c) => {
      const { db, now } = runtime
      const { id: streamId, playbackId: id } = c.req.param()
      const { playback_ids } = await loadLiveStream(runtime, streamId, publicUrl(runtime.config, c.req.raw))
      if (!playback_ids.some((each) => each.id === id)) throw notFound('playback id')
      const at = now()
      await db.batch([
        db.delete(playbackIds).where(and(eq(playbackIds.id, id), eq(playbackIds.liveStreamId, streamId))),
        raiseRevision(db, streamId, at),
        markChanged(db, streamId, at),
      ])
      return c.body(null, 204)
    })
