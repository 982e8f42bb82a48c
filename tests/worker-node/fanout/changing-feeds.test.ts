import { expect, it } from 'vitest'
import { FakePlatform } from '#tests/support/fake-platform.ts'
import { ManualClock, settled } from '#tests/support/manual-clock.ts'
import { SeededRandom } from '#tests/support/random.ts'
import { testAudio, testVideo } from '#tests/support/tracks.ts'
import { Fanout } from '#worker/fanout/fanout.ts'
import { publisherChunkSize } from '#worker/fanout/shared-chunks.ts'
import { aacFrameSamples, audioTimescale, videoTimescale } from '#worker/media/sample.ts'
import { ChunkReader } from '#worker/rtmp/chunk-reader.ts'
import { encodeMessage } from '#worker/rtmp/chunk-writer.ts'
import { messageType, setChunkSize } from '#worker/rtmp/messages.ts'

/** A feed with a clock and a pace of its own: its sound comes before its pictures or late, and pictures may be shown later. */
class RandomFeed {
  readonly id: string
  readonly #fanout: Fanout
  readonly #originMs: number
  readonly #frameTicks: number
  readonly #gop: number
  readonly #delayTicks: number
  readonly #aheadMs: number
  readonly #soundLateMs: () => number
  #pictures = 0
  #sounds = 0

  constructor(fanout: Fanout, random: SeededRandom, id: string, nowMs: number) {
    this.id = id
    this.#fanout = fanout
    this.#originMs = nowMs - random.fraction() * Math.min(nowMs, 900)
    this.#frameTicks = random.pick([1_500, 1_800, 3_000, 3_003, 3_600])
    this.#gop = Math.round((videoTimescale / this.#frameTicks) * random.pick([0.5, 1, 2]))
    this.#delayTicks = random.below(3) * this.#frameTicks
    this.#aheadMs = random.fraction() * 200
    const late = random.fraction() * 300 - 100
    this.#soundLateMs = () => late + random.fraction() * 50
    const [video, audio] = [
      { ...testVideo, id: `${id}/video`, frameDuration: this.#frameTicks },
      { ...testAudio, id: `${id}/audio` },
    ]
    fanout.setFeed(id, { video, audio, beginsAtMs: Math.round(this.#originMs) })
  }

  /** Gives all that is due. */
  step(nowMs: number): void {
    const dueMs = nowMs - this.#originMs + this.#aheadMs
    const soundDueMs = dueMs - this.#soundLateMs()
    const sample = { compositionOffset: 0, keyframe: true, payload: new Uint8Array(8) }
    for (; (this.#sounds * aacFrameSamples * 1000) / audioTimescale <= soundDueMs; this.#sounds += 1) {
      const dts = this.#sounds * aacFrameSamples
      this.#fanout.onSample(`${this.id}/audio`, { ...sample, dts, duration: aacFrameSamples })
    }
    for (; (this.#pictures * this.#frameTicks * 1000) / videoTimescale <= dueMs; this.#pictures += 1) {
      const dts = this.#pictures * this.#frameTicks
      const [keyframe, compositionOffset] = [this.#pictures % this.#gop === 0, this.#delayTicks]
      const picture = { ...sample, dts, duration: this.#frameTicks, keyframe, compositionOffset }
      this.#fanout.onSample(`${this.id}/video`, picture)
    }
  }
}

it.each([1, 2, 3, 4, 5, 6])(
  'destinations that come and change feeds at any time get times that only rise (%i)',
  async (seed) => {
    const random = new SeededRandom(seed)
    const platform = new FakePlatform()
    const clock = new ManualClock()
    const fanout = new Fanout({ title: 'Lecture 1', clock, open: platform.open })
    const feeds: RandomFeed[] = []
    const taken = new Map<string, RandomFeed>()
    const begin = (nowMs: number) => feeds.push(new RandomFeed(fanout, random, `feed-${nowMs}`, nowMs))
    const give = (id: string) => {
      const feed = feeds[random.below(feeds.length)]!
      taken.set(id, feed)
      fanout.add({ id, url: 'rtmp://platform.example/app', streamKey: id, enabled: true, feedId: feed.id })
    }
    for (let nowMs = 0; nowMs < 12_000; nowMs += 10) {
      if (nowMs % 4_000 === 0) begin(nowMs)
      if (nowMs === 9_000) {
        const [ended] = feeds.splice(0, 1)
        for (const [id, feed] of taken) if (feed === ended) give(id)
        fanout.removeFeed(ended!.id)
      }
      if (random.fraction() < 0.02) give(`destination-${taken.size}`)
      if (random.fraction() < 0.02) give(`destination-${random.below(Math.max(1, taken.size))}`)
      for (const feed of feeds) feed.step(nowMs)
      if (nowMs % 50 === 0) await settled()
    }
    expect(platform.sessions).toHaveLength(taken.size)
    for (const { written, target } of platform.sessions) {
      const setup = encodeMessage(setChunkSize(publisherChunkSize), 128, 2)
      const messages = [...new ChunkReader().push(Buffer.concat([setup, ...written]))]
      for (const type of [messageType.video, messageType.audio]) {
        const times = messages
          .filter((each) => each.type === type && each.payload[1] === 1)
          .map((each) => each.timestamp)
        const wrong = times.filter((ms, at) => ms < messages[0]!.timestamp || (at > 0 && ms <= times[at - 1]!))
        expect({ of: target.streamName, type, wrong }).toEqual({ of: target.streamName, type, wrong: [] })
      }
    }
    await fanout.stop()
    expect(clock.pending).toBe(0)
  },
)
