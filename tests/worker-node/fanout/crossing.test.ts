import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakePlatform } from '#tests/support/fake-platform.ts'
import { ManualClock, settled } from '#tests/support/manual-clock.ts'
import { SeededRandom } from '#tests/support/random.ts'
import { testAudio, testVideo } from '#tests/support/tracks.ts'
import { Fanout } from '#worker/fanout/fanout.ts'
import { ourFault } from '#worker/fanout/publish-failure.ts'
import { publisherChunkSize } from '#worker/fanout/shared-chunks.ts'
import { aacFrameSamples, audioTimescale } from '#worker/media/sample.ts'
import { ChunkReader } from '#worker/rtmp/chunk-reader.ts'
import { encodeMessage } from '#worker/rtmp/chunk-writer.ts'
import { messageType, setChunkSize } from '#worker/rtmp/messages.ts'

interface FeedShape {
  /** When its time 0 is on the clock of all. */
  readonly beginsAtMs?: number
  /** Its pictures come so long after their time; less than 0: before. Its sound likewise. */
  readonly lateMs?: number
  readonly soundLateMs?: number
  readonly gop?: number
  /** From decoding to display, pictures. */
  readonly delay?: number
}
const frameMs = 40
const soundMs = (aacFrameSamples * 1000) / audioTimescale

let platform: FakePlatform
let clock: ManualClock
let fanout: Fanout
let nowMs: number
let feeds: Map<string, SteadyFeed>
beforeEach(() => {
  platform = new FakePlatform()
  clock = new ManualClock()
  fanout = new Fanout({ title: 'Lecture 1', clock, open: platform.open })
  nowMs = 0
  feeds = new Map()
})
afterEach(async () => {
  await fanout.stop()
  expect(clock.pending).toBe(0)
})

/** Each frame of it bears its name: its number. */
class SteadyFeed {
  readonly id: string
  readonly #shape: Required<FeedShape>
  #pictures = 0
  #sounds = 0
  isOn = true

