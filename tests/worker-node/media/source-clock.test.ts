import { describe, expect, it } from 'vitest'
import { SourceClock } from '#worker/media/source-clock.ts'

const times = (clock: SourceClock, ...timestamps: number[]) => timestamps.map((timestamp) => clock.at(timestamp))

describe("a source's clock", () => {
  it('begins at 0, wherever the source begins', () => {
    expect(times(new SourceClock(), 3_600_000, 3_600_040, 3_600_080)).toEqual([0, 40, 80])
  })

  it.each([
    ['an hour forwards', 3_600_080],
    ['an hour back', 80],
    ['to 0 after 2³² ms', 0],
  ])('goes on when the timestamps jump %s', (_, jump) => {
    const clock = new SourceClock()
    const before = clock.at(7_200_000)
    const after = times(clock, jump, jump + 40)
    expect(after[0]! - before).toBeGreaterThan(0)
    expect(after[0]! - before).toBeLessThanOrEqual(40)
    expect(after[1]! - after[0]!).toBe(40)
  })

  it('leaves small steps as they are, back or forwards: they are between sound and picture', () => {
    expect(times(new SourceClock(), 1_000, 1_500, 1_480, 3_000, 2_980)).toEqual([0, 500, 480, 2_000, 1_980])
  })
})
