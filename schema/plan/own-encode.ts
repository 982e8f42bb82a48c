import type { DestinationProfile, OwnEncode } from '../contracts/destination-profile.ts'
import type { SourceDescription } from '../contracts/source.ts'
import { usualBitrateKbps } from './bitrate.ts'
import { type FrameRate, framesPerSecond, planFrameRate } from './frame-rate.ts'
import { largestSide, type PictureSize, shortSideOf, type Upscaler, type Upscaling } from './ladder.ts'

/** What a platform takes of a picture of some size and rate; null: it says nothing. */
export interface PlatformLimits {
  /** The platform's name, for words. */
  readonly name: string
  /** Pixels of the short side. */
  readonly maxHeight: number | null
  readonly maxFps: number | null
  readonly maxVideoKbps: number | null
  readonly maxAudioKbps: number | null
  readonly maxKeyframeSeconds: number | null
}

/** The limits for a picture of this size and rate. */
export type LimitsOf = (picture: { readonly height: number; readonly fps: number }) => PlatformLimits

/** Something that a destination gets otherwise than it was asked for. */
export interface Adjustment {
  readonly field: 'quality' | keyof OwnEncode
  readonly asked: number | string
  readonly given: number | string
  /** A sentence. */
  readonly reason: string
}

/** One encode that is to be made for destinations. */
export interface FeedEncode extends PictureSize {
  readonly fps: FrameRate
  readonly videoBitrateKbps: number
  readonly audioBitrateKbps: number
  readonly gopSeconds: number
  /** Set where the picture has another shape than the source. */
  readonly framing: 'crop' | 'blur' | null
  /** Set where it is larger than the source. */
  readonly upscaler?: Upscaler
}

export interface FeedRequest {
  readonly source: PictureSize & Pick<NonNullable<SourceDescription['video']>, 'fps'>
  readonly limitsOf: LimitsOf
  /** Of the viewers' encodes: what is left out of a wish is like them. */
  readonly audioBitrateKbps: number
  readonly maxFps: number
  readonly upscaling?: Upscaling | undefined
}

/** What platforms want, and what is taken where nobody says otherwise: seconds. */
const usualKeyframeSeconds = 2
/** Width to height. */
const shapes = { landscape: 16 / 9, vertical: 9 / 16 } as const

/**
 * The encode for a wish: never above the source or what it is upscaled to, and within the platform's limits. `adjustments` says what became of the
 * wish where it could not be met.
 */
export function planFeed(wish: OwnEncode, request: FeedRequest): { encode: FeedEncode; adjustments: Adjustment[] } {
  const adjustments: Adjustment[] = []
  const note = (field: keyof OwnEncode, asked: number | undefined, given: number, reason: string) => {
    if (asked !== undefined && given < asked) adjustments.push({ field, asked, given, reason })
    return given
  }
  const { source, limitsOf } = request
  const most = limitsOf({ height: wish.height, fps: wish.fps ?? source.fps ?? 30 })
  const sourceSide = shortSideOf(source)
  const topSide = largestSide(source, request.upscaling)
  const withinSource = note(
    'height',
    wish.height,
    Math.min(wish.height, topSide),
    topSide > sourceSide
      ? `The source is ${sourceSide}p and is upscaled to ${topSide}p at most.`
      : `The source is ${sourceSide}p.`,
  )
  const height = note(
    'height',
    withinSource,
    Math.min(withinSource, most.maxHeight ?? withinSource),
    `${most.name} takes ${most.maxHeight}p at most.`,
  )
  const rate = planFrameRate(source.fps, Math.min(wish.fps ?? request.maxFps, most.maxFps ?? Number.POSITIVE_INFINITY))
  const fps = framesPerSecond(rate)
  if (wish.fps !== undefined && fps < wish.fps * 0.99) {
    const isSource = most.maxFps === null || most.maxFps >= wish.fps
    const reason = isSource
      ? `The source has ${round(source.fps ?? 30)}.`
      : `${most.name} takes ${most.maxFps} at most.`
    note('fps', wish.fps, round(fps), reason)
  }
  const size = frameSize(height, source, wish.orientation)
  const limits = limitsOf({ height, fps })
  const wantedKbps = wish.video_bitrate_kbps ?? usualBitrateKbps(size, fps)
  const videoBitrateKbps = note(
    'video_bitrate_kbps',
    wish.video_bitrate_kbps,
    Math.min(wantedKbps, limits.maxVideoKbps ?? wantedKbps),
    `${limits.name} takes ${limits.maxVideoKbps} kbit/s at most for this picture.`,
  )
  const wantedAudio = wish.audio_bitrate_kbps ?? request.audioBitrateKbps
  const audioBitrateKbps = note(
    'audio_bitrate_kbps',
    wish.audio_bitrate_kbps,
    Math.min(wantedAudio, limits.maxAudioKbps ?? wantedAudio),
    `${limits.name} takes ${limits.maxAudioKbps} kbit/s of sound at most.`,
  )
  const wantedGop = wish.keyframe_interval_s ?? usualKeyframeSeconds
  const gopSeconds = note(
    'keyframe_interval_s',
    wish.keyframe_interval_s,
    Math.min(wantedGop, limits.maxKeyframeSeconds ?? wantedGop),
    `${limits.name} wants a keyframe each ${limits.maxKeyframeSeconds} s.`,
  )
  const framing = differs(size, source) ? (wish.framing ?? 'blur') : null
  return {
    encode: {
      ...{ ...size, fps: rate, videoBitrateKbps, audioBitrateKbps, gopSeconds, framing },
      ...(request.upscaling && height > sourceSide && { upscaler: request.upscaling.method }),
    },
    adjustments,
  }
}

/** The height that a profile names; null for `auto` and `source`. */
export function namedHeight(profile: DestinationProfile): number | null {
  if (typeof profile !== 'string') return profile.height
  const height = Number.parseInt(profile, 10)
  return Number.isNaN(height) ? null : height
}

function frameSize(side: number, source: PictureSize, orientation: OwnEncode['orientation']): PictureSize {
  const shape = orientation ? shapes[orientation] : source.width / source.height
  return shape >= 1 ? { width: even(side * shape), height: side } : { width: side, height: even(side / shape) }
}

/** Shapes that are alike to a hundredth: bars of a pixel or two are nothing to crop. */
function differs(a: PictureSize, b: PictureSize): boolean {
  return Math.abs((a.width / a.height) * (b.height / b.width) - 1) > 0.01
}

const even = (pixels: number) => Math.max(2, Math.round(pixels / 2) * 2)
const round = (fps: number) => Math.round(fps * 100) / 100
