import { describe, expect, it } from 'vitest'
import { Pacer, pacerTimes } from '#worker/ingest/channel/pacer.ts'

const clockTicks = 2 ** 33

/** A packet with a clock (PCR) every 40 ms of media, and three without between. */
function media(fromMs: number, toMs: number, baseTicks = 0): Buffer {
  const packets: Buffer[] = []
  for (let ms = fromMs; ms < toMs; ms += 40) {
    packets.push(packet((baseTicks + ms * 90) % clockTicks), packet(), packet(), packet())
  }
  return Buffer.concat(packets)
}

function packet(ticks?: number): Buffer {
  const bytes = Buffer.alloc(188, 0xff)
  bytes.set([0x47, 0x01, 0x00, ticks === undefined ? 0x10 : 0x30])
  if (ticks === undefined) return bytes
  bytes.set([7, 0x10], 4)
  bytes.writeUInt32BE(Math.floor(ticks / 2), 6)
  bytes[10] = (ticks % 2) * 0x80
  return bytes
}

/** Pushes lumps at their times and takes each 10 ms; gives how many milliseconds of media were out at each time. */
function play(lumps: readonly [atMs: number, bytes: Buffer][], untilMs: number) {
  const pacer = new Pacer()
  const out = new Map<number, number>()
  const taken: Buffer[] = []
  let bytes = 0
  const waiting = [...lumps]
  for (let nowMs = 0; nowMs <= untilMs; nowMs += 10) {
    for (let lump = waiting[0]; lump !== undefined && lump[0] <= nowMs; lump = waiting[0]) {
      pacer.push(lump[1], nowMs)
      waiting.shift()
    }
    for (const piece of pacer.take(nowMs)) {
      bytes += piece.length
      taken.push(piece)
    }
    out.set(nowMs, (bytes / (4 * 188)) * 40)
  }
  return { pacer, outAt: (ms: number) => out.get(ms)!, bytes: Buffer.concat(taken) }
}

describe('the pacer', () => {
  it('lets a lump flow at the pace of its clock, after a second at once', () => {
    const { outAt } = play([[0, media(0, 4_000)]], 4_000)
    expect(outAt(0)).toBeGreaterThanOrEqual(pacerTimes.leadMs - 40)
    expect(outAt(0)).toBeLessThanOrEqual(pacerTimes.leadMs + 40)
    expect(Math.abs(outAt(1_000) - 2_000)).toBeLessThanOrEqual(40)
    expect(Math.abs(outAt(2_500) - 3_500)).toBeLessThanOrEqual(40)
    expect(outAt(3_000)).toBe(4_000)
  })

  it('gives every byte, in order, however the lumps are cut', () => {
    const whole = media(0, 3_000)
    const cuts: [number, Buffer][] = []
    for (let at = 0, step = 1; at < whole.length; at += step, step = (step * 7 + 13) % 5_000)
      cuts.push([0, whole.subarray(at, at + step)])
    expect(play(cuts, 3_000).bytes.equals(whole)).toBe(true)
  })

  it('makes one even flow of segments that come every two seconds', () => {
    const lumps = [0, 2, 4, 6, 8].map((second): [number, Buffer] => [
      Math.max(0, second - 2) * 1_000,
      media(second * 1_000, (second + 2) * 1_000),
    ])
    const { outAt } = play(lumps, 8_000)
    for (let ms = 100; ms <= 8_000; ms += 100) expect(outAt(ms) - outAt(ms - 100)).toBeGreaterThanOrEqual(80)
  })

  it('moves back once by what came too late, then flows again', () => {
    const { outAt } = play(
      [
        [0, media(0, 2_000)],
        [3_000, media(2_000, 6_000)],
      ],
      6_000,
    )
    expect(outAt(2_900)).toBe(2_000)
    expect(Math.abs(outAt(4_000) - 3_000)).toBeLessThanOrEqual(80)
    expect(Math.abs(outAt(5_000) - 4_000)).toBeLessThanOrEqual(80)
  })

  it.each([
    ['forwards, as after ads', 30_000 * 90],
    ['forwards a little', 4_000 * 90],
    ['back', clockTicks - 50_000 * 90],
  ])('goes on when the clock jumps %s', (_, jump) => {
    const lumps: [number, Buffer][] = [
      [0, media(0, 2_000)],
      [500, media(2_000, 4_000, jump)],
    ]
    const { outAt } = play(lumps, 4_000)
    expect(Math.abs(outAt(2_000) - 3_000)).toBeLessThanOrEqual(80)
    expect(outAt(4_000)).toBe(4_000)
  })

  it('goes on when the clock begins anew after 26.5 hours', () => {
    const { outAt } = play([[0, media(0, 4_000, clockTicks - 2_000 * 90)]], 4_000)
    expect(Math.abs(outAt(2_000) - 3_000)).toBeLessThanOrEqual(40)
  })

  it('gives up a delay that is not needed any more, at once', () => {
    // Ten seconds of the site's media were late once; from then on it sends a second each second.
    const lumps: [number, Buffer][] = [
      [0, media(0, 1_000)],
      [1_000, media(1_000, 11_000)],
    ]
    for (let second = 2; second < 30; second++)
      lumps.push([second * 1_000, media((second + 9) * 1_000, (second + 10) * 1_000)])
    const { outAt } = play(lumps, 25_000)
    expect(outAt(5_000)).toBeLessThan(6_200)
    expect(outAt(24_000)).toBeGreaterThan(30_500)
  })

  it('passes bytes on at once that have no clock', () => {
    const noise = Buffer.alloc(10_000, 0x33)
    expect(play([[0, noise]], 0).bytes.length).toBeGreaterThan(9_800)
  })

  it('counts what it holds', () => {
    const pacer = new Pacer()
    const bytes = media(0, 4_000)
    pacer.push(bytes, 0)
    expect(pacer.heldBytes).toBe(bytes.length)
    for (const piece of pacer.take(0)) expect(piece.length).toBeGreaterThan(0)
    expect(pacer.heldBytes).toBeLessThan(bytes.length)
    pacer.take(10_000)
    expect(pacer.heldBytes).toBe(0)
    expect(pacer.nextDueMs).toBeNull()
  })
})
