import { describe, expect, it } from 'vitest'
import { Allowance, retryDelayMs, stallLimitMs, startLimitMs, Watchdog } from '#player/recovery.ts'

describe('the watchdog', () => {
  it('calls a stall only after six seconds without progress', () => {
    let nowMs = 0
    const watchdog = new Watchdog(() => nowMs)
    watchdog.progressed()
    nowMs = stallLimitMs
    expect(watchdog.stalled).toBe(false)
    nowMs += 1
    expect(watchdog.stalled).toBe(true)
  })

  it('gives a new engine longer for its first picture', () => {
    let nowMs = 0
    const watchdog = new Watchdog(() => nowMs)
    watchdog.progressed()
    watchdog.started()
    nowMs = startLimitMs
    expect(watchdog.stalled).toBe(false)
    nowMs += 1
    expect(watchdog.stalled).toBe(true)
  })

  it('does not count the time of a pause', () => {
    let nowMs = 0
    const watchdog = new Watchdog(() => nowMs)
    watchdog.progressed()
    nowMs = 60_000
    watchdog.excused()
    nowMs += stallLimitMs
    expect(watchdog.stalled).toBe(false)
  })
})

describe('the delay before another engine', () => {
  it('doubles from half a second to eight seconds', () => {
    const delays = [0, 1, 2, 3, 4, 5, 100].map((attempt) => retryDelayMs(attempt, () => 0.5))
    expect(delays).toEqual([500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000])
  })

  it('is spread by a quarter', () => {
    expect(retryDelayMs(4, () => 0)).toBe(6_000)
    expect(retryDelayMs(4, () => 0.999_999)).toBe(10_000)
  })
})

describe('an allowance', () => {
  it('is used up, and comes back with time', () => {
    const cures = new Allowance(2, 30_000)
    expect([cures.take(0), cures.take(1_000), cures.take(2_000), cures.take(30_000), cures.take(30_500)]).toEqual([
      true,
      true,
      false,
      true,
      false,
    ])
  })
})
