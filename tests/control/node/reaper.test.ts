import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createDatabase } from '#control/db/database.ts'
import { startReaper } from '#control/node/reaper.ts'

/** Answers that the database holds back. */
let held: (() => void)[]
let asked: number
let reaper: ReturnType<typeof startReaper>

beforeEach(() => {
  vi.useFakeTimers()
  held = []
  asked = 0
  const db = createDatabase((statements) => {
    asked++
    return new Promise((resolve) => held.push(() => resolve(statements.map(() => []))))
  })
  reaper = startReaper({ db, now: () => new Date(0), log: { info() {}, warn() {}, error() {} } }, 1_000)
})
afterEach(() => vi.useRealTimers())
const answerAll = async () => {
  for (const answer of held.splice(0)) answer()
  await vi.advanceTimersByTimeAsync(0)
}

it('leaves looks out while one hangs, and makes up for none of them', async () => {
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked).toBe(1)
  while (held.length > 0) await answerAll()
  const soFar = asked
  await vi.advanceTimersByTimeAsync(999)
  expect(asked).toBe(soFar)
  await vi.advanceTimersByTimeAsync(1)
  expect(asked).toBe(soFar + 1)
})

it('stops once the look that runs is over, or after the time that it is given', async () => {
  await vi.advanceTimersByTimeAsync(1_000)
  let stopped = false
  const stopping = reaper.stop(2_000).then(() => {
    stopped = true
  })
  await vi.advanceTimersByTimeAsync(1_999)
  expect(stopped).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(stopped).toBe(true)
  await stopping
  await answerAll()
  expect(vi.getTimerCount()).toBe(0)
})

it('stops at once when no look runs', async () => {
  await reaper.stop(2_000)
  expect(vi.getTimerCount()).toBe(0)
})
