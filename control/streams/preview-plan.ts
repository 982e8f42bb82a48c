import * as v from 'valibot'
import { destinationUrl, misfitOf } from '#schema/contracts/destination-address.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { PackagingSettings } from '#schema/contracts/packaging.ts'
import type { PlanAnswer, PlanRequestBody } from '#schema/contracts/plan.ts'
import type { PlatformId } from '#schema/contracts/platform.ts'
import type { SourceDescription } from '#schema/contracts/source.ts'
import { packagingFigures } from '#schema/packaging.ts'
import type { BroadcastPlan } from '#schema/plan/broadcast-plan.ts'
import { framesPerSecond } from '#schema/plan/frame-rate.ts'
import { loadOf } from '#schema/plan/load.ts'
import { sizeOf } from '#schema/plan/plan.ts'
import { roundUnits } from '#schema/plan/planned-encodes.ts'
import {
  assumedSource,
  availableUnits,
  destinationOf,
  type EncodeSettings,
  encodesOf,
  planEncodes,
  sourceLike,
} from './plan-stream.ts'
import { type LoadedWorker, roomsFor } from './worker-room.ts'

type PreviewSettings = EncodeSettings & { readonly packaging: PackagingSettings }

/** What a request asks for, with what the stream has, or a new one would have, in place of what it leaves out. */
export function previewSettings(request: PlanRequestBody, stream: LiveStream | undefined): PreviewSettings {
  const base: PreviewSettings = stream ?? newStream
  const { encoder_preset } = request
  return {
    latency_mode: request.latency_mode ?? base.latency_mode,
    ladder: request.ladder ?? base.ladder,
    encoder_preset: encoder_preset === undefined ? base.encoder_preset : encoder_preset,
    encoder: request.encoder ?? base.encoder,
    no_software_fallback: request.no_software_fallback ?? base.no_software_fallback,
    upscale: request.upscale ?? base.upscale,
    upscale_height: request.upscale_height ?? base.upscale_height,
    packaging: request.packaging ?? base.packaging,
  }
}

/** What a configuration would make, for whom, and what it would cost on this worker. Pure. */
export function previewPlan(
  request: PlanRequestBody,
  stream: LiveStream | undefined,
  worker: LoadedWorker | undefined,
  /** What its source sends, or sent last. */
  lastSource?: SourceDescription,
): PlanAnswer {
  const settings = previewSettings(request, stream)
  const known = request.source ? undefined : lastSource
  const source = known ?? sourceLike(request.source ?? assumedSource)
  const wanted = request.destinations ?? stream?.destinations ?? []
  const destinations = wanted.map(({ id, platform, profile, url, ...stored }, index) => ({
    ...{ id: id ?? String(index), platform: platform as PlatformId, profile },
    enabled: !('enabled' in stored) || stored.enabled,
    misfit: url === undefined ? undefined : addressFault(platform, url),
  }))
  const rooms = roomsFor(worker, stream?.id)
  const possible = destinations.filter(({ misfit }) => misfit === undefined)
  const { encoder, plan, issues } = planEncodes(settings, source, possible, rooms)
  const encodes = encodesOf({ plan })
  const naive = withoutSharing(plan, source)
  const figures = packagingFigures(settings.latency_mode, settings.packaging)
  const { width, height, fps } = source.video ?? assumedSource
  return {
    source: {
      ...{ width, height, fps: fps ?? assumedSource.fps },
      bitrate_kbps: source.bitrate_kbps,
      is_assumed: !known && !request.source,
    },
    worker: worker ? { id: worker.id, name: worker.name, encode_units: worker.capacity.encode_units } : null,
    ...{ encoder, encodes },
    destinations: destinations.map(({ misfit, enabled: _, ...wanted }) => ({
      ...wanted,
      ...destinationOf(wanted, plan, encodes, source),
      ...(misfit !== undefined && { refusal: misfit }),
    })),
    encode_units: { needed: roundUnits(plan.encodeUnits), available: availableUnits(rooms, encoder) },
    without_sharing: naive,
    encodes_saved: naive.encodes - encodes.filter(({ from }) => from !== 'source').length,
    packaging: {
      part_s: figures.partTargetSeconds,
      segment_s: figures.segmentSeconds,
      window_segments: figures.windowSegments,
      keyframe_interval_s: figures.gopSeconds,
    },
    issues: [...issues, ...plan.viewers.issues],
  }
}

/** What would be said of such an address if a destination were made of it. */
function addressFault(platform: string, url: string): string | undefined {
  const checked = v.safeParse(destinationUrl, url)
  if (!checked.success) return checked.issues[0].message
  return misfitOf({ platform, url: checked.output, hasKey: true, hasPassphrase: false })?.detail
}

/** What it would take if every destination that is not sent the source had an encoder, and a decoder, of its own. */
function withoutSharing({ viewers, feeds, destinations }: BroadcastPlan, source: SourceDescription) {
  const plans = [viewers.plan, ...feeds]
  const alone = destinations.flatMap(({ feedId, renditionId, refusal }) => {
    const plan = plans.find((each) => (each.feedId ?? null) === feedId)
    const rendition = plan?.renditions.find(({ id }) => id === renditionId)
    if (!plan || !rendition || plan.passthrough?.copiesVideo || refusal !== undefined) return []
    return [loadOf([rendition], sizeOf(source.video), framesPerSecond(plan.fps), plan).encodeUnits]
  })
  const ofViewers = viewers.plan.passthrough?.copiesVideo ? 0 : viewers.plan.renditions.length
  return {
    encodes: ofViewers + alone.length,
    encode_units: roundUnits(alone.reduce((sum, units) => sum + units, viewers.encodeUnits)),
  }
}

/** As contracts/live-stream.ts has it. */
const newStream: PreviewSettings = {
  ...{ latency_mode: 'tutorial', ladder: { preset: 'auto' }, encoder_preset: null, encoder: 'auto' },
  ...{ no_software_fallback: false, upscale: 'off', upscale_height: 1080 },
  packaging: { part_s: null, segment_s: null, window_segments: null },
}