  constructor(number: number, shape: FeedShape) {
    this.id = `feed-${number}`
    this.#shape = { beginsAtMs: nowMs, lateMs: 0, soundLateMs: shape.lateMs ?? 0, gop: 50, delay: 0, ...shape }
    const tracks = [
      { ...testVideo, id: `${this.id}/video` },
      { ...testAudio, id: `${this.id}/audio` },
    ] as const
    fanout.setFeed(this.id, { video: tracks[0], audio: tracks[1], beginsAtMs: this.#shape.beginsAtMs })
    feeds.set(this.id, this)
  }

  step(): void {
    if (!this.isOn) return
    const { beginsAtMs, lateMs, soundLateMs, gop, delay } = this.#shape
    const payload = Buffer.alloc(8, Number(this.id.slice(5)))
    for (; beginsAtMs + this.#sounds * soundMs + soundLateMs <= nowMs; this.#sounds += 1) {
      const [dts, duration] = [this.#sounds * aacFrameSamples, aacFrameSamples]
      fanout.onSample(`${this.id}/audio`, { dts, duration, compositionOffset: 0, keyframe: true, payload })
    }
    for (; beginsAtMs + this.#pictures * frameMs + lateMs <= nowMs; this.#pictures += 1) {
      const [dts, keyframe] = [this.#pictures * 3_600, this.#pictures % gop === 0]
      const sample = { dts, duration: 3_600, compositionOffset: delay * 3_600, keyframe, payload }
      fanout.onSample(`${this.id}/video`, sample)
    }
  }
}

const give = (feedId: string, id = 'a') =>
  fanout.add({ id, url: 'rtmp://platform.example/app', streamKey: id, enabled: true, feedId })

async function pass(ms: number): Promise<void> {
  await settled()
  for (const endMs = nowMs + ms; nowMs < endMs; ) {
    nowMs += 10
    for (const feed of feeds.values()) feed.step()
    await clock.advance(10)
  }
}

/** Everything that a session was sent. */
function sent(index = 0) {
  const setup = encodeMessage(setChunkSize(publisherChunkSize), 128, 2)
  const messages = [...new ChunkReader().push(Buffer.concat([setup, ...(platform.sessions[index]?.written ?? [])]))]
  const of = (type: number) => messages.filter((each) => each.type === type && each.payload[1] === 1)
  const gapOf = (type: number) => {
    const times = of(type).map(({ timestamp }) => timestamp)
    const steps = times.slice(1).map((ms, at) => ms - times[at]!)
    expect(steps.filter((step) => step <= 0)).toEqual([])
    return Math.max(...steps)
  }
  return {
    pictureGapMs: gapOf(messageType.video),
    soundGapMs: gapOf(messageType.audio),
    /** The feeds of its pictures, one after the other. */
    feeds: of(messageType.video)
      .map(({ payload }) => payload.at(-1))
      .filter((feed, at, all) => feed !== all[at - 1]),
  }
}

describe('a destination that goes over to another feed', () => {
  it.each<[string, FeedShape, FeedShape]>([
    ['at the same time', {}, {}],
    ['that is late', {}, { lateMs: 330 }],
    ['that is early', {}, { lateMs: -290 }],
    ['whose sound is ahead of its pictures', {}, { lateMs: 300, soundLateMs: -290 }],
    ['whose sound is behind', { soundLateMs: -290 }, { soundLateMs: 300 }],
    ['whose pictures are shown sooner after they are decoded', { delay: 2 }, { lateMs: 17 }],
    ['whose pictures are shown later', { lateMs: 17 }, { delay: 2 }],
    ['with keyframes far apart', { gop: 25 }, { gop: 250, lateMs: 100 }],
  ])('%s gets every picture and every sound', async (_, old, next) => {
    new SteadyFeed(1, old)
    give('feed-1')
    await pass(3_000)
    // It has begun with an older keyframe than is sent already.
    new SteadyFeed(2, { beginsAtMs: nowMs - 1_013, ...next })
    await pass(10)
    give('feed-2')
    let settledAtMs: number | undefined
    fanout.whenSettled(() => {
      settledAtMs = nowMs
    })
    fanout.removeFeed('feed-1')
    await pass(11_000)
    const { feeds: got, pictureGapMs, soundGapMs } = sent()
    expect(got).toEqual([1, 2])
    expect(pictureGapMs).toBeLessThanOrEqual(2 * frameMs + (old.delay ?? 0) * frameMs)
    expect(soundGapMs).toBeLessThanOrEqual(43)
    expect(settledAtMs).toBeLessThan(nowMs)
    expect(platform.sessions).toHaveLength(1)
  })

  it('keeps the one that it has for as long as the other does not begin', async () => {
    new SteadyFeed(1, {})
    give('feed-1')
    await pass(1_000)
    new SteadyFeed(2, {}).isOn = false
    give('feed-2')
    fanout.removeFeed('feed-1')
    await pass(30_000)
    expect(sent()).toMatchObject({ feeds: [1], pictureGapMs: frameMs })
  })

  it('waits no longer than for the next keyframe where nothing comes of the old one', async () => {
    const old = new SteadyFeed(1, {})
    give('feed-1')
    await pass(1_000)
    new SteadyFeed(2, { gop: 25, lateMs: 100 })
    old.isOn = false
    give('feed-2')
    fanout.removeFeed('feed-1')
    await pass(3_000)
    expect(sent().feeds).toEqual([1, 2])
    expect(sent().pictureGapMs).toBeLessThanOrEqual(1_040)
  })

  it('is left without the old one where the other sends no keyframe that may follow for 15 s', async () => {
    new SteadyFeed(1, {})
    give('feed-1')
    await pass(1_000)
    new SteadyFeed(2, { gop: 25, lateMs: 5_000 })
    await pass(5_010)
    give('feed-2')
    let isSettled = false
    fanout.whenSettled(() => {
      isSettled = true
    })
    await pass(14_000)
    expect(isSettled).toBe(false)
    await pass(8_000)
    expect(isSettled).toBe(true)
    expect(sent().feeds).toEqual([1, 2])
  })

  it('comes to the one that is wanted last, and stays where that is what it has', async () => {
    for (const number of [1, 2, 3]) new SteadyFeed(number, { lateMs: number * 40 })
    give('feed-1')
    await pass(1_000)
    give('feed-2')
    await pass(300)
    give('feed-3')
    await pass(300)
    give('feed-1')
    await pass(3_000)
    expect(sent()).toMatchObject({ feeds: [1], pictureGapMs: frameMs })
    give('feed-2')
    await pass(100)
    give('feed-3')
    await pass(3_000)
    expect(sent()).toMatchObject({ feeds: [1, 3] })
    expect(sent().pictureGapMs).toBeLessThanOrEqual(80)
  })

  it('gets the old one again where that is added again meanwhile', async () => {
    const old = new SteadyFeed(1, {})
    give('feed-1')
    await pass(1_000)
    new SteadyFeed(2, {})
    give('feed-2')
    fanout.removeFeed('feed-1')
    await pass(500)
    const [video, audio] = [
      { ...testVideo, id: 'feed-1/video' },
      { ...testAudio, id: 'feed-1/audio' },
    ]
    fanout.setFeed(old.id, { video, audio, beginsAtMs: 0 })
    give('feed-1')
    await pass(3_000)
    expect(sent()).toMatchObject({ feeds: [1], pictureGapMs: frameMs })
  })

  it('begins its next session with either, and still goes over, where its connection is lost meanwhile', async () => {
    for (const number of [1, 2]) new SteadyFeed(number, { lateMs: number * 40, gop: 50 * number })
    give('feed-1')
    await pass(2_500)
    give('feed-2')
    platform.session.lose(ourFault(new Error('gone')))
    await pass(6_000)
    expect(platform.sessions).toHaveLength(2)
    expect(sent(0).feeds).toEqual([1])
    expect(sent(1).feeds.at(-1)).toBe(2)
    expect(sent(1).pictureGapMs).toBeLessThanOrEqual(80)
  })

  it('is no more on the way where it is removed', async () => {
    for (const number of [1, 2]) new SteadyFeed(number, {})
    give('feed-1')
    await pass(1_000)
    give('feed-2')
    fanout.removeFeed('feed-1')
    let isSettled = false
    fanout.whenSettled(() => {
      isSettled = true
    })
    await pass(100)
    expect(isSettled).toBe(false)
    await fanout.remove('a')
    expect(isSettled).toBe(true)
    await pass(100)
  })

  it('may be removed, paused or stopped meanwhile, which waits for nothing', async () => {
    for (const number of [1, 2]) new SteadyFeed(number, {})
    for (const id of ['a', 'b', 'c']) give('feed-1', id)
    await pass(1_000)
    for (const id of ['a', 'b', 'c']) give('feed-2', id)
    fanout.removeFeed('feed-1')
    await pass(100)
    let isSettled = false
    fanout.whenSettled(() => {
      isSettled = true
    })
    await fanout.remove('a')
    fanout.add({ id: 'b', url: 'rtmp://platform.example/app', streamKey: 'b', enabled: false, feedId: 'feed-2' })
    await pass(100)
    // What is told after the end might begin something anew.
    await fanout.stop()
    expect(isSettled).toBe(false)
    expect(platform.sessions.map(({ ended }) => ended)).toEqual(['unpublished', 'unpublished', 'unpublished'])
  })

  it.each([1, 2, 3, 4])('never sees a break, however often it is changed (%i)', async (seed) => {
    const random = new SeededRandom(seed)
    for (const number of [1, 2, 3, 4])
      new SteadyFeed(number, {
        beginsAtMs: random.below(200),
        lateMs: random.below(250) - 100,
        soundLateMs: random.below(250) - 100,
        gop: random.pick([12, 25, 50]),
        delay: random.below(3),
      })
    await pass(500)
    give('feed-1')
    await pass(2_500)
    for (let change = 0; change < 30; change += 1) {
      give(`feed-${1 + random.below(4)}`)
      await pass(random.below(1_500))
    }
    const { pictureGapMs, soundGapMs, feeds: got } = sent()
    expect(got.length).toBeGreaterThan(3)
    // Two pictures at most are shown out of order.
    expect(pictureGapMs).toBeLessThanOrEqual(4 * frameMs)
    expect(soundGapMs).toBeLessThanOrEqual(50)
  })
})
