import { describe, expect, it } from 'vitest'
import { latencyModes } from '#schema/enums.ts'
import { planBroadcast } from '#schema/plan/broadcast-plan.ts'
import type { EncodePlan } from '#schema/plan/plan.ts'
import { limitsOf } from '#schema/plan/platform-limits.ts'
import { measureLegibility } from '#tests/support/legibility.ts'
import { screenFixture } from '#tests/support/screen-content.ts'
import { described } from '#tests/support/transcode-run.ts'
import { videoEncoder } from '#worker/transcode/video-encoders.ts'

const screen = { width: 640, height: 360, fps: 24, seconds: 3 } as const
const plansFor = (latencyMode: (typeof latencyModes)[number]) => {
  const { viewers, feeds } = planBroadcast({
    ...{ latencyMode, ladder: { preset: 'custom', renditions: [{ height: 240 }] }, encoderPreset: null },
    ...{ source: described(screen), encodeUnits: 100 },
    destinations: [{ id: 'one', profile: { height: 360, video_bitrate_kbps: 800 }, limitsOf: limitsOf('twitch') }],
  })
  return [viewers.plan, feeds[0]] as [EncodePlan, EncodePlan]
}
const words = (plan: EncodePlan) => plan.renditions.map((rendition) => videoEncoder(plan, rendition).join(' ')).join()

describe('what is encoded for destinations alone', () => {
  it.each(latencyModes)('never goes above its bit rate, and is padded to it (%s)', (mode) => {
    const [viewers, feed] = plansFor(mode)
    expect(words(feed)).toMatch(/ -x264-params (\S+:)?filler=1 .*-b:v 800k -maxrate 800k -bufsize 800k$/)
    expect(words(viewers)).not.toContain('filler')
  })

  it('has that bit rate where next to nothing moves', async () => {
    const [, feed] = plansFor('tutorial')
    const { kbps } = await measureLegibility(await screenFixture('slides', screen), feed, screen)
    expect(Math.abs(kbps - 800)).toBeLessThan(80)
  })

  it('is padded by no hardware encoder', () => {
    const [, feed] = plansFor('tutorial')
    expect(words({ ...feed, encoder: 'h264_nvenc' })).not.toContain('x264')
    expect(words({ ...feed, encoder: 'h264_nvenc' })).toMatch(/ -b:v 800k -maxrate 800k -bufsize 800k$/)
  })
})
