import { beforeEach, describe, expect, it } from 'vitest'
import type { PublisherStatus } from '#schema/contracts/destination.ts'
import { FakePlatform } from '#tests/support/fake-platform.ts'
import { ManualClock, settled } from '#tests/support/manual-clock.ts'
import { otherVideo, picture, sound, testAudio, testVideo } from '#tests/support/tracks.ts'
import { Fanout } from '#worker/fanout/fanout.ts'
import { BatchEncoder } from '#worker/fanout/media-batch.ts'
import { PublishFailure } from '#worker/fanout/publish-failure.ts'

const unreachable = new PublishFailure('unreachable', { detail: 'Nothing there.', fix: 'Look.' })
const destination = (id: string, changes = {}) => ({
  id,
  url: 'rtmp://platform.example/app',
  streamKey: `key-of-${id}`,
  enabled: true,
  feedId: 'main',
  ...changes,
})

let clock: ManualClock
let platform: FakePlatform
let changes: [string, PublisherStatus][]
let fanout: Fanout
let pictures: number

beforeEach(() => {
  clock = new ManualClock()
  platform = new FakePlatform()
  changes = []
  pictures = 0
  fanout = new Fanout({
    title: 'Lecture 1',
    clock,
    open: platform.open,
    random: () => 0.5,
    onStatus: (id, status) => changes.push([id, status]),
  })
  fanout.setFeed('main', { video: testVideo, audio: testAudio, beginsAtMs: 0 })
})

async function feed(ms: number, sizeBytes = 100): Promise<void> {
  for (let elapsed = 0; elapsed < ms; elapsed += 40) {
    fanout.onSample('720p', picture(pictures++, { sizeBytes }))
    await clock.advance(40)
  }
}
const state = (id: string) => fanout.statuses().get(id)?.state

