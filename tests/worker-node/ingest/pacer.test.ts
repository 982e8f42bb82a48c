import { beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from '#tests/support/manual-clock.ts'
import { Pacer } from '#worker/ingest/pacer.ts'

let clock: ManualClock
let released: { atMs: number; name: string }[]
let events: string[]
beforeEach(() => {
  clock = new ManualClock()
  released = []
  events = []
})

function pacer(options: { isLive?: boolean; leadMs?: number; maxBytes?: number } = {}) {
  return new Pacer({
    clock,
    release: (bytes) => released.push({ atMs: clock.nowMs(), name: String(bytes) }),
    onFull: () => events.push('full'),
    onDrained: () => events.push('drained'),
    isLive: false,
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

  it('begins with a lead where one is wanted', async () => {
    pacer({ leadMs: 200 }).add(runs(5_000, 5))
    await clock.advance(1_000)
    expect(released.map(({ atMs }) => atMs)).toEqual([0, 0, 0, 100, 200])
  })

  it.each([
    ['a live source gives up a delay that is needed no more', true, 1_500],
    ['a file keeps it', false, 6_000],
  ])('of %s', async (_, isLive, delayMs) => {
    const paced = pacer({ isLive })
    paced.add(runs(0, 1))
    await clock.advance(6_000)
    // What was held up comes at once, and then all in its time.
    paced.add(runs(100, 59))
    for (let atMs = 6_000; atMs < 20_000; atMs += 100) {
      paced.add(runs(atMs, 1, `${atMs}:`))
      await clock.advance(100)
    }
    const newest = Number(released.at(-1)?.name.split(':')[0])
    expect(Math.abs(clock.nowMs() - newest - delayMs)).toBeLessThanOrEqual(200)
    expect(released.map(({ atMs }) => atMs)).toEqual(released.map(({ atMs }) => atMs).toSorted((x, y) => x - y))
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
