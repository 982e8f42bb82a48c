import { describe, expect, it } from 'vitest'
import type { SourceDescription } from '#schema/contracts/source.ts'

import { encodedLike, planPassthrough } from '#schema/plan/passthrough-plan.ts'
import { planEncode, planLater } from '#schema/plan/plan.ts'

const video = {
  codec: 'h264',
  profile: 'High',
  width: 1920,
  height: 1080,
  fps: 30,
  keyframe_interval_s: 2,
  b_frames: true,
}
const source: SourceDescription = {
  protocol: 'rtmp',
  video,
  audio: { codec: 'aac', sample_rate: 44_100, channels: 1 },
  bitrate_kbps: 6_000,
  encoder: null,
}
const request = (more: Partial<SourceDescription> = {}) => ({
  latencyMode: 'tutorial' as const,
  ladder: { preset: 'source' as const },
  encoderPreset: null,
  source: { ...source, ...more },
  encodeUnits: 1,
})

describe('the plan of a source that goes out untouched', () => {
  it('is a slate of its size, rate, profile and sound, and takes nothing of the machine', () => {
    const { plan, issues, encodeUnits } = planEncode(request())
    expect(plan).toMatchObject({
      fps: { num: 30, den: 1 },
      gopFrames: 60,
      renditions: [{ id: 'source', width: 1920, height: 1080, videoBitrateKbps: 9_000 }],
      passthrough: { copiesVideo: true, copiesAudio: true, sampleRate: 44_100, channels: 1, profile: 'high' },
    })
    expect({ issues, encodeUnits }).toEqual({ issues: [], encodeUnits: 0 })
  })

  it('is the slate of one at 720p while it is not there yet, which it follows untouched', () => {
    const awaited = planEncode({ ...request(), source: null })
    expect(awaited).toMatchObject({ issues: [], encodeUnits: 0 })
    expect(awaited.plan).toMatchObject({
      renditions: [{ id: 'source', width: 1280, height: 720 }],
      passthrough: { copiesVideo: false, copiesAudio: false, sampleRate: 48_000, channels: 2 },
    })
    const before = { ...awaited.plan, passthrough: awaited.plan.passthrough! }
    expect(planLater(before, request())).toEqual(planEncode(request()))
  })

  it.each([
    ['HE-AAC', { codec: 'he_aac', sample_rate: 48_000, channels: 2 }],
    ['Opus', { codec: 'opus', sample_rate: 48_000, channels: 2 }],
    ['sound of six channels', { codec: 'aac', sample_rate: 48_000, channels: 6 }],
    ['no sound', null],
  ])('encodes the sound alone where there is %s', (_, audio) => {
    expect(planEncode(request({ audio })).plan.passthrough).toMatchObject({
      ...{ copiesVideo: true, copiesAudio: false, sampleRate: 48_000, channels: 2 },
    })
  })

  it.each([
    ['no picture', null, 'It has no picture.'],
    ['HEVC', { ...video, codec: 'hevc' }, 'Its picture is hevc, not H.264.'],
    ['ten bits', { ...video, profile: 'High 10' }, 'High 10'],
    ['5K', { ...video, width: 5_120, height: 2_880 }, '5120×2880'],
  ])('is an ordinary ladder with an issue that says why for %s', (_, picture, why) => {
    const { plan, issues } = planEncode(request({ video: picture }))
    expect(plan.passthrough).toBeUndefined()
    expect(issues).toContainEqual(
      expect.objectContaining({ code: 'passthrough_not_possible', detail: expect.stringContaining(why) }),
    )
  })

  it('encodes a later source that can’t go out as it is, in the same rendition', () => {
    const passed = planPassthrough(request())
    if (!('plan' in passed) || !passed.plan.passthrough) throw new Error('It can be passed.')
    const plan = encodedLike({ ...passed.plan, passthrough: passed.plan.passthrough })
    expect(plan.renditions).toEqual(passed.plan.renditions)
    expect(plan.passthrough).toMatchObject({ copiesVideo: false, copiesAudio: false, sampleRate: 44_100, channels: 1 })
  })
})
