import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { dueChores } from '#control/chores.ts'
import { startChores } from '#control/node/chore-loop.ts'
import type { Runtime } from '#control/runtime.ts'

/** Ends the runs that last. */
let held: (() => void)[]
let slowRuns: number
let quickRuns: number
let failures: number
let loop: ReturnType<typeof startChores>
const runtime = { log: { info() {}, warn() {}, error: () => failures++ } } as unknown as Runtime
const slow = {
  name: 'slow',
  everyMs: 1_000,
  run: () => {
    slowRuns++
    return new Promise<void>((resolve) => held.push(resolve))
  },
}
const quick = {
  name: 'quick',
  everyMs: 60_000,
  run: async () => {
    quickRuns++
    throw new Error('the database is away')
  },
}

beforeEach(() => {
  vi.useFakeTimers()
  held = []
  slowRuns = 0
  quickRuns = 0
  failures = 0
  loop = startChores(runtime, undefined, [slow, quick])
})
afterEach(() => vi.useRealTimers())
const endAll = async () => {
  for (const end of held.splice(0)) end()
  await vi.advanceTimersByTimeAsync(0)
}

it('leaves runs out while one lasts, makes up for none of them, and holds no other chore up', async () => {
  await vi.advanceTimersByTimeAsync(59_999)
  expect([slowRuns, quickRuns]).toEqual([1, 1])
  await vi.advanceTimersByTimeAsync(1)
  expect([slowRuns, quickRuns, failures]).toEqual([1, 2, 2])
  await endAll()
  expect(slowRuns).toBe(1)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(slowRuns).toBe(2)
})

it('does what is seldom due for the first time soon after the start', async () => {
  await vi.advanceTimersByTimeAsync(1_000)
  expect(quickRuns).toBe(1)
})

it('stops once the run that lasts is over, or after the time that it is given', async () => {
  await vi.advanceTimersByTimeAsync(1_000)
  let stopped = false
  const stopping = loop.stop(2_000).then(() => {
    stopped = true
  })
  await vi.advanceTimersByTimeAsync(1_999)
  expect(stopped).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(stopped).toBe(true)
  await stopping
  await endAll()
  expect(vi.getTimerCount()).toBe(0)
})

it('stops at once when nothing runs', async () => {
  await loop.stop(2_000)
  expect(vi.getTimerCount()).toBe(0)
})

it('at the edge, a chore is due in the minutes that its distance divides', () => {
  const hourly = { ...quick, name: 'hourly', everyMs: 3_600_000 }
  const names = (at: string) => dueChores(new Date(at), [slow, hourly]).map(({ name }) => name)
  expect(names('2026-11-22T10:01:00Z')).toEqual(['slow'])
  expect(names('2026-11-22T11:00:00Z')).toEqual(['slow', 'hourly'])
})
