import { describe, expect, it } from 'vitest'
import { RateMeter } from '#worker/fanout/rate-meter.ts'

describe('RateMeter', () => {
  it('follows the rate of the last four seconds', () => {
    const meter = new RateMeter()
    let total = 0
    for (let ms = 0; ms <= 20_000; ms += 500) {
      meter.note(total, ms)
      if (ms === 10_000) expect(meter.kbps(total, ms)).toBe(1_000)
      total += ms < 10_000 ? 62_500 : 125_000
    }
    expect(meter.kbps(total - 125_000, 20_000)).toBe(2_000)
  })

  it('falls to zero when nothing goes out any more', () => {
    const meter = new RateMeter()
    for (let ms = 0; ms <= 10_000; ms += 500) meter.note(Math.min(ms, 5_000) * 100, ms)
    expect(meter.kbps(500_000, 10_000)).toBe(0)
  })

  it('says nothing before there is something to compare', () => {
    const meter = new RateMeter()
    expect(meter.kbps(1_000, 5)).toBe(0)
    meter.note(0, 0)
    expect(meter.kbps(1_000, 100)).toBe(0)
  })
})
