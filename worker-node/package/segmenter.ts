import type { Track } from '../media/sample.ts'
import { isChanging, type PackageFigures } from './figures.ts'

/** When to cut segments; all in ticks of the leading track. */
export interface CutRules {
  /** Length aimed at. */
  readonly nominal: number
  /** Length aimed at for the very first segment: one GOP, so that viewers can start. */
  readonly firstNominal: number
  /** Length that rounds to the target duration at the most (rfc8216bis §4.4.3.1), with room for what follows this track. */
  readonly longest: number
  /** The same for the very first segment. */
  readonly firstLongest: number
  /** Keyframes are never further apart than this; infinite where nobody promises anything. */
  readonly keyframeDistance: number
}

/** Of an encode of ours, sound follows within a frame. */
const roomSeconds = 0.45
/** Of somebody else's, sound may be cut up to a tenth of a second apart from the picture. */
const changingRoomSeconds = 0.2

/** The rules for a session led by `lead`. */
export function cutRules(figures: PackageFigures, lead: Track): CutRules {
  const ticks = (seconds: number) => seconds * lead.timescale
  // Half a frame less, for frame rates at which a GOP is not exactly its round figure.
  const nominal = ticks(figures.targetDuration) - lead.frameDuration / 2
  const firstSeconds = Math.min(figures.gopSeconds, figures.targetDuration)
  const firstNominal = ticks(firstSeconds) - lead.frameDuration / 2
  if (isChanging(lead)) {
    const longest = ticks(figures.targetDuration + changingRoomSeconds)
    const firstLongest = ticks(firstSeconds + changingRoomSeconds)
    return { nominal, firstNominal, longest, firstLongest, keyframeDistance: Number.POSITIVE_INFINITY }
  }
  const longest = ticks(figures.targetDuration + roomSeconds)
  const keyframeDistance = ticks(figures.gopSeconds) + lead.frameDuration
  return { nominal, firstNominal, longest, firstLongest: longest, keyframeDistance }
}

/** A segment that grows, and how its track goes on; in ticks. */
export interface Growth {
  readonly isFirst: boolean
  /** Distance that keyframes may have from each other. */
  readonly keyframeDistance: number
  readonly rules: CutRules
}

/**
 * Whether a sample that comes `elapsed` ticks after the start of the open segment begins the next one. It does if it is a
 * keyframe and the segment is long enough, or would be too long by the keyframe after. If keyframes fail to come, the cut
 * is made without: the target duration, and memory, are kept rather than independence.
 */
export function cutsBefore(elapsed: number, duration: number, keyframe: boolean, growth: Growth): boolean {
  const { isFirst, keyframeDistance, rules } = growth
  const longest = isFirst ? rules.firstLongest : rules.longest
  if (elapsed <= 0) return false
  if (!keyframe) return elapsed + duration > longest
  return elapsed >= (isFirst ? rules.firstNominal : rules.nominal) || elapsed + keyframeDistance > longest
}

/**
 * Where the open segment, which holds `elapsed` ticks, will end if keyframes keep coming at `usualDistance` after the one
 * at `lastKeyframe`, and samples last `frame`: ticks after its start. Only a prediction, for preload hints.
 */
export function predictedLength(
  lastKeyframe: number,
  usualDistance: number,
  elapsed: number,
  frame: number,
  growth: Growth,
): number {
  const { isFirst, rules } = growth
  const longest = isFirst ? rules.firstLongest : rules.longest
  let keyframe = lastKeyframe + usualDistance
  while (keyframe <= longest && !cutsBefore(keyframe, frame, true, growth)) keyframe += usualDistance
  // The last end of a sample that is not beyond the longest.
  const forced = elapsed + Math.max(0, Math.floor((longest - elapsed) / frame + 1e-6)) * frame
  return Math.min(keyframe, forced)
}
