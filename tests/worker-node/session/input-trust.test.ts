import { describe, expect, it } from 'vitest'
import { InputTrust } from '#worker/session/input-trust.ts'

/** What is asked of an input after each time on air, in seconds, that ended with a failure. */
function askedAfter(...secondsOnAir: number[]): number[] {
  const trust = new InputTrust()
  let nowMs = 0
  return secondsOnAir.map((seconds) => {
    trust.tookOver(nowMs)
    nowMs += seconds * 1_000
    trust.failed(nowMs)
    nowMs += 30_000
    return trust.goodAfterMs / 1_000
  })
}

describe('an input', () => {
  it('is asked for ten seconds, at first and when it fell behind once', () => {
    expect(new InputTrust().goodAfterMs).toBe(10_000)
    expect(askedAfter(5)).toEqual([10])
  })

  it('that falls behind soon after each return is asked for longer and longer, to a limit', () => {
    expect(askedAfter(20, 20, 20, 20, 20, 20, 20)).toEqual([10, 20, 40, 80, 160, 160, 160])
  })

  it('that is lost again and again is asked for no more than one that was lost once', () => {
    const trust = new InputTrust()
    for (let round = 0; round < 5; round++) {
      trust.tookOver(round * 20_000)
      trust.lost()
    }
    expect(trust.goodAfterMs).toBe(10_000)
  })

  it('that was on air for a minute is trusted again', () => {
    expect(askedAfter(20, 20, 20, 61, 20)).toEqual([10, 20, 40, 10, 20])
  })
})
