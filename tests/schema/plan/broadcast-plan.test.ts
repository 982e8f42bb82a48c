import { describe, expect, it } from 'vitest'
import type { DestinationProfile } from '#schema/contracts/destination-profile.ts'
import type { Ladder } from '#schema/contracts/ladder.ts'
import type { SourceDescription } from '#schema/contracts/source.ts'
import { type BroadcastRequest, planBroadcast } from '#schema/plan/broadcast-plan.ts'
import { noLimits, type PlatformLimits } from '#schema/plan/platform-limits.ts'
import type { PlanDestination } from '#schema/plan/wish.ts'

const source = (changes: Partial<NonNullable<SourceDescription['video']>> = {}, kbps = 6_000): SourceDescription => ({
  protocol: 'rtmp',
  video: {
    ...{ codec: 'h264', profile: 'High', width: 1920, height: 1080, fps: 60 },
    ...{ keyframe_interval_s: 2, b_frames: false },
    ...changes,
  },
  audio: { codec: 'aac', sample_rate: 48_000, channels: 2 },
  bitrate_kbps: kbps,
  encoder: null,
})

let ids = 0
function to(profile: DestinationProfile, limits: Partial<PlatformLimits> = {}): PlanDestination {
  return { id: `dst_${ids++}`, profile, limitsOf: () => ({ name: 'Custom', ...noLimits, ...limits }) }
}

function plan(destinations: PlanDestination[], request: Partial<BroadcastRequest> = {}) {
  const planned = planBroadcast({
    ...{ latencyMode: 'tutorial', ladder: { preset: 'auto' }, encoderPreset: null },
    ...{ source: source(), encodeUnits: 100, destinations, ...request },
  })
  /** What each destination gets, in a word. */
  const given = planned.destinations.map(({ feedId, renditionId }) => {
    const encodes = feedId === null ? planned.viewers.plan : planned.feeds.find((feed) => feed.feedId === feedId)!
    const { width, height, videoBitrateKbps } = encodes.renditions.find(({ id }) => id === renditionId)!
    const gets = encodes.passthrough
      ? 'source'
      : `${width}x${height}@${encodes.fps.num / encodes.fps.den} ${videoBitrateKbps}k`
    return feedId === null ? `viewers' ${renditionId}` : gets
  })
  return {
    ...planned,
    given,
    adjusted: planned.destinations.map(({ adjustments }) => adjustments.map(({ field }) => field)),
  }
}

describe('what a destination gets', () => {
  it('is the best of what viewers get, where it says nothing', () => {
    expect(plan([to('auto')]).given).toEqual(["viewers' 720p"])
  })

  it('is the rendition that it names', () => {
    const { given, feeds } = plan([to('480p'), to('240p')])
    expect(given).toEqual(["viewers' 480p", "viewers' 240p"])
    expect(feeds).toEqual([])
  })

  it('is an encode of its own where viewers get no such rendition', () => {
    expect(plan([to('1080p')]).given).toEqual(['1920x1080@60 6350k'])
  })

  it('is the source as it came, beside a ladder that is encoded', () => {
    const { given, feeds } = plan([to('source'), to('source')])
    expect(given).toEqual(['source', 'source'])
    expect(feeds).toMatchObject([{ passthrough: { copiesVideo: true } }])
  })

  it('is the source as it came where viewers get that', () => {
    const { given, feeds } = plan([to('source'), to('auto')], { ladder: { preset: 'source' } })
    expect(given).toEqual(["viewers' source", "viewers' source"])
    expect(feeds).toEqual([])
  })

  it('is encoded where the source can not go out as it is, and says why', () => {
    const { given, destinations } = plan([to('source')], { source: source({ codec: 'hevc', profile: 'Main' }) })
    expect(given).toEqual(["viewers' 720p"])
    expect(destinations[0]!.adjustments).toEqual([
      { field: 'quality', asked: 'source', given: '720p', reason: 'Its picture is hevc, not H.264.' },
    ])
  })

  it('is never above the source', () => {
    const { given, destinations } = plan([to({ height: 1440, fps: 60, video_bitrate_kbps: 9_000 })], {
      source: source({ width: 1280, height: 720, fps: 30 }),
    })
    expect(given).toEqual(['1280x720@30 9000k'])
    expect(destinations[0]!.adjustments).toEqual([
      { field: 'height', asked: 1440, given: 720, reason: 'The source is 720p.' },
      { field: 'fps', asked: 60, given: 30, reason: 'The source has 30 frames per second.' },
    ])
  })

  it('shows every second frame where more are asked for than half of the source’s, and not all', () => {
    const { given, destinations } = plan([to({ height: 720, fps: 50, video_bitrate_kbps: 3_000 })])
    expect(given).toEqual(['1280x720@30 3000k'])
    expect(destinations[0]!.adjustments).toMatchObject([
      { field: 'fps', asked: 50, given: 30, reason: "Of the source's 60 frames per second, one in 2 is shown." },
    ])
  })

  it.each([
    ['vertical', 'crop', [720, 1280, 'crop']],
    ['vertical', 'blur', [720, 1280, 'blur']],
    ['vertical', undefined, [720, 1280, 'blur']],
    ['landscape', 'crop', [1280, 720, undefined]],
  ] as const)('is %s when it is wanted so, by %s', (orientation, framing, [width, height, framed]) => {
    const { feeds } = plan([to({ height: 720, fps: 30, video_bitrate_kbps: 4_000, orientation, framing })])
    expect(feeds[0]!.renditions[0]).toMatchObject({ width, height })
    expect(feeds[0]!.renditions[0]!.framing).toBe(framed)
  })
})

