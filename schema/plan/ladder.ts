import type { Ladder } from '../contracts/ladder.ts'
import type { Issue } from '../contracts/live-stream.ts'
import {
  type EncoderPreset,
  type LatencyMode,
  type QualityPreset,
  qualityPresets,
  type UpscaleMethod,
} from '../enums.ts'
import { pixelShare, usualBitrateKbps } from './bitrate.ts'
import { listed } from './listed.ts'

/** One size of the picture to encode. */
export interface Rendition {
  /** `720p`: the short side of the picture. */
  readonly id: string
  /** Pixels, even. */
  readonly width: number
  readonly height: number
  readonly videoBitrateKbps: number
  /** How the source fills a frame of another shape; left out: whole, between bars. */
  readonly framing?: 'crop' | 'blur'
  /** What makes it larger than its source; left out where it is not. */
  readonly upscaler?: Upscaler
}

/** A way to make a picture larger: see worker-node/transcode/upscaler.ts. */
export type Upscaler = Exclude<UpscaleMethod, 'off'>

export interface PictureSize {
  readonly width: number
  readonly height: number
}

/** Short sides that `auto` offers, largest first. */
const autoRungs: Readonly<Record<LatencyMode, readonly number[]>> = {
  low_latency: [720, 480, 240],
  tutorial: [720, 480, 240],
  high_quality: [1080, 720, 480, 240],
}

/** The largest of a preset, and short sides under it. */
const presetRungs = (preset: QualityPreset): readonly number[] => {
  const top = Number.parseInt(preset, 10)
  return [top, ...[1440, 1080, 720, 480, 240].filter((side) => side < top)]
}

/** A rung is left out where it lies so close under the one above: viewers would gain nothing. */
const closestRatio = 0.85

/** Up to which size smaller sources are made larger, and how. */
export interface Upscaling {
  readonly method: Upscaler
  /** Pixels of the short side. */
  readonly height: number
}

/**
 * The renditions wanted for a source of that size at that rate, largest first; never above the source, but for what it is
 * upscaled to.
 */
export function chooseRungs(
  ladder: Ladder,
  latencyMode: LatencyMode,
  source: PictureSize,
  fps: number,
  upscaling?: Upscaling,
): { renditions: Rendition[]; issues: Issue[] } {
  const sourceSide = shortSideOf(source)
  const topSide = largestSide(source, upscaling)
  const make = (side: number, kbps?: number) => rendition(side, source, fps, upscaling?.method, kbps)
  if (ladder.preset !== 'custom') {
    const preset = qualityPresets.find((each) => each === ladder.preset)
    const offered = preset ? presetRungs(preset) : upTo(topSide > sourceSide ? topSide : 0, autoRungs[latencyMode])
    const renditions = fitRungs(offered, topSide).map((side) => make(side))
    const isAbove = preset !== undefined && Number.parseInt(preset, 10) > topSide
    return { renditions, issues: isAbove ? [aboveSource([preset], sourceSide, topSide)] : [] }
  }
  const wanted = ladder.renditions.toSorted((a, b) => b.height - a.height)
  const fitting = wanted.filter(({ height }) => height <= topSide)
  const tooLarge = wanted.filter(({ height }) => height > topSide).map(({ height }) => `${height}p`)
  const renditions = fitting.length
    ? fitting.map((rung) => make(rung.height, rung.video_bitrate_kbps))
    : [make(sourceSide)]
  return { renditions, issues: tooLarge.length ? [aboveSource(tooLarge, sourceSide, topSide)] : [] }
}

/** Pixels of the short side, even. */
export const shortSideOf = ({ width, height }: PictureSize): number => evenFloor(Math.min(width, height))

/** The short side of the largest picture that may be made of a source. */
export const largestSide = (source: PictureSize, upscaling: Upscaling | undefined): number =>
  Math.max(shortSideOf(source), upscaling?.height ?? 0)

/** The rungs, under one more at the top where none is as large. */
const upTo = (top: number, rungs: readonly number[]) => (top > (rungs[0] ?? 0) ? [top, ...rungs] : rungs)

/**
 * What encoding takes, in "1080p30 x264 veryfast encodes". Fitted to field measurements: each rung has a fixed share
 * for scaling and motion search set-up beside the one that grows with its pixels; decoding comes on top.
 */
