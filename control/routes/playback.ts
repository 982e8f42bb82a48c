import { Hono } from 'hono'
import { type Playback, playbackSchema } from '#schema/contracts/playback.ts'
import { isOnAir } from '#schema/transitions.ts'
import { type Admission, isForAll } from '../delivery/admit.ts'
import type { FoundPlayback } from '../delivery/find-playback.ts'
import { printPlaybackName, readPlaybackName } from '../delivery/playback-name.ts'
import { playbacksOf } from '../delivery/playbacks.ts'
import { viewerStatus } from '../delivery/viewer-status.ts'
import { ApiError } from '../errors.ts'
import { describe } from '../middleware/describe.ts'
import { publicUrl } from '../public-url.ts'
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
      const isElsewhere = ![undefined, publicUrl(runtime.config, c.req.raw)].includes(c.req.header('origin'))
      // Our own pages load nothing from elsewhere (Content-Security-Policy).
      const base = isElsewhere ? baseOf(found) : ''
      if (found.baseUrl !== null) c.header('Vary', 'Origin')
      const now = runtime.now()
      const media = `${base}/live/${found.policy === 'signed' ? printPlaybackName(name) : name.playbackId}`
      const answer: Playback = {
        playback_id: found.playbackId,
        title: found.title,
        copyright: found.copyright,
        status: viewerStatus(found, now),
        playable: found.playable && isOnAir(found.status),
        hls_url: `${media}/index.m3u8`,
        dash_url: `${media}/manifest.mpd`,
        snapshot_url: `${media}/snapshot.jpg`,
        server_time_ms: now.getTime(),
      }
      c.header('Cache-Control', 'public, max-age=2')
      return c.json(answer)
    })
}

/** Before the addresses of media: the operator's CDN, or nothing, which means control itself. */
function baseOf(found: FoundPlayback): string {
  if (found.baseUrl === null || !isForAll(found)) return ''
  if (!found.baseUrl.includes('{worker}')) return found.baseUrl
  // No host can be named like that: viewers come to control, which finds the worker by its id.
  if (found.worker === null || !/^[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/i.test(found.worker.name)) return ''
  return found.baseUrl.replace('{worker}', found.worker.name)
}
