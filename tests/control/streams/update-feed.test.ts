import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Pulse, processPulse, timedPulse } from '#control/pulse.ts'
import type { Runtime } from '#control/runtime.ts'
import { UpdateFeed } from '#control/streams/update-feed.ts'
import type { PlacedUpdate, Position } from '#control/streams/updates.ts'

/** What stands in the database. */
let happened: PlacedUpdate[]
vi.mock('#control/streams/updates.ts', async (actual) => ({
  ...(await actual<object>()),
  latestPosition: async () => ({ change: 0, event: 0 }),
  readUpdates: async (_: Runtime, { change }: Position) => happened.filter(({ position }) => position.change > change),
}))

let heardAtMs: number[]
let feed: UpdateFeed
const listener = () => void heardAtMs.push(performance.now())
const runtime = {
  closing: new AbortController().signal,
  log: { info() {}, warn() {}, error() {} },
}
const change = (number: number) =>
  happened.push({ name: 'live_stream_deleted', data: { id: 'ls_1' }, position: { change: number, event: 0 } })

async function watch(pulse: Pulse): Promise<void> {
  feed = new UpdateFeed({ ...runtime, pulse } as unknown as Runtime, 'https://weir.example')
  await feed.join(listener)
  // It has looked, found nothing, and waits.
  await vi.advanceTimersByTimeAsync(30)
}

beforeEach(() => {
  vi.useFakeTimers()
  happened = []
  heardAtMs = []
})
afterEach(() => {
  feed.leave(listener)
  vi.useRealTimers()
})

describe('an update is told', () => {
  it('on Node 25 ms after it happened, with what else happens meanwhile', async () => {
    const pulse = processPulse()
    await watch(pulse)
    const atMs = performance.now()
    for (const number of [1, 2, 3]) {
      change(number)
      pulse.fire()
      await vi.advanceTimersByTimeAsync(10)
    }
    await vi.advanceTimersByTimeAsync(100)
    expect(heardAtMs.map((ms) => ms - atMs)).toEqual([25])
  })

  it('on Node within about a second if another process wrote it', async () => {
    await watch(processPulse())
    const atMs = performance.now()
    change(1)
    await vi.advanceTimersByTimeAsync(1_025)
    expect(heardAtMs[0]! - atMs).toBeLessThanOrEqual(1_025)
  })

  it('at the edge within 1.1 s, at whichever moment it happens', async () => {
    await watch(timedPulse)
    for (const number of [1, 2, 3, 4, 5]) {
      const atMs = performance.now()
      change(number)
      await vi.advanceTimersByTimeAsync(1_050)
      expect(heardAtMs.at(-1)! - atMs).toBeLessThanOrEqual(1_050)
      expect(heardAtMs).toHaveLength(number)
      await vi.advanceTimersByTimeAsync(number * 170)
    }
  })
})
