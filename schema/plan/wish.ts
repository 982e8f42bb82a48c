import type { DestinationProfile } from '../contracts/destination-profile.ts'
import { framesPerSecond } from './frame-rate.ts'
import type { Rendition } from './ladder.ts'
import { renditionOverLimit, sourceOverLimit } from './over-limit.ts'
import {
  type Adjustment,
  type FeedEncode,
  type FeedRequest,
  type FreeRates,
  namedHeight,
  planFeed,
} from './own-encode.ts'
import { planPassthrough } from './passthrough-plan.ts'
import { type EncodePlan, type PlanRequest, sizeOf } from './plan.ts'
import type { LimitsOf } from './platform-limits.ts'

/** A destination as the planner sees it. */
export interface PlanDestination {
  readonly id: string
  readonly profile: DestinationProfile
  readonly limitsOf: LimitsOf
}

/** What a destination is to get, before equal encodes are shared and the machine is asked. */
export type Wish = { readonly adjustments: readonly Adjustment[] } & (
  | { readonly kind: 'rendition'; readonly id: string }
  | { readonly kind: 'source' }
  | { readonly kind: 'own'; readonly encode: FeedEncode; readonly freeRates: FreeRates | null }
)

/** Finds what comes nearest to a destination's profile within its platform's limits. `ladder`: the viewers' encodes. */
export function wishOf(destination: PlanDestination, ladder: EncodePlan, request: PlanRequest): Wish {
  const { profile } = destination
  if (typeof profile !== 'string') return ownWish(profile, destination, ladder, request)
  if (profile === 'source') return sourceWish(destination, ladder, request)
  if (ladder.passthrough) {
    const height = namedHeight(profile)
    return height === null
      ? sourceWish(destination, ladder, request)
      : ownWish({ height }, destination, ladder, request)
  }
  const named = ladder.renditions.filter(({ id }) => profile === 'auto' || id === profile)
  const fitting = named.find((rendition) => renditionOverLimit(rendition, ladder, destination.limitsOf) === null)
  if (fitting) return { kind: 'rendition', id: fitting.id, adjustments: [] }
  const [nearest] = named
  if (!nearest) return ownWish({ height: namedHeight(profile) ?? 720 }, destination, ladder, request)
  return ownWish(asWish(nearest, ladder), destination, ladder, request)
}

function ownWish(
  wish: Exclude<DestinationProfile, string>,
  { limitsOf }: PlanDestination,
  ladder: EncodePlan,
  request: PlanRequest,
): Wish {
  const feedRequest: FeedRequest = {
    source: { ...sizeOf(request.source?.video), fps: request.source?.video?.fps ?? null },
    limitsOf,
    audioBitrateKbps: ladder.audioBitrateKbps,
    maxFps: 60,
    upscaling: request.upscaling,
  }
  const gopSeconds = ladder.gopFrames / framesPerSecond(ladder.fps)
  for (const rendition of ladder.passthrough ? [] : ladder.renditions) {
    const like = { videoBitrateKbps: rendition.videoBitrateKbps, gopSeconds }
    const { encode, adjustments } = planFeed(wish, { ...feedRequest, like })
    if (isSame(encode, rendition, ladder)) return { kind: 'rendition', id: rendition.id, adjustments }
  }
  return { kind: 'own', ...planFeed(wish, feedRequest) }
}

/** The source as it came, if it can go out like that and the platform takes it. */
function sourceWish(destination: PlanDestination, ladder: EncodePlan, request: PlanRequest): Wish {
  const { source } = request
  const passed = planPassthrough(request)
  if (!('plan' in passed)) {
    const [top] = ladder.renditions
    const instead = ladder.passthrough || !top ? { height: 1080 } : asWish(top, ladder)
    return explained(ownWish(instead, destination, ladder, request), passed.reason)
  }
  const video = sizeOf(source?.video)
  const height = Math.min(video.width, video.height)
  const reason = source && sourceOverLimit(source, video, destination.limitsOf)
  if (reason === null) return { kind: 'source', adjustments: [] }
  return explained(ownWish({ height: Math.max(120, height & ~1) }, destination, ladder, request), reason)
}

function explained(wish: Wish, reason: string): Wish {
  const given = wish.kind === 'own' ? `${Math.min(wish.encode.width, wish.encode.height)}p` : 'a rendition'
  return {
    ...wish,
    adjustments: [
      { field: 'quality', asked: 'source', given: wish.kind === 'rendition' ? wish.id : given, reason },
      // Its size is told by that.
      ...wish.adjustments.filter(({ field }) => field !== 'height'),
    ],
  }
}

/** A rendition of the viewers' as a wish for an own encode. */
function asWish({ width, height, videoBitrateKbps }: Rendition, plan: EncodePlan): Exclude<DestinationProfile, string> {
  const fps = framesPerSecond(plan.fps)
  return {
    height: Math.min(width, height),
    fps: Math.round(fps * 100) / 100,
    video_bitrate_kbps: videoBitrateKbps,
    audio_bitrate_kbps: plan.audioBitrateKbps,
    keyframe_interval_s: Math.round((plan.gopFrames / fps) * 10) / 10,
  }
}

function isSame(encode: FeedEncode, rendition: Rendition, plan: EncodePlan): boolean {
  return (
    encode.framing === null &&
    encode.width === rendition.width &&
    encode.height === rendition.height &&
    encode.videoBitrateKbps === rendition.videoBitrateKbps &&
    encode.audioBitrateKbps === plan.audioBitrateKbps &&
    framesPerSecond(encode.fps) === framesPerSecond(plan.fps) &&
    Math.round(encode.gopSeconds * framesPerSecond(encode.fps)) === plan.gopFrames
  )
}
