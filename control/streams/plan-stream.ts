import type { LiveStream, StreamPlan } from '#schema/contracts/live-stream.ts'
import type { PlannedDestination, PlannedEncode } from '#schema/contracts/planned-encode.ts'
import type { SourceDescription } from '#schema/contracts/source.ts'
import { type BroadcastPlan, refusalFix } from '#schema/plan/broadcast-plan.ts'
import { type EncoderPlan, type EncoderRoom, planByEncoder } from '#schema/plan/encoder-choice.ts'
import { usableShare } from '#schema/plan/plan.ts'
import { encodeId, plannedEncodes, roundUnits } from '#schema/plan/planned-encodes.ts'
import { limitsOf } from '#schema/plan/platform-limits.ts'
import { plannedDestination } from './planned-destination.ts'

/** What of a live stream's configuration decides what is encoded. */
export type EncodeSettings = Pick<
  LiveStream,
  'latency_mode' | 'ladder' | 'encoder_preset' | 'encoder' | 'no_software_fallback' | 'upscale' | 'upscale_height'
>

/** Nothing is made for one that is paused. */
export type WantedDestination = Pick<LiveStream['destinations'][number], 'id' | 'platform' | 'profile'> & {
  readonly enabled?: boolean
}

/** Taken while nothing is known of a source: what most encoders send. */
export const assumedSource = { width: 1920, height: 1080, fps: 30 }

/** What this configuration makes, by the rules by which workers plan. */
export const planEncodes = (
  settings: EncodeSettings,
  source: SourceDescription,
  destinations: readonly WantedDestination[],
  rooms: readonly EncoderRoom[],
): EncoderPlan =>
  planByEncoder(
    {
      latencyMode: settings.latency_mode,
      ladder: settings.ladder,
      encoderPreset: settings.encoder_preset,
      source,
      ...(settings.upscale !== 'off' && { upscaling: { method: settings.upscale, height: settings.upscale_height } }),
      destinations: destinations
        .filter(({ enabled = true }) => enabled)
        .map(({ id, platform, profile }) => ({ id, profile, limitsOf: limitsOf(platform) })),
    },
    { encoder: settings.encoder, noSoftwareFallback: settings.no_software_fallback },
    rooms,
  )

/** What a live stream would make now, for the source that is known or what most encoders send. */
export function planStream(
  settings: EncodeSettings,
  source: SourceDescription | null,
  destinations: readonly WantedDestination[],
  rooms: readonly EncoderRoom[],
): StreamPlan {
  const known = source?.video ? source : sourceLike(assumedSource)
  const { encoder, plan, issues } = planEncodes(settings, known, destinations, rooms)
  const encodes = encodesOf({ plan })
  return {
    ...{ is_running: false, encoder, encodes },
    destinations: destinations.map((wanted) => destinationOf(wanted, plan, encodes, known)),
    encode_units: { needed: roundUnits(plan.encodeUnits), available: availableUnits(rooms, encoder) },
    issues: [...issues, ...plan.viewers.issues],
  }
}

/** What becomes of one destination. */
export function destinationOf(
  { id, platform }: WantedDestination,
  plan: BroadcastPlan,
  encodes: readonly PlannedEncode[],
  source: SourceDescription,
): PlannedDestination {
  const planned = plan.destinations.find((each) => each.id === id)
  const encode = planned && encodes.find((each) => each.id === encodeId(planned.feedId, planned.renditionId))
  const refusal = planned?.refusal === undefined ? null : `${planned.refusal} ${refusalFix}`
  return plannedDestination({ id, platform, encode, refusal, adjustments: [...(planned?.adjustments ?? [])] }, source)
}

/** All that a plan makes, and for whom. Nothing is made for who is refused. */
export const encodesOf = ({ plan }: Pick<EncoderPlan, 'plan'>) =>
  plannedEncodes([plan.viewers.plan, ...plan.feeds], ({ feedId = null }, renditionId) =>
    plan.destinations
      .filter((each) => each.feedId === feedId && each.renditionId === renditionId && each.refusal === undefined)
      .map(({ id }) => id),
  )

/** What of that encoder may be planned to be used; null where nobody knows. */
export function availableUnits(rooms: readonly EncoderRoom[], encoder: EncoderRoom['name']): number | null {
  const units = rooms.find(({ name }) => name === encoder)?.encodeUnits
  return units === undefined || units === Number.POSITIVE_INFINITY ? null : roundUnits(units * usableShare)
}

/** A source as encoders send it. */
export const sourceLike = (
  picture: typeof assumedSource & { readonly bitrate_kbps?: number | undefined },
): SourceDescription => ({
  protocol: 'rtmp',
  video: {
    ...{ codec: 'h264', profile: 'High', width: picture.width, height: picture.height, fps: picture.fps },
    ...{ keyframe_interval_s: 2, b_frames: false },
  },
  audio: { codec: 'aac', sample_rate: 48_000, channels: 2 },
  bitrate_kbps: picture.bitrate_kbps ?? null,
  encoder: null,
})