export function encodeCost(
  renditions: readonly Rendition[],
  source: PictureSize,
  fps: number,
  preset: EncoderPreset,
): number {
  const rungs = renditions.reduce((sum, rung) => sum + 0.12 + 0.75 * pixelShare(rung), 0)
  const upscaling = renditions.reduce((sum, rung) => sum + upscalingCost(rung), 0)
  return (fps / 30) * (0.15 * pixelShare(source) + rungs * presetCost[preset] + upscaling)
}

/** What Lanczos takes beyond the usual scaler, of 30 pictures a second: measured. */
export const upscalingCost = (rung: Rendition): number => (rung.upscaler ? 0.03 * pixelShare(rung) : 0)

/** CPU time of the x264 presets relative to `veryfast`. */
export const presetCost: Readonly<Record<EncoderPreset, number>> = {
  ultrafast: 0.4,
  superfast: 0.75,
  veryfast: 1,
  faster: 1.3,
  fast: 1.6,
  medium: 1.9,
  slow: 3,
}

/**
 * The renditions that `budget` holds. The largest stays for as long as it fits by itself: platforms and most viewers
 * get that one. Then comes the smallest, for viewers on a weak line, then what lies between, larger first; but one between
 * goes before a smallest that would be left alone far below. Where even the smallest does not fit, it stays alone.
 */
export function fitMachine(wanted: readonly Rendition[], cost: (rungs: Rendition[]) => number, budget: number) {
  const top = wanted.findIndex((rung) => cost([rung]) <= budget)
  const possible = wanted.slice(top < 0 ? -1 : top)
  const byWorth = [...possible.slice(0, 1), ...possible.slice(1).slice(-1), ...possible.slice(1, -1)]
  const held = new Set(byWorth.slice(0, 1))
  for (const rung of byWorth.slice(1)) if (cost([...held, rung]) <= budget) held.add(rung)
  const [largest, smallest, ...others] = held
  if (largest && smallest && others.length === 0 && isFarBelow(smallest, largest)) {
    const between = possible.slice(1, -1).findLast((rung) => cost([largest, rung]) <= budget)
    if (between) return [largest, between]
  }
  return wanted.filter((rung) => held.has(rung))
}

/** Less than a third of the size: who can't take the one needs something better than the other. */
const isFarBelow = (one: PictureSize, other: PictureSize): boolean => one.height * 3 < other.height

function fitRungs(rungs: readonly number[], sourceSide: number): number[] {
  const top = Math.min(rungs[0] ?? sourceSide, sourceSide)
  return [top, ...rungs.filter((side) => side < top * closestRatio)]
}

function rendition(
  side: number,
  source: PictureSize,
  fps: number,
  upscaler: Upscaler | undefined,
  kbps?: number,
): Rendition {
  const scale = side / Math.min(source.width, source.height)
  const landscape = source.width >= source.height
  const width = landscape ? scaled(source.width, scale) : side
  const height = landscape ? side : scaled(source.height, scale)
  return {
    id: `${side}p`,
    ...{ width, height },
    videoBitrateKbps: kbps ?? usualBitrateKbps({ width, height }, fps),
    ...(upscaler && side > shortSideOf(source) && { upscaler }),
  }
}

/** The nearest even length, but none above the source's own where it is not made larger. */
function scaled(pixels: number, scale: number): number {
  const nearest = Math.max(2, Math.round((pixels * scale) / 2) * 2)
  return scale > 1 ? nearest : Math.min(evenFloor(pixels), nearest)
}

function evenFloor(pixels: number): number {
  return Math.max(2, Math.floor(pixels / 2) * 2)
}

function aboveSource(names: string[], sourceSide: number, topSide: number): Issue {
  const notMade = `${listed(names)} ${names.length > 1 ? 'are' : 'is'} not made`
  const isUpscaled = topSide > sourceSide
  return {
    code: 'rendition_above_source',
    severity: 'info',
    detail: isUpscaled
      ? `The source is ${sourceSide}p and is upscaled to ${topSide}p at most, so ${notMade}.`
      : `The source is ${sourceSide}p, so ${notMade}: ${names.length > 1 ? 'they' : 'it'} would only be a blown-up picture.`,
    fix: isUpscaled
      ? 'Set a larger `upscale_height`, or take the larger renditions out of the ladder.'
      : 'Send a larger picture, take the larger renditions out of the ladder, or let it be enlarged if they must be there.',
  }
}
