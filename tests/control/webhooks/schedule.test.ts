import { expect, it } from 'vitest'
import { nextAttempt, retriedForMs } from '#control/webhooks/schedule.ts'

/** The times of all attempts, milliseconds after the first. */
function attemptsWith(random: () => number): number[] {
  const times = [0]
  for (;;) {
    const nowMs = times.at(-1) ?? 0
    const next = nextAttempt({ attempts: times.length, firstAttemptMs: 0, nowMs }, random())
    if (next === null) return times
    times.push(next)
  }
}

it('tries again after 5 s, then ever later, and every three hours in the end', () => {
  const times = attemptsWith(() => 0.5)
  const gaps = times.slice(1).map((time, index) => (time - (times[index] ?? 0)) / 1_000)
  expect(gaps.slice(0, 8)).toEqual([5, 15, 45, 135, 405, 1_215, 3_645, 10_800])
  expect(new Set(gaps.slice(7))).toEqual(new Set([10_800]))
})

it('gives up within 24 hours, whatever the jitter', () => {
  for (const random of [0, 0.5, 0.999]) {
    const times = attemptsWith(() => random)
    expect(times.at(-1)).toBeLessThanOrEqual(retriedForMs)
    expect(times.at(-1)).toBeGreaterThan(20 * 3_600_000)
    expect(times.length).toBeGreaterThanOrEqual(12)
    expect(times.length).toBeLessThanOrEqual(18)
  }
})

it('spreads what failed together by a fifth each way', () => {
  const failed = { attempts: 3, firstAttemptMs: 0, nowMs: 0 }
  expect([nextAttempt(failed, 0), nextAttempt(failed, 0.9999999)]).toEqual([36_000, 54_000])
})

it('waits as long as the other side asks for, and three hours at most', () => {
  const failed = { attempts: 1, firstAttemptMs: 0, nowMs: 0 }
  expect(nextAttempt({ ...failed, retryAfterMs: 60_000 }, 0.5)).toBe(60_000)
  expect(nextAttempt({ ...failed, retryAfterMs: 1_000 }, 0.5)).toBe(5_000)
  expect(nextAttempt({ ...failed, retryAfterMs: 1e12 }, 0.5)).toBe(3 * 3_600_000)
})
