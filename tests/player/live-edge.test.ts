import { describe, expect, it } from 'vitest'
import { isAtLiveEdge, LiveEdgeKeeper, latencySeconds } from '#player/live-edge.ts'

describe('the live edge', () => {
  it('is left at six seconds and reached again at three, so that the badge does not flicker', () => {
    expect(isAtLiveEdge(true, 5.9, false)).toBe(true)
    expect(isAtLiveEdge(true, 6, false)).toBe(false)
    expect(isAtLiveEdge(false, 5.9, false)).toBe(false)
    expect(isAtLiveEdge(false, 2.9, false)).toBe(true)
  })

  it('is left by a pause at once', () => {
    expect(isAtLiveEdge(true, 0, true)).toBe(false)
  })
})

describe('who is not at the live edge', () => {
  it('is brought back if pictures stood still, at most once in ten seconds', () => {
    const keeper = new LiveEdgeKeeper()
    expect([0, 9_999, 10_000, 12_000].map((nowMs) => keeper.mayJump(nowMs))).toEqual([true, false, true, false])
  })

  it('stays there who paused or went back, until he wants to be live again', () => {
    const keeper = new LiveEdgeKeeper()
    keeper.left()
    expect(keeper.mayJump(0)).toBe(false)
    keeper.reached()
    expect(keeper.mayJump(0)).toBe(true)
  })
})

describe('the latency', () => {
  it('is told in tenths of a second', () => {
    expect(latencySeconds(1_000_000, 1_002_449)).toBe(2.4)
  })

  it('is not told where a clock is missing or plainly wrong', () => {
    expect(latencySeconds(null, 1_000)).toBeNull()
    expect(latencySeconds(2_000, 1_000)).toBeNull()
    expect(latencySeconds(1_000, Number.NEGATIVE_INFINITY)).toBeNull()
    expect(latencySeconds(0, 90_000_000)).toBeNull()
  })
})
