import type { VideoEncoder } from '../enums.ts'
import { framesPerSecond } from './frame-rate.ts'
import type { PictureSize, Rendition } from './ladder.ts'
import type { FeedEncode } from './own-encode.ts'
import type { EncodePlan } from './plan.ts'

/** All that an encode is made of: `1280x720-30fps-60-4000k-128k`, with `-crop` or `-blur`, and `-lanczos`. */
export function feedIdOf(encode: FeedEncode): string {
  const { width, height, fps, videoBitrateKbps, audioBitrateKbps, framing, upscaler } = encode
  const rate = `${Number(framesPerSecond(fps).toFixed(2))}fps-${gopFramesOf(encode)}`
  return [
    `${width}x${height}`,
    rate,
    `${videoBitrateKbps}k`,
    `${audioBitrateKbps}k`,
    ...(framing ? [framing] : []),
    ...(upscaler ? [upscaler] : []),
  ].join('-')
}

/** Each own encode is a feed by itself, so that one comes or goes and the others stay as they are. */
export function feedOf(encode: FeedEncode, viewers: EncodePlan, encoder: VideoEncoder | undefined): EncodePlan {
  const { fps, audioBitrateKbps } = encode
  const { passthrough: _, ...settings } = viewers
  return {
    ...settings,
    ...(encoder && encoder !== 'software' && { encoder }),
    ...{ feedId: feedIdOf(encode), fps, audioBitrateKbps, constantBitrate: true },
    gopFrames: gopFramesOf(encode),
    renditions: [renditionOf(encode)],
  }
}

export function renditionOf({ width, height, videoBitrateKbps, framing, upscaler }: FeedEncode): Rendition {
  const id = `${Math.min(width, height)}p`
  return { id, width, height, videoBitrateKbps, ...(framing && { framing }), ...(upscaler && { upscaler }) }
}

/** Each encode once. */
export function distinctFeeds(encodes: readonly FeedEncode[]): FeedEncode[] {
  return [...new Map(encodes.map((encode) => [feedIdOf(encode), encode])).values()]
}

export const shortSide = ({ width, height }: PictureSize) => Math.min(width, height)
const gopFramesOf = ({ fps, gopSeconds }: FeedEncode) => Math.round(gopSeconds * framesPerSecond(fps))
