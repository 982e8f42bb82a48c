import type { DestinationProfile, OwnEncode } from '../contracts/destination-profile.ts'
import type { SourceDescription } from '../contracts/source.ts'
import { usualBitrateKbps } from './bitrate.ts'
import { type FrameRate, framesPerSecond, planFrameRate } from './frame-rate.ts'
import { largestSide, type PictureSize, shortSideOf, type Upscaler, type Upscaling } from './ladder.ts'
import { listed } from './listed.ts'
import { type LimitsOf, type PlatformLimits, type Shape, shapeOf } from './platform-limits.ts'

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
  /** A rendition of theirs that it might share: what it leaves out is like that, where its platform wants nothing else. */
  readonly like?: Pick<FeedEncode, 'videoBitrateKbps' | 'gopSeconds'> | undefined
  readonly maxFps: number
  readonly upscaling?: Upscaling | undefined
}

/** Bit rates that an encode may have; null: only the one that was asked for. */
export interface FreeRates {
  readonly leastKbps: number
  readonly mostKbps: number
}

export interface PlannedFeed {
  readonly encode: FeedEncode
  /** What became of the wish where it could not be met. */
  readonly adjustments: readonly Adjustment[]
  readonly freeRates: FreeRates | null
}

/** What platforms want, and what is taken where nobody says otherwise: seconds. */
const usualKeyframeSeconds = 2
/** Width to height. */
const shapes = { landscape: 16 / 9, vertical: 9 / 16 } as const

/** The encode for a wish: never above the source or what it is upscaled to, and within the platform's limits. */
export function planFeed(wish: OwnEncode, request: FeedRequest): PlannedFeed {
  const adjustments = new Map<string, Adjustment>()
  const note: Note = (field, asked, given, reason) => {
    const before = adjustments.get(field)
    const reasons = before ? `${before.reason} ${reason}` : reason
    if (asked !== undefined && given !== asked)
      adjustments.set(field, { field, asked: before?.asked ?? asked, given, reason: reasons })
    return given
  }
  const { source, limitsOf, like } = request
  const { size, rate } = planPicture(wish, request, note)
  const limits = limitsOf({ height: Math.min(size.width, size.height), fps: framesPerSecond(rate) })
  const { name } = limits
  const freeRates = { leastKbps: limits.minVideoKbps ?? 0, mostKbps: limits.maxVideoKbps ?? Number.POSITIVE_INFINITY }
  const wantedKbps =
    wish.video_bitrate_kbps ??
    advisedKbps(limits, like?.videoBitrateKbps ?? usualBitrateKbps(size, framesPerSecond(rate)))
  const videoBitrateKbps = note(
    'video_bitrate_kbps',
    wish.video_bitrate_kbps,
    within(wantedKbps, freeRates.leastKbps, freeRates.mostKbps),
    wantedKbps < freeRates.leastKbps
      ? `${name} takes ${limits.minVideoKbps} kbit/s at least for this picture.`
      : `${name} takes ${limits.maxVideoKbps} kbit/s at most for this picture.`,
  )
  const wantedAudio = wish.audio_bitrate_kbps ?? request.audioBitrateKbps
  const audioBitrateKbps = note(
    'audio_bitrate_kbps',
    wish.audio_bitrate_kbps,
    Math.min(wantedAudio, limits.maxAudioKbps ?? wantedAudio),
    `${name} takes ${limits.maxAudioKbps} kbit/s of sound at most.`,
  )
  const wantedGop = wish.keyframe_interval_s ?? like?.gopSeconds ?? usualKeyframeSeconds
  const gopSeconds = note(
    'keyframe_interval_s',
    wish.keyframe_interval_s,
    Math.min(wantedGop, limits.maxKeyframeSeconds ?? wantedGop),
    `${name} wants a keyframe each ${limits.maxKeyframeSeconds} s.`,
  )
  const framing = differs(size, source) ? (wish.framing ?? 'blur') : null
  const upscaler = Math.min(size.width, size.height) > shortSideOf(source) ? request.upscaling?.method : undefined
  return {
    encode: {
      ...{ ...size, fps: rate, videoBitrateKbps, audioBitrateKbps, gopSeconds, framing },
      ...(upscaler && { upscaler }),
    },
    adjustments: [...adjustments.values()],
    freeRates: wish.video_bitrate_kbps === undefined ? freeRates : null,
  }
}

