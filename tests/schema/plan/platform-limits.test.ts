import { describe, expect, it } from 'vitest'
import type { DestinationProfile } from '#schema/contracts/destination-profile.ts'
import type { PlatformId } from '#schema/contracts/platform.ts'
import type { SourceDescription } from '#schema/contracts/source.ts'
import { type BroadcastRequest, planBroadcast } from '#schema/plan/broadcast-plan.ts'
import { limitsOf, noLimits, type PlatformLimits } from '#schema/plan/platform-limits.ts'

const source = (width = 1920, height = 1080, changes: Partial<SourceDescription> = {}): SourceDescription => ({
  protocol: 'rtmp',
  video: {
    ...{ codec: 'h264', profile: 'High', width, height, fps: 60 },
    ...{ keyframe_interval_s: 2, b_frames: false },
  },
  audio: { codec: 'aac', sample_rate: 48_000, channels: 2 },
  bitrate_kbps: 5_000,
  encoder: null,
  ...changes,
})

type Wanted = readonly [PlatformId | Partial<PlatformLimits>, DestinationProfile]

/** What each destination gets: size, rate and bit rates, or the viewers' rendition; and the plan. */
function plan(destinations: readonly Wanted[], request: Partial<BroadcastRequest> = {}) {
  const planned = planBroadcast({
    ...{ latencyMode: 'tutorial', ladder: { preset: 'auto' }, encoderPreset: null },
    ...{ source: source(), encodeUnits: 100 },
    ...request,
    destinations: destinations.map(([limits, profile], index) => ({
      ...{ id: String(index), profile },
      limitsOf: typeof limits === 'string' ? limitsOf(limits) : () => ({ name: 'Somewhere', ...noLimits, ...limits }),
    })),
  })
  const given = planned.destinations.map(({ feedId, renditionId }) => feedId ?? renditionId)
  return { ...planned, given }
}

describe('a bit rate that nobody names', () => {
  it.each<[PlatformId, DestinationProfile, number]>([
    ['youtube', { height: 1080, fps: 30 }, 14_000],
    ['youtube', { height: 1080 }, 17_000],
    ['twitch', { height: 1080 }, 6_000],
    ['twitch', { height: 720, fps: 30 }, 3_000],
    // Facebook recommends nothing, and states a range; Kick a range for all sizes.
    ['facebook', { height: 1080, fps: 30 }, 4_500],
    ['facebook', { height: 360, fps: 30 }, 850],
    ['kick', { height: 360, fps: 30 }, 1_000],
    ['custom', { height: 1080, fps: 30 }, 4_500],
  ])('is what %s recommends, or ours within what it states, for %j', (platform, profile, kbps) => {
    const { feeds, destinations } = plan([[platform, profile]])
    expect(feeds[0]!.renditions[0]!.videoBitrateKbps).toBe(kbps)
    expect(destinations[0]!.adjustments).toEqual([])
  })
})

