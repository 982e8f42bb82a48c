import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mutate } from '#tests/support/mutate.ts'
import { SeededRandom } from '#tests/support/random.ts'
import { type MediaFolder, segmentedFixture } from '#tests/worker-node/ingest/pull/segments.ts'
import { withAbsoluteBase } from '#worker/ingest/egress/mpd-base.ts'
import { OriginAliases } from '#worker/ingest/egress/origin-aliases.ts'
import { RtspGuard } from '#worker/ingest/egress/rtsp-guard.ts'
import { splitAggregate } from '#worker/ingest/pull/rtmp-aggregate.ts'
import { programIn, TransportStamps } from '#worker/ingest/pull/transport-stamps.ts'

const rounds = 1_000
let media: MediaFolder
let random: SeededRandom
beforeAll(async () => {
  media = await segmentedFixture({ seconds: 1 })
  random = new SeededRandom(0x9011)
})
afterAll(() => media.remove())

describe('what is pulled and broken', () => {
  it(`is stamped or passed over, ${rounds} times, and never keeps more than a packet back`, () => {
    const whole = readFileSync(`${media.path}/whole.ts`).subarray(0, 188 * 60)
    for (let round = 0; round < rounds; round++) {
      const broken = mutate(whole, random)
      programIn(broken)
      const stamps = new TransportStamps()
      stamps.beginItem()
      const runs = [...stamps.push(Buffer.from(broken)), ...stamps.push(Buffer.from(whole))]
      const given = runs.reduce((sum, { bytes }) => sum + bytes.length, 0)
      expect(given).toBeGreaterThan(whole.length / 2)
      expect(runs.every(({ dueMs }) => Number.isFinite(dueMs))).toBe(true)
    }
  })

  it('is rewritten without a throw but the one for too many servers', () => {
    const url = new URL('https://cdn.example/a/b')
    const playlist = Buffer.from(
      '#EXTM3U\n#EXT-X-KEY:URI="https://a.example/k"\nhttps://b.example:1/x\n//c/d\n'.repeat(5),
    )
    const mpd = readFileSync(`${media.path}/vod.mpd`)
    for (let round = 0; round < rounds; round++) {
      new OriginAliases().concealIn(mutate(playlist, random).toString('utf8'), { overTls: true })
      const based = withAbsoluteBase(mutate(mpd, random).toString('utf8'), url)
      expect(new OriginAliases().concealIn(based, { overTls: true })).not.toMatch(/https:\/\/cdn\.example/)
    }
  })

  it('ends an RTSP connection or passes, and no redirect gets through', () => {
    const talk = Buffer.from(
      `RTSP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nv=0\n$\0\0\x04abcdRTSP/1.0 302 Moved\r\nLocation: rtsp://10.0.0.1/\r\n\r\n`,
      'latin1',
    )
    let redirects = 0
    for (let round = 0; round < rounds; round++) {
      const guard = new RtspGuard((status) => {
        if (status === 302) redirects++
      })
      guard.on('error', () => {})
      guard.write(mutate(talk, random))
      const passed = (guard.read() as Buffer | null)?.toString('latin1') ?? ''
      expect(passed).not.toMatch(/^RTSP\/1\.0 302/)
      guard.destroy()
    }
    expect(redirects).toBeGreaterThan(rounds / 10)
  })

  it('is taken apart as an aggregate as far as it goes', () => {
    const part = Buffer.concat([Buffer.of(9, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0), Buffer.from('media'), Buffer.alloc(4)])
    const payload = Buffer.concat(Array(5).fill(part))
    for (let round = 0; round < rounds; round++) {
      const broken = { type: 22, timestamp: 0, streamId: 1, payload: mutate(payload, random) }
      const given = [...splitAggregate(broken)].reduce((sum, each) => sum + each.payload.length, 0)
      expect(given).toBeLessThanOrEqual(broken.payload.length)
    }
  })
})
