import type { DestinationProfile } from '../contracts/destination-profile.ts'
import { framesPerSecond } from './frame-rate.ts'
import type { Rendition } from './ladder.ts'
import {
  type Adjustment,
  type FeedEncode,
  type LimitsOf,
  namedHeight,
  type PlatformLimits,
  planFeed,
} from './own-encode.ts'
import { planPassthrough } from './passthrough-plan.ts'
import { type EncodePlan, type PlanRequest, sizeOf } from './plan.ts'

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
  | { readonly kind: 'own'; readonly encode: FeedEncode }
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
  const fitting = named.find((rendition) => fits(rendition, ladder, destination.limitsOf))
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
  const { encode, adjustments } = planFeed(wish, {
    source: { ...sizeOf(request.source?.video), fps: request.source?.video?.fps ?? null },
    limitsOf,
    audioBitrateKbps: ladder.audioBitrateKbps,
    maxFps: 60,
    upscaling: request.upscaling,
  })
  const same = ladder.passthrough ? undefined : ladder.renditions.find((rendition) => isSame(encode, rendition, ladder))
  return same ? { kind: 'rendition', id: same.id, adjustments } : { kind: 'own', encode, adjustments }
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
  const fps = source?.video?.fps ?? 30
  const limits = destination.limitsOf({ height, fps })
  const reason = overLimit(limits, {
    ...{ height, fps },
    videoKbps: source?.bitrate_kbps ?? 0,
    audioKbps: 0,
    gopSeconds: source?.video?.keyframe_interval_s ?? 0,
  })
  if (reason === null) return { kind: 'source', adjustments: [] }
  return explained(ownWish({ height: Math.max(120, height & ~1) }, destination, ladder, request), reason)
}

function explained(wish: Wish, reason: string): Wish {
  const given = wish.kind === 'own' ? `${Math.min(wish.encode.width, wish.encode.height)}p` : 'a rendition'
  return {
    ...wish,
    adjustments: [
      { field: 'quality', asked: 'source', given: wish.kind === 'rendition' ? wish.id : given, reason },
      ...wish.adjustments,
    ],
  }
}

interface Offer {
  readonly height: number
  readonly fps: number
  readonly videoKbps: number
  readonly audioKbps: number
  readonly gopSeconds: number
}

export function fits(rendition: Rendition, plan: EncodePlan, limitsOf: LimitsOf): boolean {
  const fps = framesPerSecond(plan.fps)
  const height = Math.min(rendition.width, rendition.height)
  const offer = {
    ...{ height, fps },
    videoKbps: rendition.videoBitrateKbps,
    audioKbps: plan.audioBitrateKbps,
    gopSeconds: plan.gopFrames / fps,
  }
  return overLimit(limitsOf({ height, fps }), offer) === null
}

/** Rates are measured: this much over a limit is not over it. */
const tolerance = 1.02

function overLimit(limits: PlatformLimits, offer: Offer): string | null {
  const { name } = limits
  const over = (value: number, most: number | null) => most !== null && value > most * tolerance
  if (over(offer.height, limits.maxHeight)) return `${name} takes ${limits.maxHeight}p at most.`
  if (over(offer.fps, limits.maxFps)) return `${name} takes ${limits.maxFps} frames per second at most.`
  if (over(offer.videoKbps, limits.maxVideoKbps)) return `${name} takes ${limits.maxVideoKbps} kbit/s at most.`
  if (over(offer.audioKbps, limits.maxAudioKbps)) return `${name} takes ${limits.maxAudioKbps} kbit/s of sound at most.`
  if (over(offer.gopSeconds, limits.maxKeyframeSeconds))
    return `${name} wants a keyframe each ${limits.maxKeyframeSeconds} s.`
  return null
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
