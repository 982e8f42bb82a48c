import { Hono } from 'hono'
import { type Playback, playbackSchema } from '#schema/contracts/playback.ts'
import { isOnAir } from '#schema/transitions.ts'
import type { Admission } from '../delivery/admit.ts'
import { printPlaybackName, readPlaybackName } from '../delivery/playback-name.ts'
import { playbacksOf } from '../delivery/playbacks.ts'
import { ApiError } from '../errors.ts'
import { describe } from '../middleware/describe.ts'
import type { Runtime } from '../runtime.ts'
import { admitted } from './delivery.ts'

/** What players ask while they wait: `pb_…`, or `pb_…~<token>` for signed playback. Good for two seconds. */
export const playbackRoutes = (runtime: Runtime) => {
  const { find, admit } = playbacksOf(runtime)
  return new Hono<{ Variables: { admission: Admission } }>()
    .use('/:playbackId', admitted)
    .get('/:playbackId', describe('Read what a player needs to know', 200, playbackSchema), async (c) => {
      const name = readPlaybackName(c.req.param('playbackId'))
      const found = await find(name.playbackId)
      if (!found) throw new ApiError('not_found', 'There is no stream with this playback id. Check the address.')
      c.set('admission', await admit(found, name.token, c.req.raw))
      const media = `/live/${found.policy === 'signed' ? printPlaybackName(name) : name.playbackId}`
      const answer: Playback = {
        playback_id: found.playbackId,
        title: found.title,
        copyright: found.copyright,
        status: found.status,
        playable: found.playable && isOnAir(found.status),
        hls_url: `${media}/index.m3u8`,
        dash_url: `${media}/manifest.mpd`,
        snapshot_url: `${media}/snapshot.jpg`,
        server_time_ms: runtime.now().getTime(),
      }
      c.header('Cache-Control', 'public, max-age=2')
      return c.json(answer)
    })
}
