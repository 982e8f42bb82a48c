import { beforeEach, describe, expect, it } from 'vitest'
import { Setbacks } from '#worker/agent/setbacks.ts'

const stream = { live_stream_id: 'ls_1', revision: 1 }
let nowMs: number
let setbacks: Setbacks
beforeEach(() => {
  nowMs = 0
  setbacks = new Setbacks(() => nowMs)
})

/** Fails after `lastedMs`; gives how long the stream is avoided then. */
function waitAfterFailure(lastedMs = 0, failed = stream): number {
  nowMs += lastedMs
  setbacks.failed(failed, lastedMs)
  const beganMs = nowMs
  while (setbacks.current().length > 0) nowMs += 500
  return nowMs - beganMs
}

describe('a stream that fails here', () => {
  it('is left for a second, and twice as long each time after, to a minute', () => {
    expect(Array.from({ length: 9 }, () => waitAfterFailure() / 1_000)).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
  })

  it('is taken soon again once a session of it lasted for a minute, or ended as it should', () => {
    for (let time = 0; time < 4; time++) waitAfterFailure(10_000)
    expect(waitAfterFailure(60_000)).toBe(1_000)
    expect(waitAfterFailure(10_000)).toBe(2_000)
    setbacks.ended(stream.live_stream_id)
    expect(waitAfterFailure(10_000)).toBe(1_000)
  })

  it('is named with the revision that failed, and begins with the short wait under another', () => {
    for (let time = 0; time < 4; time++) waitAfterFailure()
    setbacks.failed(stream, 0)
    expect(setbacks.current()).toEqual([stream])
    const changed = { ...stream, revision: 2 }
    expect(waitAfterFailure(0, changed)).toBe(1_000)
    expect(waitAfterFailure(0, changed)).toBe(2_000)
  })

  it('is forgotten when a hundred others have failed since', () => {
    setbacks.failed(stream, 0)
    for (let other = 2; other <= 101; other++) setbacks.failed({ live_stream_id: `ls_${other}`, revision: 1 }, 0)
    expect(setbacks.current()).toHaveLength(100)
    expect(setbacks.current()).not.toContainEqual(stream)
  })
})