describe('what a platform can not take', () => {
  it('is made more where it is too little', () => {
    const { feeds, destinations } = plan([
      ['kick', { height: 480, fps: 30, video_bitrate_kbps: 600 }],
      ['kick', '240p'],
    ])
    expect(feeds.map(({ renditions }) => renditions[0]!.videoBitrateKbps)).toEqual([1_000, 1_000])
    expect(destinations.map(({ adjustments }) => adjustments)).toMatchObject([
      [
        {
          field: 'video_bitrate_kbps',
          asked: 600,
          given: 1_000,
          reason: expect.stringContaining('1000 kbit/s at least'),
        },
      ],
      [{ field: 'video_bitrate_kbps', asked: 450, given: 1_000 }],
    ])
  })

  it('is turned, where it has another shape than all that is taken', () => {
    const upright = plan([['linkedin', 'auto']], { source: source(1080, 1920) })
    expect(upright.given).toEqual(['1280x720-30fps-60-2450k-128k-blur'])
    expect(upright.destinations[0]!.adjustments).toEqual([
      {
        field: 'orientation',
        asked: 'vertical',
        given: 'landscape',
        reason: 'LinkedIn takes landscape pictures only.',
      },
    ])
    const wish = { height: 720, fps: 30, orientation: 'landscape', framing: 'crop', video_bitrate_kbps: 3_000 } as const
    expect(plan([[{ shapes: ['vertical'] }, wish]]).given).toEqual(['720x1280-30fps-60-3000k-128k-crop'])
    expect(plan([[{ shapes: ['vertical', 'landscape'] }, 'auto']]).given).toEqual(['720p'])
  })

  it('is made smaller where it is too long', () => {
    const { given, destinations } = plan([['twitch', { height: 1080, fps: 30, video_bitrate_kbps: 4_000 }]], {
      source: source(2560, 1080),
    })
    expect(given).toEqual(['1920x810-30fps-60-4000k-128k'])
    expect(destinations[0]!.adjustments[0]).toMatchObject({ field: 'height', asked: 1_080, given: 810 })
  })

  it('is no source with sound of another rate, nor one that sends too little', () => {
    const other = source(1280, 720, { audio: { codec: 'aac', sample_rate: 44_100, channels: 2 } })
    const thirty = (described: SourceDescription): SourceDescription => ({
      ...described,
      video: { ...described.video!, fps: 30 },
    })
    expect(plan([['linkedin', 'source']], { source: thirty(source(1280, 720)) }).given).toEqual(['source'])
    const { given, destinations } = plan([['linkedin', 'source']], { source: thirty(other) })
    expect(given).not.toEqual(['source'])
    expect(destinations[0]!.adjustments[0]!.reason).toBe('LinkedIn takes sound of 48000 Hz only.')
    const weak = plan([['kick', 'source']], { source: source(1280, 720, { bitrate_kbps: 700 }) })
    expect(weak.destinations[0]!.adjustments[0]!.reason).toMatch(/^Kick takes 1000 kbit\/s at least/)
  })

  it('is refused where no capacity is left for what would be taken', () => {
    const tight = { encodeUnits: 0.6, source: source(1280, 720) }
    const { destinations, feeds } = plan(
      [
        [{ shapes: ['vertical'] }, 'auto'],
        ['custom', 'auto'],
      ],
      tight,
    )
    expect(feeds).toEqual([])
    expect(destinations[0]!.refusal).toMatch(/^Somewhere takes vertical pictures only\. .*no capacity left.*\.$/)
    expect(destinations[1]).not.toHaveProperty('refusal')
    expect(plan([[{ shapes: ['vertical'] }, 'auto']]).destinations[0]).not.toHaveProperty('refusal')
  })
})

describe('encodes that differ in nothing but a rate that nobody named', () => {
  const everywhere: Wanted[] = [
    ['youtube', '1080p'],
    ['twitch', '1080p'],
    ['facebook', '1080p'],
    ['kick', '1080p'],
    ['x', '1080p'],
    ['custom', '1080p'],
  ]

  it('are each platform’s own where the machine holds them', () => {
    const { feeds } = plan(everywhere)
    expect(feeds.map(({ renditions }) => renditions[0]!.videoBitrateKbps)).toEqual([17_000, 6_000, 6_350, 12_000])
  })

  it('are one where it does not, at a rate that all of them take', () => {
    const { feeds, given, viewers } = plan(everywhere, { encodeUnits: 4 })
    expect(viewers.plan.renditions[0]!.id).toBe('720p')
    expect(feeds.map(({ renditions }) => renditions[0]!.videoBitrateKbps)).toEqual([6_000])
    expect(new Set(given).size).toBe(1)
  })

  it('join what is there before they change it, where that is enough', () => {
    const first: Wanted[] = [
      ['youtube', '1080p'],
      ['twitch', '1080p'],
    ]
    const tight = { encodeUnits: 5 }
    const before = plan(first, tight)
    expect(before.feeds.map(({ renditions }) => renditions[0]!.videoBitrateKbps)).toEqual([17_000, 6_000])
    const after = plan([...first, ['custom', '1080p']], tight)
    expect(after.given).toEqual([...before.given, before.given[1]])
  })

  it('join one whose rate was asked for, if their platform takes that', () => {
    const asked: Wanted = [{}, { height: 1080, video_bitrate_kbps: 7_000 }]
    const { given } = plan([asked, ['custom', '1080p'], ['twitch', '1080p']], { encodeUnits: 5 })
    expect(given).toEqual([
      '1920x1080-60fps-120-7000k-128k',
      '1920x1080-60fps-120-7000k-128k',
      '1920x1080-60fps-120-6000k-128k',
    ])
  })
})
