import { eq } from 'drizzle-orm'
import { Hono } from 'hono'
import { type Playback, playbackSchema } from '#schema/contracts/playback.ts'
import { liveStreamStates, liveStreams } from '#schema/tables/live-streams.ts'
import { playbackIds } from '#schema/tables/playback-ids.ts'
import { isOnAir } from '#schema/transitions.ts'
import { ApiError } from '../errors.ts'
import { describe } from '../middleware/describe.ts'
import type { Runtime } from '../runtime.ts'
import { readSettings, selectSettings } from '../settings/install-settings.ts'

/** What players ask while they wait. Public, and good for two seconds. */
export const playbackRoutes = ({ db, now }: Runtime) =>
  new Hono().get('/:playbackId', describe('Read what a player needs to know', 200, playbackSchema), async (c) => {
    const id = c.req.param('playbackId')
    const [[found], settings] = await db.batch([
      db
        .select({ title: liveStreams.name, status: liveStreamStates.status, playable: liveStreamStates.playable })
        .from(playbackIds)
        .innerJoin(liveStreams, eq(liveStreams.id, playbackIds.liveStreamId))
        .innerJoin(liveStreamStates, eq(liveStreamStates.liveStreamId, playbackIds.liveStreamId))
        .where(eq(playbackIds.id, id)),
      selectSettings(db),
    ])
    if (!found) throw new ApiError('not_found', 'There is no stream with this playback id. Check the address.')
    const { title, status, playable } = found
    const media = `/live/${id}`
    const answer: Playback = {
      playback_id: id,
      title,
      copyright: readSettings(settings).copyright_profile,
      status,
      playable: playable && isOnAir(status),
      hls_url: `${media}/index.m3u8`,
      dash_url: `${media}/manifest.mpd`,
      snapshot_url: `${media}/snapshot.jpg`,
      server_time_ms: now().getTime(),
    }
    c.header('Cache-Control', 'public, max-age=2')
    return c.json(answer)
  })
