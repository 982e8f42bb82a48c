import type { Platform } from '../contracts/platform.ts'
import { limitsFor } from '../platforms.ts'
import { usualBitrateKbps } from './bitrate.ts'
import { sensibleFactor } from './ladder-faults.ts'
import { shapeOf } from './platform-limits.ts'

/** What is to be sent; null: not known. */
export interface SentPicture {
  readonly width: number
  readonly height: number
  readonly fps: number
  readonly video_bitrate_kbps: number | null
  readonly audio_bitrate_kbps: number | null
  readonly keyframe_interval_s: number | null
  /** Set where the bit rate was measured: what is allowed for the peaks of that. */
  readonly peak_video_bitrate_kbps?: number
}

/** A recommendation that is missed by less is followed. */
const tolerance = 0.1

/** What a platform recommends and is not sent, in sentences with both figures. What is a limit, the plan keeps anyway. */
export function adviceFor(platform: Platform, sent: SentPicture): string[] {
  const { name } = platform
  const shortSide = Math.min(sent.width, sent.height)
  const limits = limitsFor(platform, { height: shortSide, fps: sent.fps })
  const picture = `${shortSide}p at ${sent.fps} frames per second`
  const peak = sent.peak_video_bitrate_kbps
  const mean = peak === undefined ? '' : ` on average, and ${peak} is allowed for its peaks`
  const differs = (figure: Stated, value: number | null, words: (value: number) => string, more = '') =>
    figure && value !== null && Math.abs(value / figure.value - 1) > tolerance
      ? [`${name} recommends ${words(figure.value)}; this has ${value}${more}.`]
      : []
  const exceeds = (figure: Stated, value: number | null, words: (value: number) => string, more = '') =>
    figure && value !== null && value > figure.value
      ? [`${name} recommends ${words(figure.value)} at most; this has ${value}${more}.`]
      : []
  const video = (kbps: number) => `${kbps} kbit/s for ${picture}`
  const sound = (kbps: number) => `${kbps} kbit/s of sound`
  const recommended = limits.recommended_video_bitrate_kbps
  const rate = sent.video_bitrate_kbps
  // A limit lists what is taken alike; advice begins with what is wanted most.
  const shape = limits.orientations?.weight === 'advice' ? limits.orientations.value[0] : undefined
  const own = shapeOf(sent)
  const size = limits.max_size?.value
  const least = limits.min_video_bitrate_kbps
  const tooLittle =
    least && rate !== null && rate < least.value
      ? [`${name} recommends ${video(least.value)} at least; this has ${rate}${mean}.`]
      : []
  return [
    ...(shape && shape !== own ? [`${name} recommends ${shape} pictures; this one is ${own}.`] : []),
    ...(size && shortSide > size.short_side
      ? [`${name} recommends ${size.long_side}×${size.short_side} at most; this is ${sent.width}×${sent.height}.`]
      : []),
    ...exceeds(limits.max_fps, sent.fps, (fps) => `${fps} frames per second`),
    ...(recommended
      ? differs(recommended, rate, video, mean)
      : [...exceeds(limits.max_video_bitrate_kbps, rate, video, mean), ...tooLittle]),
    ...differs(
      limits.keyframe_interval_s,
      sent.keyframe_interval_s,
      (seconds) => `${seconds} s from keyframe to keyframe`,
    ),
    ...(limits.audio_bitrate_kbps
      ? differs(limits.audio_bitrate_kbps, sent.audio_bitrate_kbps, sound)
      : exceeds(limits.max_audio_bitrate_kbps, sent.audio_bitrate_kbps, sound)),
  ]
}

/** What makes no sense on any platform. Of what goes out as it came, whoever sends it knows what it shows. */
export function rateAdvice(
  sent: Pick<SentPicture, 'width' | 'height' | 'fps'> & { readonly video_bitrate_kbps: number },
) {
  const usual = usualBitrateKbps(sent, sent.fps)
  const rate = sent.video_bitrate_kbps
  const words = `${rate} kbit/s for ${Math.min(sent.width, sent.height)}p at ${sent.fps} frames per second`
  if (rate * sensibleFactor < usual) return [`${words} is so little that it would be all blocks; ${usual} is usual.`]
  if (rate > usual * sensibleFactor) return [`${words} is more than anybody would see; ${usual} is usual.`]
  return []
}

type Stated = { readonly value: number } | null