describe('the limits of a platform', () => {
  it('turn an encode down, each thing for its own reason', () => {
    const limits = { maxHeight: 720, maxFps: 30, maxVideoKbps: 4_000, maxAudioKbps: 128, maxKeyframeSeconds: 2 }
    const wish = { height: 1080, fps: 60, video_bitrate_kbps: 9_000, audio_bitrate_kbps: 256, keyframe_interval_s: 4 }
    const { given, adjusted, feeds, destinations } = plan([to(wish, { name: 'Somewhere', ...limits })])
    expect(given).toEqual(['1280x720@30 4000k'])
    expect(adjusted).toEqual([['height', 'fps', 'video_bitrate_kbps', 'audio_bitrate_kbps', 'keyframe_interval_s']])
    expect(feeds[0]).toMatchObject({ audioBitrateKbps: 128, gopFrames: 60 })
    expect(destinations[0]!.adjustments.every(({ reason }) => /^Somewhere (takes|wants) .*\.$/.test(reason))).toBe(true)
  })

  it('leave out a rendition that is over them', () => {
    expect(plan([to('auto', { maxVideoKbps: 1_500 })]).given).toEqual(["viewers' 480p"])
    expect(plan([to('720p', { maxVideoKbps: 1_500 })]).given).toEqual(['1280x720@30 1500k'])
  })

  it('keep a source that is over them from going out as it is', () => {
    const { given, destinations } = plan([to('source', { name: 'Somewhere', maxVideoKbps: 4_500 })])
    expect(given).toEqual(['1920x1080@60 4500k'])
    expect(destinations[0]!.adjustments[0]).toMatchObject({ reason: 'Somewhere takes 4500 kbit/s at most.' })
    const smaller = plan([to('source', { maxHeight: 900 })]).destinations[0]!.adjustments
    expect(smaller).toEqual([
      { field: 'quality', asked: 'source', given: '900p', reason: 'Custom takes 900p at most.' },
    ])
    expect(plan([to('source', { maxKeyframeSeconds: 4 })]).given).toEqual(['source'])
    expect(plan([to('source', { maxKeyframeSeconds: 1 })]).given).not.toEqual(['source'])
  })
})

describe('encodes', () => {
  it('that are equal are made once', () => {
    const wish = { height: 1080, fps: 30, video_bitrate_kbps: 6_000 }
    const { feeds, given } = plan([to(wish), to({ ...wish }), to(wish, { maxFps: 30 })])
    expect(new Set(given).size).toBe(1)
    expect(feeds).toHaveLength(1)
    expect(feeds[0]!.renditions).toHaveLength(1)
  })

  it('that viewers get anyway are not made again', () => {
    const { feeds, given } = plan([to({ height: 720, fps: 30, video_bitrate_kbps: 2_450 })])
    expect(given).toEqual(["viewers' 720p"])
    expect(feeds).toEqual([])
  })

  it('take what they leave out from an equal rendition of the viewers’', () => {
    const ladder: Ladder = { preset: 'custom', renditions: [{ height: 720, video_bitrate_kbps: 3_000 }], fps: 60 }
    const given = (profile: DestinationProfile, limits: Partial<PlatformLimits> = {}) =>
      plan([to(profile, limits)], { ladder, latencyMode: 'low_latency', source: source({ fps: 30 }) }).given[0]
    expect(given({ height: 720 })).toBe("viewers' 720p")
    expect(given({ height: 720, video_bitrate_kbps: 3_000 })).toBe("viewers' 720p")
    expect(given({ height: 720, keyframe_interval_s: 2 })).toBe('1280x720@30 2450k')
    expect(given({ height: 720, video_bitrate_kbps: 2_000 })).toBe('1280x720@30 2000k')
    const advised = { kbps: 4_000, minKbps: null, maxKbps: null }
    expect(given({ height: 720 }, { advised })).toBe('1280x720@30 4000k')
    expect(given({ height: 720 }, { maxVideoKbps: 2_500 })).toBe('1280x720@30 2450k')
  })

  it('that differ are feeds by themselves, whoever else comes or goes', () => {
    const [one, other] = [to({ height: 1080, fps: 30 }), to({ height: 1080, fps: 60 })]
    const ids = (destinations: PlanDestination[]) => plan(destinations).feeds.map(({ feedId }) => feedId)
    expect(ids([one, other])).toEqual(['1920x1080-30fps-60-4500k-128k', '1920x1080-60fps-120-6350k-128k'])
    expect(ids([other])).toEqual(['1920x1080-60fps-120-6350k-128k'])
  })

  it('cost what they take, and the sum is told', () => {
    const alone = plan([]).encodeUnits
    const one = plan([to({ height: 1080, fps: 30 })]).encodeUnits
    expect(one - alone).toBeCloseTo(0.87, 1)
    expect(plan([to('source')]).encodeUnits).toBe(alone)
    expect(plan([to('source')], { ladder: { preset: 'source' } }).encodeUnits).toBe(0)
  })
})

