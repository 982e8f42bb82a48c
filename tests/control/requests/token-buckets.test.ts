import { expect, it } from 'vitest'
import { tokenBuckets } from '#control/requests/token-buckets.ts'

it('gives a burst, then what comes back with time, to each key on its own', () => {
  let nowMs = 0
  const buckets = tokenBuckets({ burst: 2, perSecond: 0.5 }, () => nowMs)
  expect([buckets.take('a'), buckets.take('a'), buckets.take('a')]).toEqual([true, true, false])
  expect(buckets.take('b')).toBe(true)
  expect(buckets.look('a')).toEqual({ remaining: 0, fullInSeconds: 4, nextInSeconds: 2 })
  nowMs = 2_000
  expect(buckets.look('a')).toMatchObject({ remaining: 1, nextInSeconds: 0 })
  expect([buckets.take('a'), buckets.take('a')]).toEqual([true, false])
  nowMs = 3_600_000
  expect(buckets.look('a')).toEqual({ remaining: 2, fullInSeconds: 0, nextInSeconds: 0 })
})

it('goes on coming back while it is asked for in vain', () => {
  let nowMs = 0
  const buckets = tokenBuckets({ burst: 1, perSecond: 1 }, () => nowMs)
  buckets.take('a')
  for (nowMs = 100; nowMs < 1_000; nowMs += 100) expect(buckets.take('a')).toBe(false)
  nowMs = 1_001
  expect(buckets.take('a')).toBe(true)
})

it('remembers a bounded number of keys, and forgets the one that was used longest ago', () => {
  const buckets = tokenBuckets({ burst: 1, perSecond: 0.001 }, () => 0, 2)
  for (const key of ['a', 'b', 'a', 'c']) buckets.take(key)
  expect(['a', 'b', 'c'].map((key) => buckets.look(key).remaining)).toEqual([0, 1, 0])
})
