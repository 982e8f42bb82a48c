import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { parseDirectives, Waiters } from '#worker/package/blocking.ts'

describe('waiters', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())
  const never = new AbortController().signal

  it('do not wait for what is there', async () => {
    const waiters = new Waiters(1)
    expect(await waiters.wait(() => true, 1_000, never)).toBe('ready')
    expect(waiters.count).toBe(0)
  })

  it('are told when what they wait for has come, and not before', async () => {
    const waiters = new Waiters(1)
    let there = false
    let result: string | undefined
    void waiters
      .wait(() => there, 1_000, never)
      ?.then((settled) => {
        result = settled
      })
    waiters.wake()
    await vi.advanceTimersByTimeAsync(999)
    expect(result).toBeUndefined()
    there = true
    waiters.wake()
    await vi.advanceTimersByTimeAsync(0)
    expect(result).toBe('ready')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('give up after their time', async () => {
    const waiters = new Waiters(1)
    const waiting = waiters.wait(() => false, 1_000, never)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await waiting).toBe('late')
    expect(waiters.count).toBe(0)
  })

  it('are forgotten when their client leaves, even before they have begun', async () => {
    const waiters = new Waiters(2)
    const leaving = new AbortController()
    const waiting = waiters.wait(() => false, 1_000, leaving.signal)
    leaving.abort()
    expect(await waiting).toBe('gone')
    expect(await waiters.wait(() => false, 1_000, leaving.signal)).toBe('gone')
    expect([waiters.count, vi.getTimerCount()]).toEqual([0, 0])
  })

  it('are bounded', () => {
    const waiters = new Waiters(2)
    expect(waiters.wait(() => false, 1_000, never)).not.toBeNull()
    expect(waiters.wait(() => false, 1_000, never)).not.toBeNull()
    expect(waiters.wait(() => false, 1_000, never)).toBeNull()
  })
})

describe('delivery directives', () => {
  it.each([
    ['', { until: null, skip: false }],
    ['_HLS_msn=7', { until: { sequence: 7, part: null }, skip: false }],
    ['_HLS_msn=7&_HLS_part=0&_HLS_skip=YES', { until: { sequence: 7, part: 0 }, skip: true }],
    ['_HLS_skip=v2&other=1', { until: null, skip: true }],
    ['_HLS_part=0', null],
    ['_HLS_msn=7.5', null],
    ['_HLS_msn=%37', { until: { sequence: 7, part: null }, skip: false }],
    ['_HLS_msn=7&_HLS_part=', null],
  ])('reads %j', (query, expected) => {
    expect(parseDirectives(query)).toEqual(expected)
  })
})
