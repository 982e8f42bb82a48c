import { describe, expect, it } from 'vitest'
import type { DestinationProfile } from '#schema/contracts/destination-profile.ts'
import { platformIds } from '#schema/contracts/platform.ts'
import type { SourceDescription } from '#schema/contracts/source.ts'
import { latencyModes, qualityPresets } from '#schema/enums.ts'
import { planBroadcast } from '#schema/plan/broadcast-plan.ts'
import { framesPerSecond } from '#schema/plan/frame-rate.ts'
import { renditionOverLimit, sourceOverLimit } from '#schema/plan/over-limit.ts'
import { sizeOf, usableShare } from '#schema/plan/plan.ts'
import { limitsOf, shapeOf } from '#schema/plan/platform-limits.ts'
import { sentMedia } from '#schema/plan/sent-media.ts'
import { seededRandom } from '#tests/support/live-samples.ts'

const random = seededRandom(11)
const pick = <T>(...from: readonly T[]): T => from[Math.floor(random() * from.length)]!
const maybe = <T extends object>(fields: T) => (random() < 0.5 ? fields : {})

function anySource(): SourceDescription | null {
  if (random() < 0.1) return null
  const [width, height] = pick(
    [1920, 1080],
    [1280, 720],
    [1080, 1920],
    [2560, 1080],
    [3840, 2160],
    [640, 480],
    [854, 480],
  )
  return {
    protocol: 'rtmp',
    video: {
      ...{ codec: pick('h264', 'hevc'), profile: pick('High', 'Main', null), width: width!, height: height! },
      ...{
        fps: pick(30, 60, 25, 15, 29.97, null),
        keyframe_interval_s: pick(1, 2, 5, null),
        b_frames: pick(true, false),
      },
    },
    audio: pick(null, { codec: 'aac', sample_rate: pick(44_100, 48_000), channels: 2 }),
    bitrate_kbps: pick(null, 700, 4_000, 12_000),
    encoder: null,
  }
}

const anyProfile = (): DestinationProfile =>
  random() < 0.5
    ? pick('auto', 'source', '240p', '720p', '1080p')
    : {
        height: pick(360, 720, 1080, 1440),
        ...maybe({ fps: pick(15, 30, 60) }),
        ...maybe({ video_bitrate_kbps: pick(300, 3_000, 9_000, 20_000) }),
        ...maybe({ audio_bitrate_kbps: pick(64, 160, 320) }),
        ...maybe({ orientation: pick('landscape', 'vertical') }),
        ...maybe({ framing: pick('crop', 'blur') }),
        ...maybe({ keyframe_interval_s: pick(1, 2, 6) }),
      }

const anyRequest = () => ({
  latencyMode: pick(...latencyModes),
  ladder: pick({ preset: 'auto' } as const, { preset: 'source' } as const, { preset: pick(...qualityPresets) }),
  encoderPreset: pick(null, 'ultrafast', 'slow') as null | 'ultrafast' | 'slow',
  source: anySource(),
  encodeUnits: pick(0.1, 0.5, 1, 2, 4, 16),
  upscaling: pick(undefined, { method: 'lanczos', height: pick(720, 1080) } as const),
  destinations: Array.from({ length: Math.floor(random() * 7) }, (_, index) => {
    const platform = pick(...platformIds)
    return { id: `${index} ${platform}`, platform, profile: anyProfile(), limitsOf: limitsOf(platform) }
  }),
})

describe('any plan of a broadcast', () => {
  const requests = Array.from({ length: 600 }, anyRequest)

  it('gives every destination something that its platform takes, or says why it gets nothing', () => {
    let refused = 0
    for (const request of requests) {
      const { viewers, feeds, destinations } = planBroadcast(request)
      expect(destinations.map(({ id }) => id)).toEqual(request.destinations.map(({ id }) => id))
      for (const [index, { feedId, renditionId, refusal }] of destinations.entries()) {
        const plan = feedId === null ? viewers.plan : feeds.find((feed) => feed.feedId === feedId)!
        const rendition = plan.renditions.find(({ id }) => id === renditionId)!
        const { limitsOf: limits } = request.destinations[index]!
        const over =
          plan.passthrough?.copiesVideo && request.source
            ? sourceOverLimit(request.source, sizeOf(request.source.video), limits)
            : renditionOverLimit(rendition, plan, limits)
        if (refusal === undefined)
          expect([request.destinations[index], over]).toEqual([request.destinations[index], null])
        else refused += 1
      }
    }
    expect(refused).toBeGreaterThan(0)
  })

  it('tells all that is given otherwise than it was asked for, and nothing else, once', () => {
    for (const request of requests) {
      const { viewers, feeds, destinations } = planBroadcast(request)
      for (const [index, { feedId, renditionId, adjustments, refusal }] of destinations.entries()) {
        const { profile } = request.destinations[index]!
        const fields = adjustments.map(({ field }) => field)
        expect(new Set(fields).size).toBe(fields.length)
        for (const { asked, given } of adjustments) expect(given).not.toBe(asked)
        const plan = feedId === null ? viewers.plan : feeds.find((feed) => feed.feedId === feedId)!
        if (refusal !== undefined || plan.passthrough?.copiesVideo) continue
        const gets = sentMedia(plan)[plan.renditions.findIndex(({ id }) => id === renditionId)]!
        const given = { ...gets, height: Math.min(gets.width, gets.height), orientation: shapeOf(gets) }
        for (const { field, given: told } of adjustments)
          if (field !== 'quality') expect([field, told]).toEqual([field, given[field as keyof typeof given]])
        const { framing: _, ...asked } = typeof profile === 'string' ? {} : profile
        for (const [field, value] of Object.entries(asked)) {
          const has = given[field as keyof typeof given]!
          const isSame = typeof value === 'number' ? Math.abs(Number(has) / value - 1) < 0.015 : has === value
          expect([field, value, has, isSame || fields.includes(field as (typeof fields)[number])]).toContain(true)
        }
      }
    }
  })

  it('makes nothing twice, nothing for nobody, and no more than the machine holds but for one rendition', () => {
    for (const request of requests) {
      const { viewers, feeds, destinations, encodeUnits } = planBroadcast(request)
      const ids = feeds.map(({ feedId }) => feedId)
      expect(new Set(ids).size).toBe(ids.length)
      for (const feedId of ids) expect(destinations.some((each) => each.feedId === feedId)).toBe(true)
      const isLeast = viewers.plan.renditions.length === 1 && feeds.every(({ passthrough }) => passthrough)
      if (!isLeast) expect(encodeUnits).toBeLessThanOrEqual(request.encodeUnits * usableShare + 1e-9)
    }
  })

  it('is above neither the source nor what that is upscaled to, in size and rate', () => {
    for (const request of requests) {
      const { viewers, feeds } = planBroadcast(request)
      const { width, height } = sizeOf(request.source?.video)
      const top = Math.max(Math.min(width, height), request.upscaling?.height ?? 0)
      for (const { renditions, fps } of [viewers.plan, ...feeds]) {
        for (const each of renditions) expect(Math.min(each.width, each.height)).toBeLessThanOrEqual(top)
        // What has fewer is shown several times a frame.
        expect(framesPerSecond(fps)).toBeLessThanOrEqual(60)
      }
    }
  })

  it('is the same each time', () => {
    for (const request of requests.slice(0, 100)) expect(planBroadcast(request)).toEqual(planBroadcast(request))
  })
})
