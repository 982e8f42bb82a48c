import { describe, expect, it } from 'vitest'
import { frameTicks, planFrameRate } from '#schema/plan/frame-rate.ts'
import { videoTimescale } from '#worker/media/sample.ts'

const name = ({ num, den }: { num: number; den: number }) => (den === 1 ? `${num}` : `${num}/${den}`)

describe('the frame rate that is encoded', () => {
  it.each([
    [24, 60, '24'],
    [23.976, 60, '24'],
    [25, 60, '25'],
    [29.97, 60, '30000/1001'],
    [30, 60, '30'],
    [50, 60, '50'],
    [59.94, 60, '60'],
    [60, 60, '60'],
  ])('of a source at %d, at most %d, is %s', (fps, maxFps, wanted) => {
    expect(name(planFrameRate(fps, maxFps))).toBe(wanted)
  })

  it.each([
    [50, 30, '25'],
    [59.94, 30, '30000/1001'],
    [60, 30, '30'],
    [120, 60, '60'],
    [120, 30, '30'],
    [48, 30, '24'],
    [1_000, 60, '30'],
  ])('of a source too fast, %d where %d is the most, is halved to %s', (fps, maxFps, wanted) => {
    expect(name(planFrameRate(fps, maxFps))).toBe(wanted)
  })

  it.each([
    [15, '30'],
    [14.985, '30000/1001'],
    [12.5, '25'],
    [12, '24'],
    [10, '30'],
    [8, '24'],
    [5, '25'],
    [1, '24'],
  ])('of a slow source, %d, shows each frame a whole number of times: %s', (fps, wanted) => {
    expect(name(planFrameRate(fps, 60))).toBe(wanted)
  })

  it.each([null, 0, -25, Number.NaN, Number.POSITIVE_INFINITY])('of an unknown rate (%s) is 30', (fps) => {
    expect(name(planFrameRate(fps, 30))).toBe('30')
  })

  it('has frames of whole ticks and is never above the most, whatever the source says', () => {
    for (const maxFps of [30, 60]) {
      for (let fps = 0.1; fps < 300; fps += 0.13) {
        const rate = planFrameRate(fps, maxFps)
        expect(Number.isInteger(frameTicks(rate, videoTimescale))).toBe(true)
        expect(rate.num / rate.den).toBeLessThanOrEqual(maxFps)
      }
    }
  })
})
