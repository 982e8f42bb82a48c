import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { startChores } from '#control/node/chore-loop.ts'
import { Standstill } from '#control/node/standstill.ts'
import type { Runtime } from '#control/runtime.ts'

let said: string[]
let standstill: Standstill
let loop: ReturnType<typeof startChores>
const reap = {
  name: 'reap',
  everyMs: 1_000,
  run: async () => {
    said.push('reap')
  },
}

beforeEach(() => {
  vi.useFakeTimers()
  said = []
  standstill = new Standstill(async () => {
    await Promise.resolve()
    said.push('forgive')
  })
  loop = startChores({} as Runtime, undefined, [reap], () => standstill.settled())
})
afterEach(async () => {
  await loop.stop(0)
  standstill.stop()
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

it('forgives silence once, before leases are taken back, when the process stood still', async () => {
  await vi.advanceTimersByTimeAsync(1_000)
  said = []
  vi.setSystemTime(Date.now() + 60_000)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(said).toEqual(['forgive', 'reap', 'reap'])
})

it('forgives nothing where it is only a little late, or the clock was set back', async () => {
  await vi.advanceTimersByTimeAsync(1_000)
  vi.setSystemTime(Date.now() + 4_000)
  await vi.advanceTimersByTimeAsync(1_000)
  vi.setSystemTime(Date.now() - 3_600_000)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(said).not.toContain('forgive')
})
