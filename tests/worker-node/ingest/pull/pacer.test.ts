import { beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from '#tests/support/manual-clock.ts'
import { Pacer } from '#worker/ingest/pull/pacer.ts'

let clock: ManualClock
let released: { atMs: number; name: string }[]
let events: string[]
beforeEach(() => {
  clock = new ManualClock()
  released = []
  events = []
})

function pacer(options: { patienceMs?: number; maxBytes?: number } = {}) {
  return new Pacer({
    clock,
    release: (bytes) => released.push({ atMs: clock.nowMs(), name: String(bytes) }),
    onFull: () => events.push('full'),
    onDrained: () => events.push('drained'),
    patienceMs: Number.POSITIVE_INFINITY,
    ...options,
  })
}

/** Runs due each 100 ms from `fromMs` on. */
const runs = (fromMs: number, count: number, prefix = '') =>
  Array.from({ length: count }, (_, index) => ({
    dueMs: fromMs + index * 100,
    bytes: Buffer.from(`${prefix}${index}`),
  }))

describe('the pace', () => {
  it('is that of the media, from the first on, however it comes', async () => {
    pacer().add(runs(5_000, 5))
    await clock.advance(1_000)
    expect(released.map(({ atMs }) => atMs)).toEqual([0, 100, 200, 300, 400])
  })

  it('goes on at once where timestamps jump', async () => {
    const paced = pacer()
    paced.add([...runs(0, 2, 'a'), ...runs(60_000, 2, 'b')])
    await clock.advance(1_000)
    expect(released.map(({ atMs }) => atMs)).toEqual([0, 100, 100, 200])
  })

  it('of a file begins anew after a hold-up, and loses nothing', async () => {
    const paced = pacer()
    paced.add(runs(0, 2))
    await clock.advance(8_000)
    paced.add(runs(200, 3))
    await clock.advance(1_000)
    expect(released.map(({ atMs }) => atMs)).toEqual([0, 100, 8_000, 8_100, 8_200])
  })

  it('of a live source begins anew while there is patience; then it is caught up with at once', async () => {
    const paced = pacer({ patienceMs: 3_000 })
    paced.add(runs(0, 1))
    await clock.advance(2_100)
    paced.add(runs(100, 2))
    await clock.advance(2_000)
    expect(released.map(({ atMs }) => atMs)).toEqual([0, 2_100, 2_200])
    await clock.advance(2_000)
    paced.add(runs(300, 3))
    expect(released.slice(3).map(({ atMs }) => atMs)).toEqual([6_100, 6_100, 6_100])
    await clock.advance(900)
    paced.add(runs(600, 3))
    await clock.advance(1_000)
    expect(released.slice(6).map(({ atMs }) => atMs)).toEqual([7_000, 7_100, 7_200])
  })
})

describe('what a pacer holds', () => {
  it('is bounded by bytes', async () => {
    const paced = pacer({ maxBytes: 1_000 })
    paced.add(runs(0, 3))
    expect(events).toEqual([])
    paced.add(runs(300, 2))
    expect(events).toEqual(['full'])
    await clock.advance(200)
    expect(events).toEqual(['full'])
    await clock.advance(500)
    expect(events).toEqual(['full', 'drained'])
  })

  it('is bounded by time', () => {
    const paced = pacer()
    paced.add(runs(0, 201))
    expect(paced.full).toBe(false)
    paced.add(runs(20_100, 3))
    expect(paced.full).toBe(true)
  })

  it('waits while it is held, and is told to be gone when it is', async () => {
    const paced = pacer()
    paced.add(runs(0, 3))
    paced.hold()
    const drained = paced.drained().then(() => events.push('empty'))
    await clock.advance(1_000)
    expect(released).toHaveLength(1)
    paced.resume()
    await clock.advance(1_000)
    await drained
    expect(released.map(({ atMs }) => atMs)).toEqual([0, 1_000, 1_100])
    expect(events).toEqual(['empty'])
  })

  it('can be thrown away', async () => {
    const paced = pacer()
    paced.add(runs(0, 300))
    const waiting = Promise.all([paced.drained(), paced.room()])
    paced.clear()
    await waiting
    await clock.advance(1_000)
    expect(released).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })
})
