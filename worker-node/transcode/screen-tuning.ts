import { framesPerSecond } from '#schema/plan/frame-rate.ts'
import type { PictureSize } from '#schema/plan/ladder.ts'
import type { EncodePlan } from '#schema/plan/plan.ts'

// What won on pictures of screens, at equal bit rate and CPU: `npm run bench -- legibility`.

/** The encoder is x264, and what it encodes are pictures of screens. */
export const isTunedForScreens = ({ encoder = 'software', content }: EncodePlan): boolean =>
  encoder === 'software' && content === 'screen'

/** How far x264 looks ahead, seconds: what it holds back. Enough to see which blocks stay as they are. */
const lookaheadSeconds = 1 / 6

/** Pixels per second that one thread encodes with ease: 720p at 30 frames per second. */
const threadPixels = 1280 * 720 * 30

/**
 * x264's own parameters. Bits go where they stay: macroblock tree, which needs a short look ahead. Text that scrolls is found
 * where it was by a wide search.
 */
export const screenParameters = ({ fps }: EncodePlan): string[] => [
  ...['me=umh', 'merange=32', 'mbtree=1', `rc-lookahead=${Math.round(lookaheadSeconds * framesPerSecond(fps))}`],
]

/** Each thread takes a slice of the picture, and nothing is predicted across slices: few threads. */
export const screenThreads = ({ fps }: EncodePlan, { width, height }: PictureSize): number =>
  1 + Math.ceil((width * height * framesPerSecond(fps)) / threadPixels)

/**
 * As good as the eye can tell, and no better: what a still picture does not take is there when the next slide comes. The
 * bit rate is never above `kbps`, over any time longer than the second and a half that the buffer holds.
 */
export const screenRateControl = (kbps: number): string[] => [
  ...['-crf', '15', '-maxrate', `${kbps}k`, '-bufsize', `${Math.round(kbps * 1.5)}k`],
]
