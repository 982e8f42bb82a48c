import { describe, expect, it } from 'vitest'
import { latencyModes } from '#schema/enums.ts'
import { latencyModeFigures } from '#schema/latency-modes.ts'
import { packageOf } from '#tests/support/live-origin.ts'
import { seededRandom, syntheticMedia } from '#tests/support/live-samples.ts'
import { printedSeconds } from '#worker/package/figures.ts'
import type { Package } from '#worker/package/package.ts'
import type { Segment } from '#worker/package/window.ts'

const seeds = [1, 2, 3]
const frameRates = [60, 30, 30000 / 1001, 25, 24, 15, 7]

/** Every segment that was ever complete, by track: the window alone forgets. */
function recordSegments(live: Package, trackIds: readonly string[]) {
  const all = new Map(trackIds.map((id) => [id, new Map<number, Segment>()]))
  return {
    note() {
      for (const [id, segments] of all)
        for (const segment of live.track(id)!.window.listed)
          if (segment.complete) segments.set(segment.sequence, segment)
    },
    of: (id: string) => [...all.get(id)!.values()],
  }
}

const cases = latencyModes.flatMap((mode) => frameRates.flatMap((fps) => seeds.map((seed) => ({ mode, fps, seed }))))

describe('cutting a timeline with keyframes at random places', () => {
  it.each(cases)('keeps every promise in $mode at $fps frames a second, seed $seed', ({ mode, fps, seed }) => {
    const random = seededRandom(seed)
    const media = syntheticMedia({ fps, gopSeconds: latencyModeFigures[mode].gopSeconds })
    const density = random() * 0.1
    const { package: live, feed } = packageOf(media, mode, { splices: () => random() < density })
    const record = recordSegments(live, ['180p', '90p', 'audio'])
    while (feed.seconds < 120) {
      feed.advance(0.9)
      record.note()
    }
    live.end()
    record.note()
    const { figures } = live
    const lead = record.of('180p')
    expect(lead.length).toBeGreaterThan(15)
    // So that numbers that start at the clock's second are never caught up with.
    expect(lead.length).toBeLessThan(feed.seconds)

    for (const [id, timescale] of [
      ['180p', 90_000],
      ['90p', 90_000],
      ['audio', 48_000],
    ] as const) {
      const segments = record.of(id)
      expect(segments.map(({ sequence }) => sequence)).toEqual(lead.map(({ sequence }) => sequence))
      for (const [index, segment] of segments.entries()) {
        // Target duration.
        expect(Math.round(segment.duration / timescale)).toBeLessThanOrEqual(figures.targetDuration)
        // No hole and no overlap, and parts fill their segment.
        const next = segments[index + 1]
        if (next) expect(segment.start + segment.duration).toBe(next.start)
        expect(segment.parts.reduce((total, part) => total + part.duration, 0)).toBe(segment.duration)
        // Renditions cut together, sound within one frame after them.
        const drift = segment.start / timescale - lead[index]!.start / 90_000
        expect(drift).toBeGreaterThanOrEqual(0)
        expect(drift).toBeLessThanOrEqual(id === 'audio' ? 1024 / 48_000 : 0)
        if (id !== 'audio') expect(segment.parts[0]!.independent).toBe(true)
        // Parts.
        if (figures.partTarget === null) continue
        for (const part of segment.parts) {
          const seconds = printedSeconds(part.duration / timescale)
          expect(seconds).toBeLessThanOrEqual(printedSeconds(figures.partTarget))
          if (part !== segment.parts.at(-1)) expect(seconds).toBeGreaterThanOrEqual(0.85 * figures.partTarget)
        }
      }
    }
  })

  it.each(latencyModes)(
    'cuts regular %s media into segments of the target duration after a first short one',
    (mode) => {
      const { gopSeconds, segmentSeconds } = latencyModeFigures[mode]
      const { package: live, feed } = packageOf(syntheticMedia({ gopSeconds }), mode)
      feed.advance(segmentSeconds * 4)
      const lengths = live.track('180p')!.window.listed.map(({ duration }) => duration / 90_000)
      expect(lengths.slice(0, -1)).toEqual([gopSeconds, segmentSeconds, segmentSeconds, segmentSeconds])
    },
  )

  it('cuts without a keyframe when none comes, so that the target duration and memory are kept', () => {
    const media = syntheticMedia({ gopSeconds: 60 })
    const { package: live, feed } = packageOf(media, 'low_latency')
    feed.advance(10)
    const segments = live.track('180p')!.window.listed.filter(({ complete }) => complete)
    expect(segments.length).toBeGreaterThanOrEqual(4)
    for (const { duration } of segments) expect(Math.round(duration / 90_000)).toBeLessThanOrEqual(2)
  })
})

describe('the window', () => {
  it('stays bounded, and keeps what has left the list as long as the longest list and its own length', () => {
    const { package: live, feed } = packageOf(syntheticMedia(), 'low_latency')
    const { window } = live.track('180p')!
    const lastSeen = new Map<number, number>()
    const lastListed = new Map<number, number>()
    for (let second = 0; second < 200; second += 1) {
      feed.advance(1)
      for (let sequence = 100; sequence < 400; sequence += 1) if (window.find(sequence)) lastSeen.set(sequence, second)
      for (const { sequence } of window.listed) lastListed.set(sequence, second)
      const held = [...Array(400).keys()].filter((sequence) => window.find(sequence)).length
      expect(held * 2).toBeLessThanOrEqual(2 * 20 + 5 * 2)
    }
    for (let sequence = 100; sequence < 150; sequence += 1)
      expect(lastSeen.get(sequence)! - lastListed.get(sequence)!).toBeGreaterThanOrEqual(20 + 2)
    const listed = window.listed.reduce((total, { duration }) => total + duration, 0) / 90_000
    expect(listed).toBeGreaterThanOrEqual(20)
    expect(listed).toBeLessThanOrEqual(24)
  })
})