describe('a machine that does not hold all', () => {
  const wishes = () => [to({ height: 1080, fps: 30 }), to({ height: 900, fps: 30 })]

  it('leaves out the viewers’ smaller renditions first', () => {
    const { viewers, feeds, given } = plan(wishes(), { encodeUnits: 2.45 })
    expect(viewers.plan.renditions.map(({ id }) => id)).toEqual(['720p'])
    expect(feeds).toHaveLength(2)
    expect(given).toEqual(['1920x1080@30 4500k', '1600x900@30 3400k'])
  })

  it('then gives the last destinations a rendition that is there, and says so', () => {
    const { given, destinations } = plan(wishes(), { encodeUnits: 2.2 })
    expect(given).toEqual(['1920x1080@30 4500k', "viewers' 720p"])
    expect(destinations[1]!.adjustments).toMatchObject(
      [{ field: 'height', asked: 900, given: 720, reason: /capacity/ }].map((each) => ({
        ...each,
        reason: expect.stringMatching(each.reason),
      })),
    )
    expect(plan(wishes(), { encodeUnits: 0.1 }).given).toEqual(["viewers' 240p", "viewers' 240p"])
  })

  it('says all that a destination gets otherwise there, and nothing that it gets as it was asked for', () => {
    const noCapacity = 'This machine has no capacity left for an encode of its own.'
    const given = (profile: DestinationProfile, limits: Partial<PlatformLimits> = {}, height = 1080) => {
      const ladder: Ladder = { preset: 'custom', renditions: [{ height }], fps: 30 }
      return plan([to(profile, limits)], { ladder, encodeUnits: 1.3 }).destinations[0]!.adjustments
    }
    expect(given({ height: 1080, orientation: 'vertical' })).toEqual([
      { field: 'orientation', asked: 'vertical', given: 'landscape', reason: noCapacity },
      { field: 'fps', asked: 60, given: 30, reason: noCapacity },
    ])
    const much = { height: 2160, fps: 60, video_bitrate_kbps: 40_000, keyframe_interval_s: 10 }
    const limits = { name: 'Twitch', maxHeight: 1080, maxVideoKbps: 6_000, maxKeyframeSeconds: 2 }
    const source = 'The source is 1080p.'
    const rate = 'Twitch takes 6000 kbit/s at most for this picture.'
    expect(given(much, limits)).toEqual([
      { field: 'height', asked: 2_160, given: 1_080, reason: source },
      { field: 'fps', asked: 60, given: 30, reason: noCapacity },
      { field: 'video_bitrate_kbps', asked: 40_000, given: 4_500, reason: `${rate} ${noCapacity}` },
      { field: 'keyframe_interval_s', asked: 10, given: 2, reason: 'Twitch wants a keyframe each 2 s.' },
    ])
    expect(given('1080p', {}, 720)).toMatchObject([
      { field: 'quality', asked: '1080p', given: '720p' },
      { field: 'fps', asked: 60, given: 30 },
    ])
    expect(given({ height: 2160 }, { maxHeight: 900 }, 720)).toMatchObject([
      { field: 'height', asked: 2_160, given: 720, reason: `${source} Custom takes 900p at most. ${noCapacity}` },
      { field: 'fps' },
    ])
  })

  it('gives a destination of a rendition that is left out the next smaller one', () => {
    const { given, adjusted } = plan([to('480p')], { encodeUnits: 1.1 })
    expect(given).toEqual(["viewers' 240p"])
    expect(adjusted).toEqual([['quality']])
  })
})
