import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type ChannelWatch, watchChannel, watchingStreamlinks } from '#tests/support/channel-watch.ts'
import { eventually } from '#tests/support/eventually.ts'
import { FakeTwitch } from '#tests/support/fake-twitch.ts'

let fake: FakeTwitch
let watch: ChannelWatch
beforeAll(async () => {
  fake = await FakeTwitch.start()
})
afterEach(async () => {
  await watch.remove()
  fake.reset()
})
afterAll(() => fake.close())

const packets = (bytes: Buffer) =>
  Array.from({ length: Math.floor(bytes.length / 188) }, (_, index) =>
    bytes.toString('latin1', index * 188, index * 188 + 188),
  )
/** How many packets of the ads, which the programme has not as well, are in what came through. */
function adPackets(bytes: Buffer): number {
  const ofProgramme = new Set(fake.media.source.flatMap(packets))
  const ofAds = new Set(fake.media.ads.flatMap(packets).filter((packet) => !ofProgramme.has(packet)))
  expect(ofAds.size).toBeGreaterThan(100)
  return packets(bytes).filter((packet) => ofAds.has(packet)).length
}
const media = () => eventually('media comes', () => (watch.source()?.bytes().length ? watch.source() : undefined))
const adsBegin = () => eventually('ads are told', () => watch.state()?.detail.includes('ad break'))
const adsEnd = () => eventually('the end of the ads is told', () => watch.state()?.detail.includes('is live'))

describe('an ad break', () => {
  it('pauses the source, however long it is, lets nothing of the ads through, and goes on with the same source', async () => {
    fake.goLive()
    // Neither our own watch for silence nor streamlink's (10 s) may take the break for a stall.
    watch = await watchChannel(fake, { timing: { silenceMs: 3_000 } })
    const { bytes, end, lastByteAtMs } = await media()
    const [pid] = watchingStreamlinks()
    fake.broadcast.showAds(13)
    await adsBegin()
    expect(watch.state()).toMatchObject({ state: 'waiting', issue: null })
    await eventually('what was there before is through', () => performance.now() - lastByteAtMs() > 4_000)
    const before = bytes().length
    const pausedAtMs = lastByteAtMs()
    await adsEnd()
    await eventually('it goes on', () => bytes().length > before + 50_000)
    expect(performance.now() - pausedAtMs).toBeGreaterThan(8_000)
    expect(adPackets(bytes())).toBe(0)
    expect(fake.requests.some((request) => request.includes('/ad-'))).toBe(true)
    expect(end()).toBeUndefined()
    expect(watch.sources).toHaveLength(1)
    expect(watchingStreamlinks()).toEqual([pid])
  })

  it('before the programme is waited for', async () => {
    // Long enough that they go on when streamlink has started, on a busy machine too.
    fake.goLive().showAds(16, { already: 4 })
    watch = await watchChannel(fake, { timing: { silenceMs: 2_000 } })
    await adsBegin()
    expect(watch.sources).toHaveLength(0)
    const { bytes } = await media()
    await eventually('it goes on', () => bytes().length > 50_000)
    expect(adPackets(bytes())).toBe(0)
  })

  it('in which the channel freezes is not waited for', async () => {
    fake.goLive()
    watch = await watchChannel(fake, { timing: { adSilenceMs: 2_500 } })
    const { end } = await media()
    fake.broadcast.showAds(30)
    await adsBegin()
    fake.broadcast.freeze()
    expect((await eventually('the source ends', end)).reason).toBe('lost')
    fake.goLive()
    await eventually('it comes back', () => watch.sources.length === 2)
  })

  it('in which the channel ends is over with it', async () => {
    fake.goLive()
    watch = await watchChannel(fake)
    const { bytes, end } = await media()
    fake.broadcast.showAds(30)
    await adsBegin()
    fake.goOffline()
    await eventually('the source ends', end)
    await eventually('it is offline', () => watch.state()?.detail.includes('offline'))
    expect(adPackets(bytes())).toBe(0)
  })
})
