import { describe, expect, it } from 'vitest'
import type { Ladder } from '#schema/contracts/ladder.ts'
import { latencyModes, qualityPresets } from '#schema/enums.ts'
import { usualBitrateKbps } from '#schema/plan/bitrate.ts'
import { ladderFaults } from '#schema/plan/ladder-faults.ts'
import { planEncode } from '#schema/plan/plan.ts'

/** The renditions of a ladder, and the codes of what is said of it. */
function made(ladder: Ladder, height: number, { fps = 30, encodeUnits = 100 } = {}) {
  const { plan, issues } = planEncode({
    ...{ latencyMode: 'high_quality', ladder, encoderPreset: 'veryfast', encodeUnits },
    source: {
      protocol: 'rtmp',
      video: {
        ...{ codec: 'h264', profile: 'High', width: (height * 16) / 9, height, fps },
        ...{ keyframe_interval_s: 2, b_frames: false },
      },
      ...{ audio: null, bitrate_kbps: null, encoder: null },
    },
  })
  return { names: plan.renditions.map(({ id }) => id), fps: plan.fps.num / plan.fps.den, issues }
}

describe('a ladder that is named by its top', () => {
  it.each([
    ['240p', ['240p']],
    ['360p', ['360p', '240p']],
    ['480p', ['480p', '240p']],
    ['720p', ['720p', '480p', '240p']],
    ['1080p', ['1080p', '720p', '480p', '240p']],
    ['1440p', ['1440p', '1080p', '720p', '480p', '240p']],
    ['2160p', ['2160p', '1440p', '1080p', '720p', '480p', '240p']],
  ] as const)('has sensible sizes below %s', (preset, names) => {
    expect(made({ preset }, 2160)).toMatchObject({ names, issues: [] })
  })

  it.each(qualityPresets)('%s has falling bit rates, none below what such a picture needs', (preset) => {
    for (const latencyMode of latencyModes) {
      const { plan } = planEncode({
        ...{ latencyMode, ladder: { preset }, encoderPreset: null, source: null, encodeUnits: 100 },
      })
      const rates = plan.renditions.map(({ videoBitrateKbps }) => videoBitrateKbps)
      expect(rates).toEqual(rates.toSorted((a, b) => b - a))
    }
  })

  it('is never above the source, and says so', () => {
    const { names, issues } = made({ preset: '1080p' }, 720)
    expect(names).toEqual(['720p', '480p', '240p'])
    expect(issues).toMatchObject([{ code: 'rendition_above_source', detail: expect.stringContaining('1080p') }])
  })

  it('has what the machine can hold, and says what it can not', () => {
    const { names, issues } = made({ preset: '2160p' }, 2160, { encodeUnits: 3 })
    expect(names).toEqual(['1440p', '720p', '240p'])
    expect(issues).toMatchObject([
      {
        code: 'rendition_over_capacity',
        detail: expect.stringContaining(
          '2160p, 1080p and 480p in real time beside what else it does, so viewers do not get them.',
        ),
      },
    ])
  })
})

describe('what is left for viewers on a machine that holds two renditions', () => {
  it.each([
    [1.5, ['1080p', '480p']],
    [1.42, ['1080p', '240p']],
    [1.2, ['1080p']],
  ])('of %d units is not the largest and the smallest alone, where one between fits', (encodeUnits, names) => {
    expect(made({ preset: '1080p' }, 1080, { encodeUnits }).names).toEqual(names)
  })
})

describe('a ladder of one’s own', () => {
  const custom = (fps?: number): Ladder => ({ preset: 'custom', renditions: [{ height: 360 }], ...(fps && { fps }) })

  it.each([
    [60, undefined, 60],
    [60, 30, 30],
    [50, 30, 25],
    [30, 60, 30],
    [30, 15, 15],
    [60, 10, 10],
  ] as const)('of a source of %d frames per second, at most %s, has %d', (source, most, fps) => {
    expect(made(custom(most), 720, { fps: source }).fps).toBe(fps)
  })
})

describe('bit rates of a ladder of one’s own', () => {
  it.each([
    [[{ height: 1080, video_bitrate_kbps: 6_000 }, { height: 720, video_bitrate_kbps: 3_000 }, { height: 360 }]],
    [
      [
        { height: 2160, video_bitrate_kbps: 50_000 },
        { height: 240, video_bitrate_kbps: 60 },
      ],
    ],
    [[{ height: 360 }, { height: 1080 }]],
    [
      [
        { height: 720, video_bitrate_kbps: 2_000 },
        { height: 480, video_bitrate_kbps: 2_000 },
      ],
    ],
  ])('may be %j', (rungs) => {
    expect(ladderFaults(rungs)).toEqual([])
  })

  it.each([
    [[{ height: 1080, video_bitrate_kbps: 200 }], 0, /^Too little for 1080p.* Use 563 or more\.$/],
    [[{ height: 240, video_bitrate_kbps: 9_000 }], 0, /^Nobody would see what is over 3600 in 240p/],
    [
      [
        { height: 480, video_bitrate_kbps: 3_000 },
        { height: 1080, video_bitrate_kbps: 2_500 },
      ],
      1,
      /^1080p must not have less than 480p, which has 3000.* Use 3000 or more, or give 480p less\.$/,
    ],
    // A rate that is left out is the usual one.
    [[{ height: 1080, video_bitrate_kbps: 2_000 }, { height: 720 }], 0, /less than 720p, which has 2450/],
  ])('may not be %j', (rungs, index, words) => {
    expect(ladderFaults(rungs)).toEqual([{ index, detail: expect.stringMatching(words) }])
  })

  it('are judged by a usual rate that rises with the picture', () => {
    const rates = [240, 480, 1080, 2160].map((height) => usualBitrateKbps({ width: (height * 16) / 9, height }, 30))
    expect(rates).toEqual([450, 1_350, 4_500, 12_750])
  })
})
