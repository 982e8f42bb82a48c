import type { Platform } from '../contracts/platform.ts'
import { limitsFor } from '../platforms.ts'
import { shapeOf } from './platform-limits.ts'

/** What is to be sent; null: not known. */
export interface SentPicture {
  readonly width: number
  readonly height: number
  readonly fps: number
  readonly video_bitrate_kbps: number | null
  readonly audio_bitrate_kbps: number | null
  readonly keyframe_interval_s: number | null
}

/** A recommendation that is missed by less is followed. */
const tolerance = 0.1

/** What a platform recommends and is not sent, in sentences with both figures. What is a limit, the plan keeps anyway. */
export function adviceFor(platform: Platform, sent: SentPicture): string[] {
  const { name } = platform
  const shortSide = Math.min(sent.width, sent.height)
  const limits = limitsFor(platform, { height: shortSide, fps: sent.fps })
  const picture = `${shortSide}p at ${sent.fps} frames per second`
  const compared = (what: string, figure: { value: number } | null, value: number | null, unit: string) =>
    figure && value !== null && Math.abs(value / figure.value - 1) > tolerance
      ? [`${name} recommends ${what} ${figure.value} ${unit}; this is ${value}.`]
      : []
  const bounded = (
    what: string,
    figure: { value: number } | null,
    value: number | null,
    unit: string,
    isMost: boolean,
  ) =>
    figure && value !== null && (isMost ? value > figure.value : value < figure.value)
      ? [`${name} wants ${what} of ${figure.value} ${unit} at ${isMost ? 'most' : 'least'}; this is ${value}.`]
      : []
  const recommended = limits.recommended_video_bitrate_kbps
  const rate = sent.video_bitrate_kbps
  const [shape] = limits.orientations?.value ?? []
  const own = shapeOf(sent)
  const size = limits.max_size?.value
  return [
    ...(shape && shape !== own ? [`${name} recommends ${shape} pictures; this one is ${own}.`] : []),
    ...(size && shortSide > size.short_side
      ? [`${name} recommends ${size.long_side}×${size.short_side} at most; this is ${sent.width}×${sent.height}.`]
      : []),
    ...bounded('a frame rate', limits.max_fps, sent.fps, 'frames per second', true),
    ...(recommended
      ? compared(`for ${picture}`, recommended, rate, 'kbit/s')
      : [
          ...bounded(`a bit rate for ${picture}`, limits.min_video_bitrate_kbps, rate, 'kbit/s', false),
          ...bounded(`a bit rate for ${picture}`, limits.max_video_bitrate_kbps, rate, 'kbit/s', true),
        ]),
    ...compared('a keyframe each', limits.keyframe_interval_s, sent.keyframe_interval_s, 's'),
    ...(limits.audio_bitrate_kbps
      ? compared('for the sound', limits.audio_bitrate_kbps, sent.audio_bitrate_kbps, 'kbit/s')
      : bounded('a bit rate of the sound', limits.max_audio_bitrate_kbps, sent.audio_bitrate_kbps, 'kbit/s', true)),
  ]
}
