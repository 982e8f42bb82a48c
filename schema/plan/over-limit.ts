import type { SourceDescription } from '../contracts/source.ts'
import { framesPerSecond } from './frame-rate.ts'
import type { PictureSize, Rendition } from './ladder.ts'
import { listed } from './listed.ts'
import type { EncodePlan } from './plan.ts'
import { type LimitsOf, type PlatformLimits, shapeOf } from './platform-limits.ts'

/** What would be sent. */
interface Offer extends PictureSize {
  readonly fps: number
  readonly videoKbps: number
  readonly audioKbps: number
  /** Samples per second. */
  readonly audioRate: number
  readonly gopSeconds: number
}

/** Why a platform does not take one of a plan's renditions, a sentence; null: it does. */
export function renditionOverLimit(rendition: Rendition, plan: EncodePlan, limitsOf: LimitsOf): string | null {
  const fps = framesPerSecond(plan.fps)
  const { width, height, videoBitrateKbps } = rendition
  return overLimit(limitsOf({ height: Math.min(width, height), fps }), {
    ...{ width, height, fps },
    videoKbps: videoBitrateKbps,
    audioKbps: plan.audioBitrateKbps,
    audioRate: plan.passthrough?.sampleRate ?? 48_000,
    gopSeconds: plan.gopFrames / fps,
  })
}

/** Why a platform does not take a source as it comes, a sentence; null: it does. What is not known is not held against it. */
export function sourceOverLimit(
  { video, audio, bitrate_kbps }: SourceDescription,
  size: PictureSize,
  limitsOf: LimitsOf,
) {
  const fps = video?.fps ?? 30
  const limits = limitsOf({ height: Math.min(size.width, size.height), fps })
  return overLimit(limits, {
    ...{ width: size.width, height: size.height, fps },
    videoKbps: bitrate_kbps ?? limits.minVideoKbps ?? 0,
    audioKbps: 0,
    audioRate: audio?.sample_rate ?? 48_000,
    gopSeconds: video?.keyframe_interval_s ?? 0,
  })
}

/** Rates are measured: this much over a limit is not over it. */
const tolerance = 1.02

function overLimit(limits: PlatformLimits, offer: Offer): string | null {
  const { name } = limits
  const over = (value: number, most: number | null) => most !== null && value > most * tolerance
  const [shortSide, longSide] = [Math.min(offer.width, offer.height), Math.max(offer.width, offer.height)]
  const shape = shapeOf(offer)
  if (limits.shapes && !limits.shapes.includes(shape)) return `${name} takes ${listed(limits.shapes)} pictures only.`
  if (over(shortSide, limits.maxHeight)) return `${name} takes ${limits.maxHeight}p at most.`
  if (over(longSide, limits.maxLongSide)) return `${name} takes ${limits.maxLongSide} pixels at most on the long side.`
  if (over(offer.fps, limits.maxFps)) return `${name} takes ${limits.maxFps} frames per second at most.`
  if (over(offer.videoKbps, limits.maxVideoKbps)) return `${name} takes ${limits.maxVideoKbps} kbit/s at most.`
  if (offer.videoKbps * tolerance < (limits.minVideoKbps ?? 0))
    return `${name} takes ${limits.minVideoKbps} kbit/s at least for this picture.`
  if (over(offer.audioKbps, limits.maxAudioKbps)) return `${name} takes ${limits.maxAudioKbps} kbit/s of sound at most.`
  if (limits.audioRates && !limits.audioRates.includes(offer.audioRate))
    return `${name} takes sound of ${listed(limits.audioRates.map(String), 'or')} Hz only.`
  if (over(offer.gopSeconds, limits.maxKeyframeSeconds))
    return `${name} wants a keyframe each ${limits.maxKeyframeSeconds} s.`
  return null
}
