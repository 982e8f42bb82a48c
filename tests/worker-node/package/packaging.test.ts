import { describe, expect, it } from 'vitest'
import type { PackagingSettings } from '#schema/contracts/packaging.ts'
import type { LatencyMode } from '#schema/enums.ts'
import type { LatencyModeFigures } from '#schema/latency-modes.ts'
import { packagingFaults, packagingFigures } from '#schema/packaging.ts'
import { changingPackage } from '#tests/support/changing-package.ts'
import {
  type Broken,
  checkSuccession as checkDashSuccession,
  checkTimeline,
  parseTimelines,
  type Timeline,
} from '#tests/support/dash-validator.ts'
import { type ParsedPlaylist, parseMediaPlaylist } from '#tests/support/hls-validator/playlist.ts'
import {
  checkDelta,
  checkPlaylist,
  checkRenditions,
  checkSuccession,
} from '#tests/support/hls-validator/playlist-rules.ts'
import type { Violation } from '#tests/support/hls-validator/rules.ts'
import { packageOf } from '#tests/support/live-origin.ts'
import { seededRandom, syntheticMedia } from '#tests/support/live-samples.ts'
import { syntheticProgramme } from '#tests/support/switching-feed.ts'
import type { Package } from '#worker/package/package.ts'

type Lengths = readonly [LatencyMode, part_s: number | null, segment_s: number | null, window_segments: number | null]

/** The ends of what schema/packaging.ts lets through, and something between. */
const extremes: readonly Lengths[] = [
  ['low_latency', 0.15, 2, 3],
  ['low_latency', 0.33, 3, 4],
  ['low_latency', 5, 10, 12],
  ['tutorial', 0.15, 2, 20],
  ['tutorial', 1, 2, 4],
  ['tutorial', null, 10, 3],
  ['high_quality', null, 2, 3],
  ['high_quality', 0.2, 10, 8],
  ['high_quality', 3, 6, 4],
]

/** The figures of these lengths, which break no rule by themselves. */
function figuresOf([mode, part_s, segment_s, window_segments]: Lengths): LatencyModeFigures {
  const packaging: PackagingSettings = { part_s, segment_s, window_segments }
  expect(packagingFaults(mode, packaging)).toEqual([])
  return packagingFigures(mode, packaging)
}

/** A package with these figures, at this rate, spliced at random. */
function packaged(figures: LatencyModeFigures, fps: number) {
  const random = seededRandom(3)
  const media = syntheticMedia({ fps, gopSeconds: figures.gopSeconds })
  return packageOf(media, 'tutorial', { mode: figures, splices: () => random() < 0.005 })
}

/** Reads playlists, and deltas of them, until all that was there at first has left them. Gives the rules that break. */
function readPlaylists(
  live: Package,
  tracks: readonly string[],
  { windowSegments, segmentSeconds }: LatencyModeFigures,
  feed: { readonly seconds: number; advance(seconds: number): void },
) {
  const urls = tracks.map((track) => `http://h/${track}.m3u8`)
  const read = (track: string, skip: boolean) => parseMediaPlaylist(live.playlist(live.track(track)!, skip).toString())
  const last = new Map<string, ParsedPlaylist>()
  const broken: Violation[] = []
  feed.advance(segmentSeconds)
  while (feed.seconds < (windowSegments + 4) * segmentSeconds) {
    feed.advance(0.7 * segmentSeconds)
    for (const [index, url] of urls.entries()) {
      const others = urls.filter((other) => other !== url)
      const [whole, delta] = [read(tracks[index]!, false), read(tracks[index]!, true)]
      const before = last.get(url)
      broken.push(...checkPlaylist(whole, url, others), ...checkDelta(delta, whole, url))
      if (before) broken.push(...checkSuccession(before, whole, url))
      last.set(url, whole)
    }
    broken.push(...checkRenditions(last))
  }
  return { broken, last: last.get(urls[0]!)! }
}

describe('a package of other lengths', () => {
  const cases = extremes.map((lengths, index) => [...lengths, [24, 30_000 / 1_001, 60][index % 3]!] as const)

  it.each(cases)(
    'breaks no rule of HLS in %s with parts of %s s, segments of %s s, %s of them, at %d frames a second',
    (mode, part_s, segment_s, window_segments, fps) => {
      const figures = figuresOf([mode, part_s, segment_s, window_segments])
      const { package: live, feed } = packaged(figures, fps)
      const { broken, last } = readPlaylists(live, ['180p', '90p', 'audio'], figures, feed)
      expect(broken).toEqual([])
      expect(last.targetDuration).toBe(figures.segmentSeconds)
      expect(last.partTarget === null).toBe(figures.partTargetSeconds === null)
      const lengths = live.track('180p')!.window.listed.map(({ duration }) => duration / 90_000)
      expect(Math.max(...lengths)).toBeGreaterThan(figures.segmentSeconds - 0.05)
    },
  )

  it.each(extremes)('breaks none where the source goes out as it comes, in %s with %s, %s and %s', (...lengths) => {
    const figures = figuresOf(lengths)
    const programme = syntheticProgramme({
      ...{ mark: 2, width: 640, height: 360, fps: 30, variable: true, gopSeconds: 3, seconds: 6 },
      ...{ sampleRate: 44_100, channels: 1 },
    })
    const { live, feed } = changingPackage(programme, 'tutorial', figures)
    expect(readPlaylists(live, ['source', 'audio'], figures, feed).broken).toEqual([])
  })

  it.each(cases)(
    'breaks no rule of DASH in %s with parts of %s s, segments of %s s, %s of them, at %d frames a second',
    (mode, part_s, segment_s, window_segments, fps) => {
      const figures = figuresOf([mode, part_s, segment_s, window_segments])
      const { package: live, feed } = packaged(figures, fps)
      const broken: unknown[] = []
      const note: Broken = (rule, detail) => broken.push([rule, detail])
      let before: readonly Timeline[] = []
      feed.advance(figures.segmentSeconds)
      while (feed.seconds < figures.windowSegments * figures.segmentSeconds + 4 * figures.segmentSeconds) {
        feed.advance(0.7 * figures.segmentSeconds)
        const timelines = parseTimelines(live.manifest().toString())
        expect(timelines).toHaveLength(2)
        for (const [index, timeline] of timelines.entries()) {
          checkTimeline(timeline, note)
          if (before[index]) checkDashSuccession(before[index], timeline, note)
          expect('availabilityTimeOffset' in timeline.attributes).toBe(figures.partTargetSeconds !== null)
        }
        before = timelines
      }
      expect(broken).toEqual([])
      const manifest = live.manifest().toString()
      const seconds = (name: string) => Number(new RegExp(`${name}="PT([\\d.]+)S"`).exec(manifest)![1])
      // What players aim at is in a segment that is listed, and more than they buffer.
      const latest = seconds('timeShiftBufferDepth') - figures.segmentSeconds
      expect(seconds('suggestedPresentationDelay')).toBeLessThanOrEqual(latest + 1e-9)
      expect(seconds('minBufferTime')).toBeLessThanOrEqual(seconds('suggestedPresentationDelay'))
      expect(seconds('minimumUpdatePeriod')).toBeLessThanOrEqual(2)
      const [, farthest] = /<Latency [^>]*max="(\d+)"/.exec(manifest)!
      expect(Number(farthest)).toBeLessThanOrEqual(1000 * seconds('timeShiftBufferDepth'))
    },
  )
})
