import * as v from 'valibot'
import { evenHeight } from './ladder.ts'
import { orientations } from './platform.ts'

/** How a picture of another shape fills the frame. */
export const framings = ['crop', 'blur'] as const
const wantedWords = 'Use `auto`, `source`, a rendition such as `720p`, or an object with a `height`.'

/**
 * An encode of a destination's own. What is left out is chosen to fit the source and the platform, and like a rendition of
 * the viewers' that is equal in all else, so that one encode serves both.
 */
export const ownEncode = v.strictObject({
  /** As in `720p`: the picture's short side, pixels; its long side follows from the shape. */
  height: evenHeight,
  /** Frames per second, at most; never more than the source has. */
  fps: v.optional(v.pipe(v.number(), v.minValue(10), v.maxValue(60))),
  video_bitrate_kbps: v.optional(v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(50_000))),
  audio_bitrate_kbps: v.optional(v.pipe(v.number(), v.integer(), v.minValue(48), v.maxValue(320))),
  /** `vertical` is 9:16, `landscape` 16:9; left out, the source's own shape. */
  orientation: v.optional(v.picklist(orientations)),
  /** Where the shape is another than the source's: cut off what is too much, or show all before a blurred ground. */
  framing: v.optional(v.picklist(framings)),
  keyframe_interval_s: v.optional(v.pipe(v.number(), v.minValue(0.5), v.maxValue(10))),
})
export type OwnEncode = v.InferOutput<typeof ownEncode>

/** The name of a quality: `auto`, `source`, or a rendition such as `720p`. */
export const qualityName = v.pipe(
  v.string(),
  v.regex(/^(auto|source|[1-9]\d{2,3}p)$/, wantedWords),
  v.check(
    (name) => !/^\d/.test(name) || v.is(evenHeight, Number.parseInt(name, 10)),
    'Use an even height from 120p to 2160p.',
  ),
)

/**
 * In which quality a destination gets the stream. `auto`: the largest rendition that viewers get, within the platform's
 * limits. `source`: as it came, without encoding. `720p`: that rendition. An object: an encode of its own.
 */
export const destinationProfile = v.union([qualityName, ownEncode], wantedWords)
export type DestinationProfile = v.InferOutput<typeof destinationProfile>
