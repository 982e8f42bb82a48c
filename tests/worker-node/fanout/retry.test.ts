import { describe, expect, it } from 'vitest'
import { Backoff, healthyBroadcastMs } from '#worker/fanout/retry.ts'

const failure = (code: string, rejected = false) => ({
  error: { code, detail: '', severity: 'error' as const },
  rejected,
})
const middle = () => 0.5
const failed = failure('unreachable')
const closed = failure('closed_by_platform')

describe('Backoff', () => {
  it('doubles from one second to thirty and never gives up', () => {
    const backoff = new Backoff(middle)
    const delays = Array.from({ length: 1_000 }, () => backoff.nextDelayMs(0, failed))
    expect(delays.slice(0, 7)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
    expect(delays.at(-1)).toBe(30_000)
  })

  it('spreads each pause by a fifth to both sides', () => {
    expect(new Backoff(() => 0).nextDelayMs(0, failed)).toBe(800)
    expect(new Backoff(() => 0.999_999).nextDelayMs(0, failed)).toBe(1_200)
  })

  it('tries at once when the platform closed a healthy broadcast, then begins with a second', () => {
    const backoff = new Backoff(middle)
    for (let attempt = 0; attempt < 6; attempt++) backoff.nextDelayMs(0, failed)
    expect(backoff.nextDelayMs(healthyBroadcastMs, closed)).toBe(0)
    expect(backoff.nextDelayMs(0, failed)).toBe(1_000)
  })

  it('does not hurry back to a platform that takes us and drops us again', () => {
    const backoff = new Backoff(middle)
    expect([0, 1, 2].map(() => backoff.nextDelayMs(500, closed))).toEqual([1_000, 2_000, 4_000])
  })

  it('gives a stalled platform a second to notice', () => {
    expect(new Backoff(middle).nextDelayMs(60_000, failure('stalled'))).toBe(1_000)
  })

  it('tries a rejected key at the longest interval', () => {
    expect(new Backoff(middle).nextDelayMs(0, failure('rejected_stream_key', true))).toBe(30_000)
  })

  it('begins with the shortest pause after somebody has mended something', () => {
    const backoff = new Backoff(middle)
    for (let attempt = 0; attempt < 6; attempt++) backoff.nextDelayMs(0, failed)
    backoff.reset()
    expect(backoff.nextDelayMs(0, failed)).toBe(1_000)
  })
})
