import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RunPace } from '#worker/observe/pace.ts'
import { SessionMeter, type SessionTotals } from '#worker/observe/session-meter.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'Date'], now: Date.UTC(2026, 0, 1) }))
afterEach(() => void vi.useRealTimers())

const totals = (more: Partial<SessionTotals> = {}): SessionTotals => ({
  ...{ receivedBytes: 0, sentBytes: 0, latenessMs: 0, slateSeconds: 0, momentaryLufs: -18.2, integratedLufs: null },
  ...more,
})
const progress = (speed: number) => ({ frames: 1, fps: 0, speed, droppedFrames: 0, duplicatedFrames: 0 })
const newRun = () => ({ mediaSeconds: 10, beganSeconds: 10, pictures: 1, inputWaits: false }) satisfies RunPace

describe('the meter of a session', () => {
  it('turns running totals into rates of the time since the last sample', () => {
    const meter = new SessionMeter()
    const run = newRun()
    meter.sample(totals(), run)
    vi.advanceTimersByTime(1_000)
    meter.progress(progress(1.004))
    Object.assign(run, { pictures: 31, mediaSeconds: 11 })
    expect(
      meter.sample(totals({ receivedBytes: 125_000, sentBytes: 250_000, latenessMs: 41.6, slateSeconds: 2.04 }), run),
    ).toEqual({
      at: '2026-01-01T00:00:01.000Z',
      source_bitrate_kbps: 1_000,
      output_bitrate_kbps: 2_000,
      fps: 30,
      speed: 1.004,
      lateness_ms: 42,
      slate_seconds: 2,
      loudness_momentary_lufs: -18.2,
      loudness_integrated_lufs: null,
    })
    vi.advanceTimersByTime(2_000)
    Object.assign(run, { pictures: 91, mediaSeconds: 13 })
    expect(meter.sample(totals({ receivedBytes: 375_000, sentBytes: 750_000 }), run)).toMatchObject({
      source_bitrate_kbps: 1_000,
      output_bitrate_kbps: 2_000,
      fps: 30,
    })
  })

  it('never gives a negative rate, nor one without end', () => {
    const meter = new SessionMeter()
    meter.sample(totals({ receivedBytes: 1_000 }), newRun())
    expect(meter.sample(totals({ receivedBytes: 500 }), newRun())).toMatchObject({ source_bitrate_kbps: 0, fps: 0 })
    expect(Number.isFinite(meter.sample(totals({ sentBytes: 1_000 }), newRun()).output_bitrate_kbps)).toBe(true)
  })

  it('says nothing of speed while no FFmpeg runs', () => {
    const meter = new SessionMeter()
    meter.progress(progress(0.5))
    vi.advanceTimersByTime(20_000)
    meter.stopped()
    expect(meter.sample(totals(), undefined)).toMatchObject({ speed: null, fps: 0 })
  })
})
