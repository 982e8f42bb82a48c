import { describe, expect, it } from 'vitest'
import type { LatencyMode } from '#schema/enums.ts'
import { type EncodePlan, planEncode } from '#schema/plan/plan.ts'
import { decibels, type Legibility, measureLegibility, worst } from '#tests/support/legibility.ts'
import { screenFixture } from '#tests/support/screen-content.ts'
import { screenContents } from '#tests/support/screen-script.ts'
import { described } from '#tests/support/transcode-run.ts'
import { videoEncoder } from '#worker/transcode/video-encoders.ts'

const screen = { width: 640, height: 360, fps: 24, seconds: 3 } as const
const kbps = 850
const planFor = (latencyMode: LatencyMode, source = described(screen)): EncodePlan =>
  planEncode({
    ...{ latencyMode, encoderPreset: null, encodeUnits: 100, source },
    ladder: { preset: 'custom', renditions: [{ height: 360, video_bitrate_kbps: kbps }] },
  }).plan
const tutorial = planFor('tutorial')
const { content: _, ...plain } = tutorial
const words = (plan: EncodePlan) => plan.renditions.map((rendition) => videoEncoder(plan, rendition).join(' '))

describe('the tutorial mode', () => {
  it.each(screenContents)('shows %s clearer than plain settings do, at no higher bit rate', async (content) => {
    const fixture = await screenFixture(content, screen)
    const measured = [plain, tutorial].map((plan) => measureLegibility(fixture, plan, screen))
    const [before, after] = (await Promise.all(measured)) as [Legibility, Legibility]
    expect(after.ssim).toHaveLength(screen.fps * screen.seconds)
    expect(decibels(after.ssim)).toBeGreaterThan(decibels(before.ssim))
    expect(decibels(worst(after.ssim))).toBeGreaterThan(decibels(worst(before.ssim)) + 2)
    expect(after.kbps).toBeLessThan(before.kbps)
  })

  it('is the only one that is tuned for screens', () => {
    expect(tutorial.content).toBe('screen')
    for (const mode of ['low_latency', 'high_quality'] as const) {
      expect(planFor(mode).content).toBeUndefined()
      expect(words(planFor(mode)).join()).toMatch(/ -b:v 850k -maxrate 935k -bufsize 850k$/)
    }
  })

  it('never goes above its bit rate for longer than the buffer', () => {
    expect(words(tutorial).join()).toMatch(/ -crf 15 -maxrate 850k -bufsize 1275k$/)
  })

  it('looks ahead for a sixth of a second, whatever the frame rate', () => {
    const lookahead = (fps: number) =>
      /rc-lookahead=(\d+)/.exec(words(planFor('tutorial', described({ ...screen, fps }))).join())?.[1]
    expect([24, 25, 30].map(lookahead)).toEqual(['4', '4', '5'])
  })

  it('has the more slices the more pixels there are, so that text is not cut up on a machine of many cores', () => {
    const threads = (width: number, height: number) => {
      const renditions = [{ id: 'any', width, height, videoBitrateKbps: 2_000 }]
      return /-threads (\d+)/.exec(words({ ...tutorial, fps: { num: 30, den: 1 }, renditions }).join())?.[1]
    }
    expect([threads(854, 480), threads(1280, 720), threads(1920, 1080)]).toEqual(['2', '2', '4'])
  })

  it('leaves hardware encoders as they are', () => {
    const [tuned] = words({ ...tutorial, encoder: 'h264_nvenc' })
    expect(tuned).toBe(words({ ...plain, encoder: 'h264_nvenc' })[0])
  })
})
