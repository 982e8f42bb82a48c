import type { DestinationStatus } from '../contracts/destination.ts'
import { framesPerSecond } from './frame-rate.ts'
import type { EncodePlan } from './plan.ts'

/** The API's words for what a plan makes, one for each rendition. */
export function sentMedia(plan: EncodePlan): NonNullable<DestinationStatus['sends']>[] {
  const fps = framesPerSecond(plan.fps)
  const from = plan.passthrough?.copiesVideo ? 'source' : plan.feedId === undefined ? 'shared' : 'own'
  return plan.renditions.map(({ width, height, videoBitrateKbps }) => ({
    ...{ width, height, from },
    fps: Math.round(fps * 100) / 100,
    video_bitrate_kbps: videoBitrateKbps,
    audio_bitrate_kbps: plan.audioBitrateKbps,
    keyframe_interval_s: from === 'source' ? null : Math.round((plan.gopFrames / fps) * 100) / 100,
  }))
}
