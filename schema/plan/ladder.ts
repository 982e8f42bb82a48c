import type { Issue, Ladder } from '../contracts/live-stream.ts'
import type { EncoderPreset, LatencyMode } from '../enums.ts'

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
}

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

/** A rung is left out where it lies so close under the one above: viewers would gain nothing. */
const closestRatio = 0.85

/** The renditions wanted for a source of that size at that rate, largest first; never above the source. */
export function chooseRungs(
  ladder: Ladder,
  latencyMode: LatencyMode,
  source: PictureSize,
  fps: number,
): { renditions: Rendition[]; issues: Issue[] } {
  const sourceSide = evenFloor(Math.min(source.width, source.height))
  if (ladder.preset !== 'custom') {
    const sides = fitRungs(autoRungs[latencyMode], sourceSide)
    return { renditions: sides.map((side) => rendition(side, source, fps)), issues: [] }
  }
  const wanted = ladder.renditions.toSorted((a, b) => b.height - a.height)
  const fitting = wanted.filter(({ height }) => height <= sourceSide)
  const tooLarge = wanted.filter(({ height }) => height > sourceSide).map(({ height }) => `${height}p`)
  const renditions = fitting.length
    ? fitting.map((rung) => rendition(rung.height, source, fps, rung.video_bitrate_kbps))
    : [rendition(sourceSide, source, fps)]
  return { renditions, issues: tooLarge.length ? [aboveSource(tooLarge, sourceSide)] : [] }
}

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
  return (fps / 30) * (0.15 * pixelShare(source) + rungs * presetCost[preset])
}

/** CPU time of the x264 presets relative to `veryfast`. */
const presetCost: Readonly<Record<EncoderPreset, number>> = {
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
 * get that one. Then comes the smallest, for viewers on a weak line, then what lies between, larger first. Where even
 * the smallest does not fit, it stays alone.
 */
export function fitMachine(wanted: readonly Rendition[], cost: (rungs: Rendition[]) => number, budget: number) {
  const top = wanted.findIndex((rung) => cost([rung]) <= budget)
  const possible = wanted.slice(top < 0 ? -1 : top)
  const byWorth = [...possible.slice(0, 1), ...possible.slice(1).slice(-1), ...possible.slice(1, -1)]
  const held = new Set(byWorth.slice(0, 1))
  for (const rung of byWorth.slice(1)) if (cost([...held, rung]) <= budget) held.add(rung)
  return wanted.filter((rung) => held.has(rung))
}

function fitRungs(rungs: readonly number[], sourceSide: number): number[] {
  const top = Math.min(rungs[0] ?? sourceSide, sourceSide)
  return [top, ...rungs.filter((side) => side < top * closestRatio)]
}

function rendition(side: number, source: PictureSize, fps: number, kbps?: number): Rendition {
  const scale = side / Math.min(source.width, source.height)
  const landscape = source.width >= source.height
  const width = landscape ? scaled(source.width, scale) : side
  const height = landscape ? side : scaled(source.height, scale)
  return { id: `${side}p`, width, height, videoBitrateKbps: kbps ?? usualBitrateKbps({ width, height }, fps) }
}

/** 1080p30 takes 4.5 Mbit/s, smaller pictures a little more per pixel, more frames a little less per frame. */
export function usualBitrateKbps(size: PictureSize, fps: number): number {
  const kbps = 4_500 * pixelShare(size) ** 0.75 * Math.max(1, fps / 30) ** 0.5
  return Math.max(100, Math.round(kbps / 50) * 50)
}

function pixelShare({ width, height }: PictureSize): number {
  return (width * height) / (1920 * 1080)
}

/** The nearest even length, but none above the source's own. */
function scaled(pixels: number, scale: number): number {
  return Math.min(evenFloor(pixels), Math.max(2, Math.round((pixels * scale) / 2) * 2))
}

function evenFloor(pixels: number): number {
  return Math.max(2, Math.floor(pixels / 2) * 2)
}

function aboveSource(names: string[], sourceSide: number): Issue {
  return {
    code: 'rendition_above_source',
    severity: 'info',
    detail: `The source is ${sourceSide}p, so ${names.join(' and ')} is not made: it would only be a blown-up picture.`,
    fix: 'Send a larger picture, or take the larger renditions out of the ladder.',
  }
}
