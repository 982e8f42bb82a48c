import { describe, expect, it } from 'vitest'
import type { PackagingSettings } from '#schema/contracts/packaging.ts'
import { type LatencyMode, latencyModes } from '#schema/enums.ts'
import { latencyModeFigures } from '#schema/latency-modes.ts'
import { packagingFaults, packagingFigures } from '#schema/packaging.ts'

const lengths = (given: Partial<PackagingSettings>): PackagingSettings => ({
  part_s: null,
  segment_s: null,
  window_segments: null,
  ...given,
})

describe('lengths that are left out', () => {
  it.each(latencyModes)('are those of %s', (mode) => {
    expect(packagingFaults(mode, lengths({}))).toEqual([])
    expect(packagingFigures(mode, lengths({}))).toEqual(latencyModeFigures[mode])
  })
})

describe('lengths that keep the rules', () => {
  it.each<[LatencyMode, Partial<PackagingSettings>]>([
    ['low_latency', { part_s: 0.15 }],
    ['low_latency', { part_s: 0.5, segment_s: 3, window_segments: 3 }],
    ['low_latency', { segment_s: 2, window_segments: 60 }],
    ['tutorial', { segment_s: 2 }],
    ['tutorial', { part_s: 2, segment_s: 4, window_segments: 4 }],
    ['high_quality', { segment_s: 10, window_segments: 12 }],
    ['high_quality', { window_segments: 3 }],
    ['high_quality', { part_s: 1, segment_s: 4 }],
  ])('hold in %s: %j', (mode, given) => {
    expect(packagingFaults(mode, lengths(given))).toEqual([])
    const { partTargetSeconds, segmentSeconds, windowSegments, ...others } = latencyModeFigures[mode]
    expect(packagingFigures(mode, lengths(given))).toEqual({
      ...others,
      partTargetSeconds: given.part_s ?? partTargetSeconds,
      segmentSeconds: given.segment_s ?? segmentSeconds,
      windowSegments: given.window_segments ?? windowSegments,
    })
  })
})

describe('lengths that break a rule', () => {
  it.each<[LatencyMode, Partial<PackagingSettings>, keyof PackagingSettings, RegExp]>([
    ['low_latency', { segment_s: 1 }, 'segment_s', /must not fall .*rfc8216bis §6\.2\.2.* use 2 s or more/],
    ['low_latency', { segment_s: 11 }, 'segment_s', /HOLD-BACK, rfc8216bis §4\.4\.3\.8.* use 10 s at most/],
    ['low_latency', { segment_s: 2.5 }, 'segment_s', /EXT-X-TARGETDURATION, rfc8216bis §4\.4\.3\.1.*multiple of 1 s/],
    ['tutorial', { segment_s: 3 }, 'segment_s', /begins with a keyframe .*§4\.4\.2\.1.*multiple of 2 s.*in tutorial/],
    ['high_quality', { segment_s: 5 }, 'segment_s', /startWithSAP, ISO\/IEC 23009-1.*multiple of 2 s/],
    ['low_latency', { part_s: 0.1 }, 'part_s', /85 % of PART-TARGET \(rfc8216bis §4\.4\.3\.7\).*0\.15 s or more/],
    ['tutorial', { part_s: -1 }, 'part_s', /0\.15 s or more/],
    ['tutorial', { part_s: 3 }, 'part_s', /rfc8216bis §4\.4\.4\.9.* 2 s at most for part_s/],
    ['high_quality', { part_s: 1.5, segment_s: 2 }, 'part_s', /1 s at most for part_s/],
    ['tutorial', { window_segments: 2 }, 'window_segments', /three target durations .*§6\.2\.2.*3 segments or more/],
    [
      'tutorial',
      { part_s: 2, window_segments: 3 },
      'window_segments',
      /timeShiftBufferDepth, ISO\/IEC 23009-1 §5\.3\.1\.2.* 4 segments or more/,
    ],
    ['tutorial', { window_segments: 31 }, 'window_segments', /120 s at most: use 30 segments or fewer, of 4 s each/],
    ['high_quality', { segment_s: 10, window_segments: 13 }, 'window_segments', /use 12 segments or fewer/],
  ])('are refused in %s: %j, at %s', (mode, given, field, words) => {
    const faults = packagingFaults(mode, lengths(given))
    expect(faults.map((fault) => fault.field)).toEqual([field])
    expect(faults[0]!.detail).toMatch(words)
    // Whoever has them all the same gets what always works.
    expect(packagingFigures(mode, lengths(given))).toEqual(latencyModeFigures[mode])
  })

  it('are each named once, at what was given', () => {
    const faults = packagingFaults('tutorial', { part_s: 0, segment_s: 0.5, window_segments: 1 })
    expect(faults.map(({ field }) => field).toSorted()).toEqual(['part_s', 'segment_s', 'window_segments'])
    // The window is the mode's own: the segments are what is too long for it.
    const long = packagingFaults('low_latency', lengths({ segment_s: 12.5 }))
    expect(long.map(({ field }) => field)).toEqual(['segment_s'])
  })
})

describe('whatever is accepted', () => {
  const grid = latencyModes.flatMap((mode) =>
    [null, 0.15, 0.2, 0.33, 1, 2.5, 5].flatMap((part_s) =>
      [null, 2, 3, 4, 5, 6, 8, 10].flatMap((segment_s) =>
        [null, 3, 4, 6, 20, 60].map((window_segments) => ({ mode, packaging: { part_s, segment_s, window_segments } })),
      ),
    ),
  )

  it('has whole GOPs in segments, parts in segments, and a list that players can stay in, and fits in memory', () => {
    const accepted = grid.filter(({ mode, packaging }) => packagingFaults(mode, packaging).length === 0)
    expect(accepted.length).toBeGreaterThan(100)
    for (const { mode, packaging } of accepted) {
      const figures = packagingFigures(mode, packaging)
      const listed = figures.windowSegments * figures.segmentSeconds
      expect(figures.segmentSeconds % figures.gopSeconds).toBe(0)
      expect((figures.partTargetSeconds ?? 0) * 2).toBeLessThanOrEqual(figures.segmentSeconds)
      expect(listed).toBeGreaterThanOrEqual(3 * figures.segmentSeconds)
      expect(listed - figures.segmentSeconds).toBeGreaterThanOrEqual(5 * (figures.partTargetSeconds ?? 0))
      expect(listed).toBeLessThanOrEqual(120)
    }
  })
})
