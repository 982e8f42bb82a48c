import { asc, inArray } from 'drizzle-orm'
import { joinLabels } from '#schema/contracts/placement.ts'
import type { VideoEncoder } from '#schema/enums.ts'
import type { Load } from '#schema/plan/load.ts'
import { destinations } from '#schema/tables/destinations.ts'
import { liveStreamStates, liveStreams } from '#schema/tables/live-streams.ts'
import type { Database } from '../db/database.ts'
import { assumedSource, planEncodes, sourceLike } from '../streams/plan-stream.ts'
import type { StreamNeeds } from './place.ts'

/**
 * What these live streams need of a worker, by the rules by which workers plan: for the source that was seen last, else for
 * what most encoders send. What was deleted meanwhile is left out.
 */
export async function loadNeeds(db: Database, ids: readonly string[]): Promise<ReadonlyMap<string, StreamNeeds>> {
  if (ids.length === 0) return new Map()
  // Not a batch: that would wait for whoever writes.
  const [streams, states, wanted] = await Promise.all([
    db
      .select()
      .from(liveStreams)
      .where(inArray(liveStreams.id, [...ids])),
    db
      .select({ id: liveStreamStates.liveStreamId, lastSource: liveStreamStates.lastSource })
      .from(liveStreamStates)
      .where(inArray(liveStreamStates.liveStreamId, [...ids])),
    db
      .select({
        ...{ id: destinations.id, liveStreamId: destinations.liveStreamId, platform: destinations.platform },
        ...{ profile: destinations.profile, enabled: destinations.enabled },
      })
      .from(destinations)
      .where(inArray(destinations.liveStreamId, [...ids]))
      .orderBy(asc(destinations.createdAt), asc(destinations.id)),
  ])
  const sources = new Map(states.map(({ id, lastSource }) => [id, lastSource]))
  const wantedOf = Map.groupBy(wanted, ({ liveStreamId }) => liveStreamId)
  return new Map(
    streams.map((stream) => {
      const source = sources.get(stream.id) ?? sourceLike(assumedSource)
      const settings = {
        ...{ latency_mode: stream.latencyMode, ladder: stream.ladder, encoder_preset: stream.encoderPreset },
        ...{ no_software_fallback: stream.noSoftwareFallback },
        ...{ upscale: stream.upscale, upscale_height: stream.upscaleHeight },
      }
      const loadOn = (encoder: VideoEncoder): Load => {
        const rooms = [...new Set([encoder, 'software' as const])].map((name) => ({ name, encodeUnits: Infinity }))
        return planEncodes({ ...settings, encoder }, source, wantedOf.get(stream.id) ?? [], rooms).plan
      }
      const { encoder, noSoftwareFallback } = stream
      const labels = joinLabels(stream.placement.labels)
      return [stream.id, { labels, encoder, noSoftwareFallback, loadOn: remembered(loadOn) }]
    }),
  )
}

/** Plans once per encoder. */
function remembered(loadOn: (encoder: VideoEncoder) => Load): (encoder: VideoEncoder) => Load {
  const loads = new Map<VideoEncoder, Load>()
  return (encoder) => {
    const load = loads.get(encoder) ?? loadOn(encoder)
    loads.set(encoder, load)
    return load
  }
}
