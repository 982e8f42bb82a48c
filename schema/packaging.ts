import type { PackagingSettings } from './contracts/packaging.ts'
import type { LatencyMode } from './enums.ts'
import { type LatencyModeFigures, latencyModeFigures } from './latency-modes.ts'

/** A length that can't be used. */
export interface PackagingFault {
  readonly field: keyof PackagingSettings
  /** The rule that breaks, with its clause, and what to do. */
  readonly detail: string
}

/** Seconds. Sound comes in frames of 1024 samples: of any shorter part, whole ones may be under 85 %. */
const shortestPart = 0.15
/** Seconds. Sequence numbers begin at the clock's second (worker-node/package/package.ts). */
const shortestSegment = 2
const longestSegment = 10
const fewestSegments = 3
/** Seconds of media listed. Up to twice that and five segments are in memory: 163 MB of 4.5 Mbit/s. */
const longestWindow = 120

/** The figures of a latency mode with these lengths in place of its own; its own, where these would break a rule. */
export function packagingFigures(mode: LatencyMode, packaging: PackagingSettings): LatencyModeFigures {
  return packagingFaults(mode, packaging).length > 0 ? latencyModeFigures[mode] : withLengths(mode, packaging)
}

/** What is wrong with these lengths in a latency mode; nothing where they can be used. */
export function packagingFaults(mode: LatencyMode, packaging: PackagingSettings): PackagingFault[] {
  const { gopSeconds, segmentSeconds, partTargetSeconds, windowSegments } = withLengths(mode, packaging)
  const listedSeconds = windowSegments * segmentSeconds
  const given = (...fields: (keyof PackagingSettings)[]) => fields.find((field) => packaging[field] !== null)
  const rules: readonly (readonly [isKept: boolean, field: keyof PackagingSettings | undefined, detail: string])[] = [
    [
      segmentSeconds >= shortestSegment,
      given('segment_s'),
      `Media sequence numbers must not fall from one session to the next (rfc8216bis §6.2.2). They rise with the clock's seconds, and shorter segments would overtake it: use ${shortestSegment} s or more. How soon viewers see something, part_s decides.`,
    ],
    [
      segmentSeconds <= longestSegment,
      given('segment_s'),
      `Players begin three target durations behind (HOLD-BACK, rfc8216bis §4.4.3.8), which would be more than half a minute: use ${longestSegment} s at most.`,
    ],
    [
      isMultiple(segmentSeconds, gopSeconds) && isMultiple(segmentSeconds, 1),
      given('segment_s'),
      `Every segment begins with a keyframe (EXT-X-INDEPENDENT-SEGMENTS, rfc8216bis §4.4.2.1; startWithSAP, ISO/IEC 23009-1 §5.3.7.2) and lasts whole seconds (EXT-X-TARGETDURATION, rfc8216bis §4.4.3.1): use a multiple of ${gopSeconds} s, the distance of keyframes in ${mode}.`,
    ],
    [
      partTargetSeconds === null || partTargetSeconds >= shortestPart,
      given('part_s'),
      `A part holds whole frames of sound, 21.3 ms each, and must reach 85 % of PART-TARGET (rfc8216bis §4.4.3.7): use ${shortestPart} s or more.`,
    ],
    [
      partTargetSeconds === null || 2 * partTargetSeconds <= segmentSeconds,
      given('part_s', 'segment_s'),
      `A part is a part of a segment (rfc8216bis §4.4.4.9), here of ${segmentSeconds} s: use ${segmentSeconds / 2} s at most for part_s, or longer segments.`,
    ],
    [
      windowSegments >= fewestSegments,
      given('window_segments'),
      `The playlist must hold three target durations whatever leaves it (rfc8216bis §6.2.2): use ${fewestSegments} segments or more.`,
    ],
    [
      partTargetSeconds === null || 5 * partTargetSeconds + segmentSeconds <= listedSeconds,
      given('window_segments', 'part_s', 'segment_s'),
      `Players of DASH aim at five parts behind (suggestedPresentationDelay), and the segment there must still be listed (timeShiftBufferDepth, ISO/IEC 23009-1 §5.3.1.2): use shorter parts, or ${Math.ceil((5 * (partTargetSeconds ?? 0)) / segmentSeconds) + 1} segments or more for window_segments.`,
    ],
    [
      listedSeconds <= longestWindow,
      given('window_segments', 'segment_s'),
      `A worker keeps what is listed in memory twice over, so it lists ${longestWindow} s at most: use ${Math.floor(longestWindow / segmentSeconds)} segments or fewer, of ${segmentSeconds} s each.`,
    ],
  ]
  const faults = rules.flatMap(([isKept, field, detail]) => (isKept || field === undefined ? [] : [{ field, detail }]))
  // What comes after the first fault of a field often only follows from it.
  return faults.filter(({ field }, index) => faults.findIndex((each) => each.field === field) === index)
}

function withLengths(mode: LatencyMode, packaging: PackagingSettings): LatencyModeFigures {
  const usual = latencyModeFigures[mode]
  return {
    ...usual,
    partTargetSeconds: packaging.part_s ?? usual.partTargetSeconds,
    segmentSeconds: packaging.segment_s ?? usual.segmentSeconds,
    windowSegments: packaging.window_segments ?? usual.windowSegments,
  }
}

/** Halves and tenths are not exact in binary. */
const isMultiple = (value: number, unit: number): boolean => Math.abs(value / unit - Math.round(value / unit)) < 1e-9
