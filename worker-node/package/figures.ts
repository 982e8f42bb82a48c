import type { LatencyModeFigures } from '#schema/latency-modes.ts'
import type { Track } from '../media/sample.ts'

/** What playlists promise and the packager keeps: derived once per session from the latency mode and the frame rate. */
export interface PackageFigures {
  /** EXT-X-TARGETDURATION, whole seconds; never changes. */
  readonly targetDuration: number
  /** PART-TARGET, seconds: a whole number of video frames where these are regular. Null: no parts are listed. */
  readonly partTarget: number | null
  /** Media time of one movie fragment, seconds: a part, or a GOP where parts are not listed. */
  readonly chunkSeconds: number
  readonly gopSeconds: number
  readonly windowSegments: number
  /** HOLD-BACK, PART-HOLD-BACK and CAN-SKIP-UNTIL, seconds (rfc8216bis §4.4.3.8). */
  readonly holdBack: number
  readonly partHoldBack: number | null
  readonly skipUntil: number
  /** Advance Part Limit (rfc8216bis §6.2.5.2). */
  readonly advancePartLimit: number
  /** Distance from live at which DASH players aim, seconds: with fewer than five chunks dash.js stalls at the start. */
  readonly targetLatency: number
}

/** The figures of a session whose leading track (video, where there is one) is `lead`. */
export function packageFigures(mode: LatencyModeFigures, lead: Track): PackageFigures {
  const frameSeconds = lead.frameDuration / lead.timescale
  const chunkSeconds = (isChanging(lead) ? withRoom : wholeFrames)(
    mode.partTargetSeconds ?? mode.gopSeconds,
    frameSeconds,
  )
  const targetDuration = Math.ceil(mode.segmentSeconds)
  const partTarget = mode.partTargetSeconds === null ? null : chunkSeconds
  // A millisecond more, so that no client's arithmetic finds it under three times PART-TARGET (3 × 0.2 > 0.6 in binary).
  const partHoldBack = partTarget === null ? null : Math.floor(printedSeconds(partTarget) * 3000 + 1) / 1000
  return {
    targetDuration,
    partTarget,
    chunkSeconds,
    gopSeconds: mode.gopSeconds,
    windowSegments: mode.windowSegments,
    holdBack: 3 * targetDuration,
    partHoldBack,
    skipUntil: 6 * targetDuration,
    advancePartLimit: partTarget === null ? 0 : partTarget >= 1 ? 3 : Math.ceil(3 / partTarget),
    targetLatency: partTarget === null ? 2 * targetDuration : 5 * partTarget,
  }
}

/** Whether this is somebody else's encode: frames and keyframes come as they come, and its configuration may change. */
export const isChanging = (track: Track): boolean => track.kind === 'video' && track.changing === true

/** Seconds as playlists print them: microseconds, no more. Every duration goes through here, so equal ones stay equal. */
export const printedSeconds = (seconds: number): number => Math.round(seconds * 1e6) / 1e6

/** A twentieth more, so that whole frames fit at any usual rate, with times that RTMP has rounded to milliseconds. */
const withRoom = (seconds: number, frameSeconds: number): number => 1.05 * Math.max(seconds, frameSeconds)

const wholeFrames = (seconds: number, frameSeconds: number): number =>
  Math.max(1, Math.round(seconds / frameSeconds)) * frameSeconds
