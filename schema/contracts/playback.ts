import * as v from 'valibot'
import { streamStatuses } from '../enums.ts'
import { copyrightProfile } from './settings.ts'

/**
 * Answer of `GET /v1/playback/:playback_id`: what a player needs, and nothing that is not for everybody.
 * Cacheable for two seconds; players poll it while they wait.
 */
export const playbackSchema = v.strictObject({
  playback_id: v.string(),
  /** The stream's name, as viewers may read it. */
  title: v.string(),
  /** Whose it is; null in all three: nobody is named. */
  copyright: copyrightProfile,
  /** `reconnecting` also while another worker is to go on with the broadcast, for the stream's `reconnect_window`. */
  status: v.picklist(streamStatuses),
  /** True once playlists can be fetched: `active` or `reconnecting`, with media ready. */
  playable: v.boolean(),
  /** From the root of control, or a whole address where the operator has a CDN; so are the two others. */
  hls_url: v.string(),
  dash_url: v.string(),
  snapshot_url: v.string(),
  /** Milliseconds of Unix time at the server, for players that measure latency. */
  server_time_ms: v.number(),
})
export type Playback = v.InferOutput<typeof playbackSchema>
