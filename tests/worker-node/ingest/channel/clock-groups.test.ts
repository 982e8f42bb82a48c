import { describe, expect, it } from 'vitest'
import { ManualClock } from '#tests/support/manual-clock.ts'
import { ClockGroups } from '#worker/ingest/channel/clock-groups.ts'
import { Pacer } from '#worker/ingest/pacer.ts'

const clockTicks = 2 ** 33
const leadMs = 1_000

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

/** Adds lumps at their times to a pacer; gives how many milliseconds of media were out at each time. */
async function play(lumps: readonly [atMs: number, bytes: Buffer][], untilMs: number) {
  const clock = new ManualClock()
  const groups = new ClockGroups()
  const out: { readonly atMs: number; readonly bytes: Buffer }[] = []
  const pacer = new Pacer({
    clock,
    release: (bytes) => out.push({ atMs: clock.nowMs(), bytes }),
    onFull: () => {},
    onDrained: () => {},
    ...{ isLive: true, leadMs },
  })
  for (const [atMs, bytes] of lumps) {
    await clock.advance(atMs - clock.nowMs())
    pacer.add(groups.push(bytes))
  }
  await clock.advance(untilMs - clock.nowMs())
  const bytesAt = (ms: number) => out.reduce((sum, { atMs, bytes }) => (atMs <= ms ? sum + bytes.length : sum), 0)
  return {
    outAt: (ms: number) => (bytesAt(ms) / (4 * 188)) * 40,
    bytes: Buffer.concat(out.map(({ bytes }) => bytes)),
  }
}

describe('a transport stream that is paced by its clock', () => {
  it('lets a lump flow at the pace of its clock, after a second at once', async () => {
    const { outAt } = await play([[0, media(0, 4_000)]], 4_000)
    expect(outAt(0)).toBeGreaterThanOrEqual(leadMs - 40)
    expect(outAt(0)).toBeLessThanOrEqual(leadMs + 40)
    expect(Math.abs(outAt(1_000) - 2_000)).toBeLessThanOrEqual(40)
    expect(Math.abs(outAt(2_500) - 3_500)).toBeLessThanOrEqual(40)
    expect(outAt(3_000)).toBe(4_000)
  })

  it('gives every byte, in order, however the lumps are cut', async () => {
    const whole = media(0, 3_000)
    const cuts: [number, Buffer][] = []
    for (let at = 0, step = 1; at < whole.length; at += step, step = (step * 7 + 13) % 5_000)
      cuts.push([0, whole.subarray(at, at + step)])
    expect((await play(cuts, 3_000)).bytes.equals(whole)).toBe(true)
  })

  it('makes one even flow of segments that come every two seconds', async () => {
    const lumps = [0, 2, 4, 6, 8].map((second): [number, Buffer] => [
      Math.max(0, second - 2) * 1_000,
      media(second * 1_000, (second + 2) * 1_000),
    ])
    const { outAt } = await play(lumps, 8_000)
    for (let ms = 100; ms <= 8_000; ms += 100) expect(outAt(ms) - outAt(ms - 100)).toBeGreaterThanOrEqual(80)
  })

  it('moves back once by what came too late, then flows again', async () => {
    const { outAt } = await play(
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
  ])('goes on when the clock jumps %s', async (_, jump) => {
    const lumps: [number, Buffer][] = [
      [0, media(0, 2_000)],
      [500, media(2_000, 4_000, jump)],
    ]
    const { outAt } = await play(lumps, 4_000)
    expect(Math.abs(outAt(2_000) - 3_000)).toBeLessThanOrEqual(80)
    expect(outAt(4_000)).toBe(4_000)
  })

  it('goes on when the clock begins anew after 26.5 hours', async () => {
    const { outAt } = await play([[0, media(0, 4_000, clockTicks - 2_000 * 90)]], 4_000)
    expect(Math.abs(outAt(2_000) - 3_000)).toBeLessThanOrEqual(40)
  })

  it('gives up a delay that is not needed any more, at once', async () => {
    // Ten seconds of the site's media were late once; from then on it sends a second each second.
    const lumps: [number, Buffer][] = [
      [0, media(0, 1_000)],
      [1_000, media(1_000, 11_000)],
    ]
    for (let second = 2; second < 30; second++)
      lumps.push([second * 1_000, media((second + 9) * 1_000, (second + 10) * 1_000)])
    const { outAt } = await play(lumps, 25_000)
    expect(outAt(5_000)).toBeLessThan(6_200)
    expect(outAt(24_000)).toBeGreaterThan(30_500)
  })

  it('passes bytes on at once that have no clock', async () => {
    const noise = Buffer.alloc(10_000, 0x33)
    expect((await play([[0, noise]], 0)).bytes.length).toBeGreaterThan(9_800)
  })
})