describe('Fanout', () => {
  it('hands one and the same buffer to all destinations', async () => {
    for (const id of ['a', 'b', 'c']) fanout.add(destination(id))
    await settled()
    await feed(2_000)
    const [first, ...others] = platform.sessions.map(({ written }) => written)
    expect(first).toHaveLength(50)
    for (const written of others) expect(written.every((bytes, index) => bytes === first?.[index])).toBe(true)
  })

  it('encodes nothing while nobody takes it', async ({ onTestFinished }) => {
    let encoded = 0
    const encode = BatchEncoder.prototype.encode
    BatchEncoder.prototype.encode = function (...samples) {
      encoded++
      return encode.apply(this, samples)
    }
    onTestFinished(() => {
      BatchEncoder.prototype.encode = encode
    })
    await feed(4_000)
    platform.answer = unreachable
    fanout.add(destination('a'))
    await feed(4_000)
    expect(encoded).toBe(0)
    platform.answer = 'accept'
    fanout.retryNow('a')
    await settled()
    pictures = 1
    await feed(24 * 40)
    expect(encoded).toBe(0)
    await feed(40)
    expect(encoded).toBe(1)
  })

  it('sends sound with the next picture, and alone when no picture comes', async () => {
    fanout.add(destination('a'))
    await settled()
    fanout.onSample('720p', picture(0))
    fanout.onSample('audio', sound(0))
    fanout.onSample('audio', sound(1))
    expect(platform.session.written).toHaveLength(1)
    fanout.onSample('720p', picture(1))
    expect(platform.session.written).toHaveLength(2)
    for (let index = 2; index < 26; index++) fanout.onSample('audio', sound(index))
    expect(platform.session.written).toHaveLength(3)
  })

  it('does not mind samples of other tracks', async () => {
    fanout.add(destination('a'))
    await settled()
    fanout.onSample('480p', picture(0))
    expect(platform.session.written).toEqual([])
  })

  it('keeps one session through a change of tracks and sends the new configuration at a keyframe', async () => {
    fanout.add(destination('a'))
    await settled()
    await feed(400)
    const video = { ...otherVideo, id: 'other' }
    fanout.setFeed('main', { video, audio: testAudio, beginsAtMs: 0 })
    fanout.onSample('other', picture(10))
    fanout.onSample('other', picture(25))
    expect(platform.sessions).toHaveLength(1)
    const carrying = platform.session.written.map((bytes) => bytes.includes('newconfig'))
    expect(carrying.indexOf(true)).toBe(11)
    expect(carrying.filter(Boolean)).toHaveLength(1)
  })

  it('leaves the others alone when one destination fails, hangs or stalls', async () => {
    fanout.add(destination('good'))
    await settled()
    await feed(2_000)
    const good = platform.session
    platform.answer = 'hang'
    fanout.add(destination('silent'))
    platform.answer = unreachable
    fanout.add(destination('dead'))
    await feed(20_000)
    expect(good.written).toHaveLength(550)
    expect([state('good'), state('dead'), state('silent')]).toEqual(['broadcasting', 'retrying', 'starting'])
  })

  it('patches the stream id of a server that chose another', async () => {
    fanout.add(destination('a'))
    await settled()
    platform.streamId = 9
    fanout.add(destination('b'))
    await settled()
    await feed(40)
    const ids = platform.sessions.map(({ written }) => written[0]?.readUInt32LE(8))
    expect(ids).toEqual([1, 9])
  })

  it('leaves a destination alone that is added again unchanged', async () => {
    fanout.add(destination('a'))
    await settled()
    await feed(1_000)
    fanout.add(destination('a'))
    expect([platform.attempts, state('a')]).toEqual([1, 'broadcasting'])
  })

  it('pauses and resumes a destination', async () => {
    fanout.add(destination('a', { enabled: false }))
    expect([platform.attempts, state('a')]).toEqual([0, 'idle'])
    fanout.add(destination('a'))
    await settled()
    await feed(40)
    fanout.add(destination('a', { enabled: false }))
    expect([platform.session.ended, state('a')]).toEqual(['unpublished', 'idle'])
  })

  it('opens a new session for a new key and ends the old one', async () => {
    fanout.add(destination('a'))
    await settled()
    await feed(40)
    fanout.add(destination('a', { streamKey: 'another' }))
    await settled()
    expect(platform.sessions.map(({ ended }) => ended)).toEqual(['unpublished', undefined])
    expect(platform.session.target.streamName).toBe('another')
  })

  it('forgets a removed destination', async () => {
    fanout.add(destination('a'))
    await settled()
    await feed(40)
    await fanout.remove('a')
    expect(platform.session.ended).toBe('unpublished')
    expect(fanout.statuses().size).toBe(0)
  })

  it('tells each change with the id of its destination', async () => {
    fanout.add(destination('a'))
    await settled()
    await feed(40)
    expect(changes.map(([id, status]) => [id, status.state])).toEqual([
      ['a', 'starting'],
      ['a', 'broadcasting'],
    ])
  })

  it('ends all sessions on stop and leaves no timer behind', async () => {
    for (const id of ['a', 'b']) fanout.add(destination(id))
    await settled()
    await feed(1_000)
    await fanout.stop()
    expect(platform.sessions.map(({ ended }) => ended)).toEqual(['unpublished', 'unpublished'])
    expect(clock.pending).toBe(0)
  })

  it('tells of a fault of ours, which costs one destination an attempt', async () => {
    const faults: [string, unknown][] = []
    const fault = new RangeError('ours')
    const faulty = new Fanout({
      title: '',
      clock,
      open: async () => {
        throw fault
      },
      onFault: (id, cause) => faults.push([id, cause]),
    })
    faulty.setFeed('main', { video: testVideo, audio: testAudio, beginsAtMs: 0 })
    faulty.add(destination('a'))
    await settled()
    expect(faults).toEqual([['a', fault]])
    expect(faulty.statuses().get('a')).toMatchObject({ state: 'retrying', last_error: { code: 'internal' } })
  })

  it('refuses an address that is not RTMP', () => {
    expect(() => fanout.add(destination('a', { url: 'http://h/app' }))).toThrow(TypeError)
    expect(fanout.statuses().size).toBe(0)
  })
})
