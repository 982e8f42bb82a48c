import { describe, expect, it } from 'vitest'
import type { PackagingSettings } from '#schema/contracts/packaging.ts'
import type { LatencyMode } from '#schema/enums.ts'
import { packagingFaults, packagingFigures } from '#schema/packaging.ts'
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
import { packageOf } from '#tests/support/live-origin.ts'
import { seededRandom, syntheticMedia } from '#tests/support/live-samples.ts'
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

/** A package with these lengths, at this rate, spliced at random. */
function packaged([mode, part_s, segment_s, window_segments]: Lengths, fps: number) {
  const packaging: PackagingSettings = { part_s, segment_s, window_segments }
  expect(packagingFaults(mode, packaging)).toEqual([])
  const figures = packagingFigures(mode, packaging)
  const random = seededRandom(3)
  const media = syntheticMedia({ fps, gopSeconds: figures.gopSeconds })
  return { figures, ...packageOf(media, mode, { mode: figures, splices: () => random() < 0.005 }) }
}

const urls = ['180p', '90p', 'audio'].map((track) => `http://h/${track}.m3u8`)

/** Media playlists of all tracks as they are now, and as deltas. */
function playlistsOf(live: Package) {
  const read = (url: string, skip: boolean) =>
    parseMediaPlaylist(live.playlist(live.track(/(\w+)\.m3u8/.exec(url)![1]!)!, skip).toString())
  return urls.map((url) => ({ url, whole: read(url, false), delta: read(url, true) }))
}

describe('a package of other lengths', () => {
  const cases = extremes.map((lengths, index) => [...lengths, [24, 30_000 / 1_001, 60][index % 3]!] as const)

  it.each(cases)(
    'breaks no rule of HLS in %s with parts of %s s, segments of %s s, %s of them, at %d frames a second',
    (...all) => {
      const fps = all[4]
      const { figures, package: live, feed } = packaged([all[0], all[1], all[2], all[3]], fps)
      const before = new Map<string, ParsedPlaylist>()
      const broken: unknown[] = []
      const listed = figures.windowSegments * figures.segmentSeconds
      feed.advance(figures.segmentSeconds)
      while (feed.seconds < listed + 4 * figures.segmentSeconds) {
        feed.advance(0.7 * figures.segmentSeconds)
        const now = playlistsOf(live)
        for (const { url, whole, delta } of now) {
          const last = before.get(url)
          const others = urls.filter((other) => other !== url)
          broken.push(...checkPlaylist(whole, url, others), ...checkDelta(delta, whole, url))
          if (last) broken.push(...checkSuccession(last, whole, url))
          before.set(url, whole)
        }
        broken.push(...checkRenditions(new Map(now.map(({ url, whole }) => [url, whole]))))
      }
      expect(broken).toEqual([])
      expect(before.get(urls[0]!)!.targetDuration).toBe(figures.segmentSeconds)
      expect(before.get(urls[0]!)!.partTarget === null).toBe(figures.partTargetSeconds === null)
      const lengths = live.track('180p')!.window.listed.map(({ duration }) => duration / 90_000)
      expect(Math.max(...lengths)).toBeGreaterThan(figures.segmentSeconds - 0.05)
    },
  )

  it.each(cases)(
    'breaks no rule of DASH in %s with parts of %s s, segments of %s s, %s of them, at %d frames a second',
    (...all) => {
      const { figures, package: live, feed } = packaged([all[0], all[1], all[2], all[3]], all[4])
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