/** Takes note of what is given otherwise than it was asked for, if it was, and gives it. */
type Note = <Value extends number | string>(
  field: keyof OwnEncode,
  asked: Value | undefined,
  given: Value,
  reason: string,
) => Value

/** Its shape, size and frame rate. */
function planPicture(wish: OwnEncode, { source, limitsOf, maxFps, upscaling }: FeedRequest, note: Note) {
  const most = limitsOf({ height: wish.height, fps: wish.fps ?? source.fps ?? 30 })
  const { name } = most
  const wantedShape = wish.orientation ?? shapeOf(source)
  const shape = note(
    'orientation',
    wantedShape,
    takenShape(wantedShape, most),
    `${name} takes ${listed(most.shapes ?? [])} pictures only.`,
  )
  const ratio = ratioOf(source, shape === wantedShape ? wish.orientation : shape)
  const [sourceSide, topSide] = [shortSideOf(source), largestSide(source, upscaling)]
  const withinSource = note('height', wish.height, Math.min(wish.height, topSide), sourceWords(sourceSide, topSide))
  const height = note(
    'height',
    withinSource,
    Math.min(withinSource, mostHeight(most, ratio) ?? withinSource),
    `${name} takes ${most.maxHeight}p at most${most.maxLongSide === null ? '' : `, and ${most.maxLongSide} pixels on the long side`}.`,
  )
  const rate = planFrameRate(source.fps, Math.min(wish.fps ?? maxFps, most.maxFps ?? Number.POSITIVE_INFINITY))
  const fps = round(framesPerSecond(rate))
  // Rates such as 29.97 are as good as 30.
  if (wish.fps !== undefined && fps < wish.fps * 0.99)
    note('fps', wish.fps, fps, rateWords(wish.fps, fps, source.fps, most))
  return { size: frameSize(height, ratio), rate }
}

/** Why a rate is lower than it was asked for. */
function rateWords(asked: number, given: number, sourceFps: number | null, { name, maxFps }: PlatformLimits): string {
  if (maxFps !== null && maxFps < asked) return `${name} takes ${maxFps} frames per second at most.`
  const known = round(sourceFps ?? 30)
  return known < asked
    ? `The source has ${known} frames per second.`
    : `Of the source's ${known} frames per second, one in ${Math.round(known / given)} is shown.`
}

/** The height that a profile names; null for `auto` and `source`. */
export function namedHeight(profile: DestinationProfile): number | null {
  if (typeof profile !== 'string') return profile.height
  const height = Number.parseInt(profile, 10)
  return Number.isNaN(height) ? null : height
}

const takenShape = (wanted: Shape, { shapes }: PlatformLimits): Shape =>
  shapes === null || shapes.includes(wanted) ? wanted : (shapes[0] ?? wanted)

const sourceWords = (sourceSide: number, topSide: number) =>
  topSide > sourceSide
    ? `The source is ${sourceSide}p and is upscaled to ${topSide}p at most.`
    : `The source is ${sourceSide}p.`

/** Width to height. */
const ratioOf = (source: PictureSize, orientation: Shape | undefined): number =>
  orientation ? shapes[orientation] : source.width / source.height

/** The largest short side that a platform takes of a picture of that shape. */
function mostHeight({ maxHeight, maxLongSide }: PlatformLimits, ratio: number): number | null {
  if (maxHeight === null || maxLongSide === null) return maxHeight
  return Math.min(maxHeight, 2 * Math.floor((maxLongSide * Math.min(ratio, 1 / ratio) + 0.5) / 2))
}

function frameSize(side: number, ratio: number): PictureSize {
  return ratio >= 1 ? { width: even(side * ratio), height: side } : { width: side, height: even(side / ratio) }
}

/** What a platform recommends, or the usual rate within what it advises. */
const advisedKbps = ({ advised }: PlatformLimits, usualKbps: number): number =>
  advised.kbps ?? within(usualKbps, advised.minKbps ?? 0, advised.maxKbps ?? Number.POSITIVE_INFINITY)

const within = (value: number, least: number, most: number) => Math.min(Math.max(value, least), most)

/** Shapes that are alike to a hundredth: bars of a pixel or two are nothing to crop. */
function differs(a: PictureSize, b: PictureSize): boolean {
  return Math.abs((a.width / a.height) * (b.height / b.width) - 1) > 0.01
}

const even = (pixels: number) => Math.max(2, Math.round(pixels / 2) * 2)
const round = (fps: number) => Math.round(fps * 100) / 100
