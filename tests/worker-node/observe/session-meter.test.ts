import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SessionMeter, type SessionTotals } from '#worker/observe/session-meter.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'Date'], now: Date.UTC(2026, 0, 1) }))
afterEach(() => void vi.useRealTimers())

const totals = (more: Partial<SessionTotals> = {}): SessionTotals => ({
  ...{ receivedBytes: 0, sentBytes: 0, latenessMs: 0, slateSeconds: 0, momentaryLufs: -18.2, integratedLufs: null },
  ...more,
})
const progress = (frames: number, speed = 1) => ({ frames, fps: 0, speed, droppedFrames: 0, duplicatedFrames: 0 })

describe('the meter of a session', () => {
  it('turns running totals into rates of the time since the last sample', () => {
    const meter = new SessionMeter()
    meter.progress(progress(0))
    meter.sample(totals())
    vi.advanceTimersByTime(1_000)
    meter.progress(progress(30, 1.004))
    expect(
      meter.sample(totals({ receivedBytes: 125_000, sentBytes: 250_000, latenessMs: 41.6, slateSeconds: 2.04 })),
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
    meter.progress(progress(90))
    expect(meter.sample(totals({ receivedBytes: 375_000, sentBytes: 750_000 }))).toMatchObject({
      source_bitrate_kbps: 1_000,
      output_bitrate_kbps: 2_000,
      fps: 30,
    })
  })

  it('counts the frames of a new FFmpeg from 0', () => {
    const meter = new SessionMeter()
    meter.progress(progress(1_000))
    meter.sample(totals())
    vi.advanceTimersByTime(1_000)
    meter.progress(progress(20))
    expect(meter.sample(totals()).fps).toBe(20)
  })

  it('never gives a negative rate, nor one without end', () => {
    const meter = new SessionMeter()
    meter.sample(totals({ receivedBytes: 1_000 }))
    expect(meter.sample(totals({ receivedBytes: 500 }))).toMatchObject({ source_bitrate_kbps: 0, fps: 0 })
    expect(Number.isFinite(meter.sample(totals({ sentBytes: 1_000 })).output_bitrate_kbps)).toBe(true)
  })

  it('says nothing of speed while no FFmpeg runs', () => {
    const meter = new SessionMeter()
    meter.progress(progress(100, 0.5))
    vi.advanceTimersByTime(20_000)
    meter.stopped()
    expect(meter.sample(totals())).toMatchObject({ speed: null, fps: 0 })
  })
})
