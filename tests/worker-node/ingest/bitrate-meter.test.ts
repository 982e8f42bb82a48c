import { describe, expect, it } from 'vitest'
import { BitrateMeter } from '#worker/ingest/bitrate-meter.ts'

/** 1,000 bytes each 10 ms are 800 kbit/s. */
function fed(fromMs: number, toMs: number, meter = new BitrateMeter()): BitrateMeter {
  for (let nowMs = fromMs; nowMs < toMs; nowMs += 10) meter.add(1_000, nowMs)
  return meter
}

describe('BitrateMeter', () => {
  it('knows nothing before a second has passed', () => {
    const meter = new BitrateMeter()
    expect(meter.kbps(5_000)).toBeNull()
    expect(fed(5_000, 5_900, meter).kbps(5_900)).toBeNull()
  })

  it.each([1_000, 1_250, 3_000, 10_000, 100_000])('tells the rate after %d ms', (lastedMs) => {
    expect(fed(7_000, 7_000 + lastedMs).kbps(7_000 + lastedMs)).toBe(800)
  })

  it('forgets what is older than four seconds', () => {
    const meter = fed(0, 10_000)
    expect(meter.kbps(12_000)).toBeLessThan(800)
    expect(meter.kbps(14_500)).toBe(0)
    expect(fed(14_500, 20_000, meter).kbps(20_000)).toBe(800)
  })

  it('goes on when the clock stands still or goes back', () => {
    const meter = fed(0, 5_000)
    meter.add(1_000, 4_000)
    expect(meter.kbps(3_000)).toBeGreaterThan(700)
  })
})
