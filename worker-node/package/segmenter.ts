import type { Track } from '../media/sample.ts'
import type { PackageFigures } from './figures.ts'

/** When to cut segments; all in ticks of the leading track. */
export interface CutRules {
  /** Length aimed at. */
  readonly nominal: number
  /** Length aimed at for the very first segment: one GOP, so that viewers can start. */
  readonly firstNominal: number
  /** Length that rounds to the target duration at the most (rfc8216bis §4.4.3.1), with room for one audio frame. */
  readonly longest: number
  /** Keyframes are never further apart than this. */
  readonly keyframeDistance: number
  readonly frame: number
}

/** The rules for a session led by `lead`. */
export function cutRules(figures: PackageFigures, lead: Track): CutRules {
  const ticks = (seconds: number) => seconds * lead.timescale
  return {
    // Half a frame less, for frame rates at which a GOP is not exactly its round figure.
    nominal: ticks(figures.targetDuration) - lead.frameDuration / 2,
    firstNominal: ticks(Math.min(figures.gopSeconds, figures.targetDuration)) - lead.frameDuration / 2,
    longest: ticks(figures.targetDuration + 0.45),
    keyframeDistance: ticks(figures.gopSeconds) + lead.frameDuration,
    frame: lead.frameDuration,
  }
}

/**
 * Whether a sample that comes `elapsed` ticks after the start of the open segment begins the next one. It does if it is a
 * keyframe and the segment is long enough, or would be too long by the keyframe after. If keyframes fail to come, the cut
 * is made without: the target duration, and memory, are kept rather than independence.
 */
export function cutsBefore(elapsed: number, keyframe: boolean, isFirstSegment: boolean, rules: CutRules): boolean {
  if (elapsed <= 0) return false
  if (!keyframe) return elapsed + rules.frame > rules.longest
  return (
    elapsed >= (isFirstSegment ? rules.firstNominal : rules.nominal) || elapsed + rules.keyframeDistance > rules.longest
  )
}

/**
 * Where the open segment will end if keyframes keep coming at the GOP's distance: ticks after its start. `lastKeyframe` is
 * the newest keyframe in it, `gop` their usual distance. Only a prediction, for preload hints.
 */
export function predictedLength(lastKeyframe: number, gop: number, isFirstSegment: boolean, rules: CutRules): number {
  let keyframe = lastKeyframe + gop
  while (!cutsBefore(keyframe, true, isFirstSegment, rules)) keyframe += gop
  return keyframe
}
