import { and, eq, type SQL, sql } from 'drizzle-orm'
import { Hono } from 'hono'
import {
  createPlaybackId,
  createPlaybackToken,
  type PlaybackId,
  patchPlaybackId,
  playbackIdSchema,
  playbackTokenSchema,
} from '#schema/contracts/playback-id.ts'
import { newId } from '#schema/ids.ts'
import { playbackIds } from '#schema/tables/playback-ids.ts'
import { printPlaybackName } from '../delivery/playback-name.ts'
import { signPlaybackToken } from '../delivery/playback-token.ts'
import { ApiError, notFound } from '../errors.ts'
import { describe } from '../middleware/describe.ts'
import { jsonBody, queryParameters } from '../middleware/validate.ts'
import { publicUrl } from '../public-url.ts'
import { asShown, batchAsRead, isStill } from '../requests/as-read.ts'
import type { Runtime } from '../runtime.ts'
import { raiseRevision } from '../streams/configure.ts'
import { loadLiveStream, presentPlaybackId, requireStream } from '../streams/load.ts'
import { markChanged } from '../streams/mark-changed.ts'
import { pageOfAll, pageQuery, pageSchema } from './page.ts'

/** Playback ids of one live stream at most. */
const playbackIdsMax = 20

/** Public names of one live stream, and who may play it by each. */
export const playbackIdRoutes = (runtime: Runtime) => {
  const { db, now } = runtime

  const listOf = async (streamId: string, request: Request): Promise<readonly PlaybackId[]> =>
    (await loadLiveStream(runtime, streamId, publicUrl(runtime.config, request))).playback_ids

  async function requirePlaybackId(streamId: string, id: string, request: Request): Promise<PlaybackId> {
    const found = (await listOf(streamId, request)).find((each) => each.id === id)
    if (!found) throw notFound('playback id')
    return found
  }

  const isIt = (streamId: string, id: string) => and(eq(playbackIds.id, id), eq(playbackIds.liveStreamId, streamId))

  /** SQL: it is still as the one who changes it has read it; a 404 where there is none. */
  async function unchanged(streamId: string, id: string): Promise<SQL | undefined> {
    await requireStream(db, streamId)
    const [row] = await db.select().from(playbackIds).where(isIt(streamId, id))
    if (!row) throw notFound('playback id')
    return asShown(presentPlaybackId(row), isStill(playbackIds, row, 'policy', 'allowedOrigins', 'tokenKeys'))
  }

  return new Hono()
    .post(
      '/:id/playback-ids',
      describe('Add a playback id', 201, playbackIdSchema),
      jsonBody(createPlaybackId),
      async (c) => {
        const streamId = c.req.param('id')
        if ((await listOf(streamId, c.req.raw)).length >= playbackIdsMax)
          throw new ApiError('conflict', `A live stream has at most ${playbackIdsMax} playback ids; delete one first.`)
        const at = now()
        const rules = c.req.valid('json')
        const id = newId('pb')
        await db.batch([
          db.insert(playbackIds).values({
            id,
            liveStreamId: streamId,
            policy: rules.policy,
            allowedOrigins: rules.allowed_origins,
            tokenKeys: rules.token_keys,
            createdAt: at,
          }),
          raiseRevision(db, streamId, at),
          markChanged(db, streamId, at),
        ])
        return c.json({ id, ...rules }, 201)
      },
    )
    .get(
      '/:id/playback-ids',
      describe('List the playback ids, oldest first', 200, pageSchema(playbackIdSchema)),
      queryParameters(pageQuery),
      async (c) => c.json(pageOfAll(await listOf(c.req.param('id'), c.req.raw), c.req.valid('query'), ({ id }) => id)),
    )
    .get('/:id/playback-ids/:playbackId', describe('Read a playback id', 200, playbackIdSchema), async (c) => {
      const { id: streamId, playbackId } = c.req.param()
      return c.json(await requirePlaybackId(streamId, playbackId, c.req.raw))
    })
    .patch(
      '/:id/playback-ids/:playbackId',
      describe('Change who may play a playback id', 200, playbackIdSchema),
      jsonBody(patchPlaybackId),
      async (c) => {
        const { id: streamId, playbackId: id } = c.req.param()
        const change = c.req.valid('json')
        const at = now()
        const [[row]] = await batchAsRead(db, await unchanged(streamId, id), [
          db
            .update(playbackIds)
            .set({
              // Of nothing, drizzle makes no statement.
              policy: change.policy ?? sql`policy`,
              ...(change.allowed_origins && { allowedOrigins: change.allowed_origins }),
              ...(change.token_keys && { tokenKeys: change.token_keys }),
            })
            .where(isIt(streamId, id))
            .returning(),
          raiseRevision(db, streamId, at),
          markChanged(db, streamId, at),
        ])
        if (!row) throw notFound('playback id')
        return c.json(presentPlaybackId(row))
      },
    )
    .delete('/:id/playback-ids/:playbackId', describe('Delete a playback id', 204), async (c) => {
      const { id: streamId, playbackId: id } = c.req.param()
      const at = now()
      await batchAsRead(db, await unchanged(streamId, id), [
        db.delete(playbackIds).where(isIt(streamId, id)),
        raiseRevision(db, streamId, at),
        markChanged(db, streamId, at),
      ])
      return c.body(null, 204)
    })
    .post(
      '/:id/playback-ids/:playbackId/tokens',
      describe('Make a token for signed playback', 201, playbackTokenSchema),
      jsonBody(createPlaybackToken),
      async (c) => {
        const { id: streamId, playbackId } = c.req.param()
        await requirePlaybackId(streamId, playbackId, c.req.raw)
        const seconds = Math.floor(now().getTime() / 1000) + c.req.valid('json').expires_in_s
        const expiresAt = new Date(seconds * 1000)
        const token = await signPlaybackToken(runtime, playbackId, expiresAt)
        const url = publicUrl(runtime.config, c.req.raw)
        const name = printPlaybackName({ playbackId, token })
        c.header('Cache-Control', 'no-store')
        return c.json(
          {
            token,
            expires_at: expiresAt.toISOString(),
            hls_url: `${url}/live/${name}/index.m3u8`,
            dash_url: `${url}/live/${name}/manifest.mpd`,
            watch_url: `${url}/watch/${name}`,
          },
          201,
        )
      },
    )
}
