import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { PlanAnswer, PlanRequestBody } from '#schema/contracts/plan.ts'
import type { PlatformId } from '#schema/contracts/platform.ts'
import type { SourceDescription } from '#schema/contracts/source.ts'
import { planBroadcast } from '#schema/plan/broadcast-plan.ts'
import { framesPerSecond } from '#schema/plan/frame-rate.ts'
import { encodeCost } from '#schema/plan/ladder.ts'
import { type EncodePlan, usableShare } from '#schema/plan/plan.ts'
import { limitsOf } from '#schema/plan/platform-limits.ts'
import { sentMedia } from '#schema/plan/sent-media.ts'
import { platformOf } from '#schema/platforms.ts'
import type { WorkerRow } from '#schema/tables/workers.ts'

/** What is taken for a source of which nothing is known: what most encoders send. */
const assumedSource = { width: 1920, height: 1080, fps: 30 }

/**
 * What a configuration would make, for whom, and what it would cost on this worker. `stream` gives what the request leaves
 * out. Pure: the worker plans with the same rules once a source is there.
 */
export function previewPlan(
  request: PlanRequestBody,
  stream: LiveStream | undefined,
  worker: Pick<WorkerRow, 'id' | 'name' | 'capacity'> | undefined,
): PlanAnswer {
  const known = request.source ? undefined : (stream?.source.now ?? undefined)
  const source = known?.video ? known : described(request.source ?? assumedSource)
  const destinations = (request.destinations ?? stream?.destinations ?? []).map((each, index) => ({
    id: each.id ?? String(index),
    platform: each.platform as PlatformId,
    profile: each.profile,
  }))
  const available = worker?.capacity.encode_units ?? null
  const plan = planBroadcast({
    latencyMode: request.latency_mode ?? stream?.latency_mode ?? 'tutorial',
    ladder: request.ladder ?? stream?.ladder ?? { preset: 'auto' },
    encoderPreset: request.encoder_preset ?? stream?.encoder_preset ?? null,
    source,
    encodeUnits: available ?? Number.POSITIVE_INFINITY,
    destinations: destinations.map(({ id, platform, profile }) => ({ id, profile, limitsOf: limitsOf(platform) })),
  })
  const usersOf = (feedId: string | undefined, rendition: string) =>
    plan.destinations
      .filter((each) => each.feedId === (feedId ?? null) && each.renditionId === rendition)
      .map(({ id }) => id)
  const { width, height, fps } = source.video ?? assumedSource
  return {
    source: {
      ...{ width, height, fps: fps ?? assumedSource.fps },
      bitrate_kbps: source.bitrate_kbps,
      is_assumed: !known && !request.source,
    },
    worker: worker ? { id: worker.id, name: worker.name, encode_units: worker.capacity.encode_units } : null,
    encodes: [plan.viewers.plan, ...plan.feeds].flatMap((made) =>
      sentMedia(made).map((media, index) => {
        const rendition = made.renditions[index]!
        const users = usersOf(made.feedId, rendition.id)
        return {
          id: encodeId(made.feedId, rendition.id),
          ...media,
          encode_units: unitsOf(made, index),
          used_by: made.feedId === undefined ? ['viewers', ...users] : users,
        }
      }),
    ),
    destinations: destinations.map((destination) => {
      const planned = plan.destinations.find(({ id }) => id === destination.id)
      return {
        ...destination,
        encode_id: planned ? encodeId(planned.feedId ?? undefined, planned.renditionId) : '',
        adjustments: [...(planned?.adjustments ?? [])],
        advice: platformOf(destination.platform).advice.map(({ text }) => text),
      }
    }),
    encode_units: {
      needed: round(plan.encodeUnits),
      available: available === null ? null : round(available * usableShare),
    },
    issues: plan.viewers.issues,
  }
}

const encodeId = (feedId: string | undefined, rendition: string) => (feedId === undefined ? rendition : feedId)

/** Without its decode, which all share. */
function unitsOf({ renditions, passthrough, fps, preset }: EncodePlan, index: number): number {
  const rendition = renditions[index]
  if (!rendition || passthrough?.copiesVideo) return 0
  return round(encodeCost([rendition], { width: 0, height: 0 }, framesPerSecond(fps), preset))
}

const round = (units: number) => Math.round(units * 100) / 100

/** A source as encoders send it. */
function described({ width, height, fps, bitrate_kbps }: NonNullable<PlanRequestBody['source']>): SourceDescription {
  return {
    protocol: 'rtmp',
    video: {
      ...{ codec: 'h264', profile: 'High', width, height, fps },
      ...{ keyframe_interval_s: 2, b_frames: false },
    },
    audio: { codec: 'aac', sample_rate: 48_000, channels: 2 },
    bitrate_kbps: bitrate_kbps ?? null,
    encoder: null,
  }
}
