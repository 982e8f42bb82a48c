import type { Destination } from '#schema/contracts/destination.ts'
import type { DestinationProfile, OwnEncode } from '#schema/contracts/destination-profile.ts'
import { bitrateWords, fpsWords } from './figures.ts'

type SentMedia = NonNullable<Destination['sends']>
type Adjustment = Destination['adjustments'][number]

/** What is sent: `1280 × 720 · 30 fps · 3.0 Mbit/s · sound 128 kbit/s · keyframe every 2 s`. */
export const mediaWords = (media: SentMedia): string =>
  [
    `${media.width} × ${media.height}`,
    fpsWords(media.fps),
    bitrateWords(media.video_bitrate_kbps),
    `sound ${bitrateWords(media.audio_bitrate_kbps)}`,
    ...(media.keyframe_interval_s === null ? [] : [`keyframe every ${rounded(media.keyframe_interval_s)} s`]),
  ].join(' · ')

/** Where it comes from, and whom that costs. */
export const originWords: Readonly<Record<SentMedia['from'], string>> = {
  source: 'The source as it comes',
  shared: 'Shared with viewers',
  own: 'Made for destinations',
}

/** What became of a wish: `Twitch takes 6000 kbit/s at most, so it gets 6.0 Mbit/s instead of 8.0 Mbit/s.` */
export function adjustmentWords({ field, asked, given, reason }: Adjustment): string {
  const [wish, outcome] = [valueWords(field, asked), valueWords(field, given)]
  const because = reason.replace(/\.$/, '')
  // Its size is as asked, but what else was to be its own is not.
  if (field === 'quality' && wish === outcome) return `${because}, so it gets the ${outcome} that is made for others.`
  return wish === outcome ? `${because}.` : `${because}, so it gets ${outcome} instead of ${wish}.`
}

/** Those that hold still: what a later one gives instead is no longer said. */
export const holding = (
  adjustments: readonly Adjustment[],
  media: SentMedia | null | undefined,
): readonly Adjustment[] =>
  adjustments.filter(({ field, given }) => {
    const sent = media ? sentValue(media, field) : undefined
    return sent === undefined || typeof given !== 'number' || Math.abs(sent - given) <= 0.01 * given
  })

function sentValue(media: SentMedia, field: string): number | undefined {
  if (field === 'height') return Math.min(media.width, media.height)
  const value = media[field as keyof SentMedia]
  return typeof value === 'number' ? value : undefined
}

function valueWords(field: string, value: number | string): string {
  if (typeof value === 'string') return value === 'source' ? 'the source as it comes' : value
  switch (field) {
    case 'height':
      return `${value}p`
    case 'fps':
      return fpsWords(value)
    case 'video_bitrate_kbps':
      return bitrateWords(value)
    case 'audio_bitrate_kbps':
      return `sound of ${bitrateWords(value)}`
    case 'keyframe_interval_s':
      return `a keyframe every ${rounded(value)} s`
    default:
      return String(value)
  }
}

/** A quality as somebody chose it: `Automatic`, `720p`, `Its own, 720p upright, 30 fps`. */
export function profileWords(profile: DestinationProfile): string {
  if (typeof profile !== 'string') return `Its own, ${ownWords(profile)}`
  return profile === 'auto' ? 'Automatic' : profile === 'source' ? 'As it comes' : profile
}

const ownWords = ({ height, fps, orientation, video_bitrate_kbps }: OwnEncode) =>
  [
    `${height}p${orientation === undefined ? '' : ` ${orientation === 'vertical' ? 'upright' : 'wide'}`}`,
    ...(fps === undefined ? [] : [fpsWords(fps)]),
    ...(video_bitrate_kbps === undefined ? [] : [bitrateWords(video_bitrate_kbps)]),
  ].join(', ')

const rounded = (value: number) => Number(value.toFixed(2))
