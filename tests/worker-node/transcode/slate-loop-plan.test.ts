import { describe, expect, it } from 'vitest'
import type { EncodePlan } from '#schema/plan/plan.ts'
import { planLoop, usableSeconds } from '#worker/transcode/slate-loop-plan.ts'

const plan = (fps: string, renditionKbps = [1_000]): EncodePlan => {
  const [num = 25, den = 1] = fps.split('/').map(Number)
  return {
    ...{ fps: { num, den }, gopFrames: 50, audioBitrateKbps: 128, preset: 'ultrafast', zeroLatency: true, bFrames: 0 },
    renditions: renditionKbps.map((videoBitrateKbps, index) => ({
      ...{ id: `${index}`, width: 640, height: 360, videoBitrateKbps },
    })),
  }
}
const sound = { integratedLufs: -20, truePeakDb: -6 }
const rates = ['24', '25', '30', '50', '60', '24000/1001', '30000/1001', '60000/1001', '15', '27']

describe('a loop of pictures with sound', () => {
  it.each(rates)('at %s frames per second ends after whole AAC frames, or misses by little', (fps) => {
    for (const sampleRate of [48_000, 44_100, 32_000])
      for (const seconds of [1, 2.4, 3.5, 9.97, 30, 59.9]) {
        const frames = Math.round(seconds * (plan(fps).fps.num / plan(fps).fps.den))
        const loop = planLoop(plan(fps), sampleRate, { frames, sound })
        const { laps = 0, aacFrames = 0, periodTicks = 0, samples = 0 } = loop.sound ?? {}
        const lapTicks = (frames / plan(fps).fps.num) * plan(fps).fps.den * sampleRate
        expect(loop.frames).toBe(frames)
        expect(periodTicks).toBeCloseTo(laps * lapTicks, 3)
        expect(Math.abs(samples - lapTicks)).toBeLessThanOrEqual(0.5)
        // Dirichlet: among 16 laps one misses by a sixteenth of a frame (1.3 ms) at most; longer clips have fewer laps.
        expect(Math.abs(aacFrames * 1_024 - periodTicks)).toBeLessThanOrEqual(1_024 / Math.min(16, 480 / seconds))
        expect(laps).toBeLessThanOrEqual(16)
        expect((laps * lapTicks) / sampleRate).toBeLessThanOrEqual(480)
      }
  })

  it.each(['24', '25', '30', '50', '60'])(
    'at %s frames per second of 48 kHz never drifts: whole seconds fit',
    (fps) => {
      for (const seconds of [1, 7, 60]) {
        const period = planLoop(plan(fps), 48_000, { frames: seconds * Number(fps), sound }).sound
        expect((period?.aacFrames ?? 0) * 1_024).toBe(period?.periodTicks)
      }
    },
  )

  it('has every picture of the clip, and no sound where there is none to hear', () => {
    expect(planLoop(plan('25'), 48_000, { frames: 83, sound: null })).toEqual({ frames: 83, sound: null })
    for (const integratedLufs of [Number.NEGATIVE_INFINITY, -70, Number.NaN])
      expect(planLoop(plan('25'), 48_000, { frames: 83, sound: { integratedLufs, truePeakDb: -60 } }).sound).toBeNull()
  })

  it('is brought to −16 LUFS, and limited only where its peaks need it', () => {
    const gain = (integratedLufs: number, truePeakDb: number) => {
      const { gainDb, needsLimiter } = planLoop(plan('25'), 48_000, {
        frames: 50,
        sound: { integratedLufs, truePeakDb },
      }).sound!
      return [gainDb, needsLimiter]
    }
    expect(gain(-23, -9)).toEqual([7, true])
    expect(gain(-23, -9.5)).toEqual([7, false])
    expect(gain(-9, 0.5)).toEqual([-7, false])
    expect(gain(-50, -40)).toEqual([20, false])
  })
})

describe('how much of a video is used', () => {
  it('is a minute, and less where the renditions would fill the memory', () => {
    expect(usableSeconds(plan('25', [4_500, 2_500, 1_200]))).toBeCloseTo(59.5, 1)
    expect(usableSeconds(plan('25', [800]))).toBe(60)
    expect(usableSeconds(plan('25', [12_000, 6_000]))).toBeCloseTo(27.1, 1)
  })
})
