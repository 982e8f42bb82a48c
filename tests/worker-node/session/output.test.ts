import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CopyrightProfile } from '#schema/contracts/settings.ts'
import { FakePlatform } from '#tests/support/fake-platform.ts'
import { settled } from '#tests/support/manual-clock.ts'
import { picture, sound, testAudio, testVideo } from '#tests/support/tracks.ts'
import { PublishFailure } from '#worker/fanout/publish-failure.ts'
import { publisherChunkSize } from '#worker/fanout/shared-chunks.ts'
import { decodeAmf0 } from '#worker/rtmp/amf0.ts'
import { ChunkReader } from '#worker/rtmp/chunk-reader.ts'
import { encodeMessage } from '#worker/rtmp/chunk-writer.ts'
import { messageType, setChunkSize } from '#worker/rtmp/messages.ts'
import { SessionOutput } from '#worker/session/output.ts'
import { jobOf, recordedLog } from '../agent/registry-under-test.ts'

const ffmpeg = { path: '/nowhere', version: '7.0', launcher: [] }
const rules = { platform: 'custom', enabled: true, start: 'with_stream', ordered: null, ordered_at: null } as const

const unreachable = new PublishFailure('unreachable', { detail: 'Nothing there.', fix: 'Look.' })

let platform: FakePlatform
let output: SessionOutput
let copyright: CopyrightProfile
beforeEach(() => {
  platform = new FakePlatform()
  copyright = { owner: 'Example School', notice: null, url: null }
  const options = {
    ...{ title: 'Lecture 1', sessionNumber: 1, unixMs: undefined, onEvent: () => {} },
    copyright: () => copyright,
  }
  output = new SessionOutput({ ...options, ffmpeg, log: recordedLog().log, open: platform.open })
})
afterEach(() => output.end())

/** The tracks of a feed: of the viewers', or of one of its own. */
const tracksOf = (key?: string) => {
  const id = (name: string) => (key === undefined ? name : `${key}/${name}`)
  return [
    { ...testVideo, id: id('720p') },
    { ...testAudio, id: id('audio') },
  ] as const
}
const destination = (id: string, videoId: string, changedAt = '12:00') => ({
  ...{ id, videoId, changedAt, url: 'rtmp://platform.example/app', streamKey: id, enabled: true },
  rules: { ...rules, stop_at: null, max_duration_s: null, roll_over: false },
})
/** What a session was sent. */
function messages(index: number) {
  const setup = encodeMessage(setChunkSize(publisherChunkSize), 128, 2)
  return [...new ChunkReader().push(Buffer.concat([setup, ...(platform.sessions[index]?.written ?? [])]))]
}
/** Times of a session's pictures and sounds. */
const times = (index: number, type: number) =>
  messages(index)
    .filter((each) => each.type === type && each.payload[1] === 1)
    .map(({ timestamp }) => timestamp)
/** Whose the platform was told that a session is (onMetaData). */
const ownerTold = (index: number) => {
  const [metadata] = messages(index).filter(({ type }) => type === messageType.dataAmf0)
  return metadata && (decodeAmf0(metadata.payload)[2] as { copyright?: string }).copyright
}

describe('SessionOutput', () => {
  it('tells each platform whose it is when its session begins', async () => {
    output.expectFeed(undefined, tracksOf())
    output.setDestinations([destination('a', '720p')])
    await settled()
    output.beginFeed(undefined, tracksOf(), 5_000, jobOf({}))
    output.onSample('720p', picture(0))
    copyright = { ...copyright, owner: 'Another School' }
    output.setDestinations([destination('a', '720p'), destination('b', '720p')])
    await settled()
    for (let index = 1; index < 60; index += 1) output.onSample('720p', picture(index))
    expect([0, 1].map(ownerTold)).toEqual(['© Example School', '© Another School'])
  })

  it('keeps the times of a feed that begins with an older keyframe than the first feed did', async () => {
    output.setDestinations([destination('a', '720p'), destination('b', 'own/720p')])
    const own = tracksOf('own')
    output.expectFeed(undefined, tracksOf())
    output.expectFeed('own', own)
    await settled()
    output.beginFeed(undefined, tracksOf(), 5_000, jobOf({}))
    output.beginFeed('own', own, 3_000.4, undefined)
    output.onSample('720p', picture(0))
    for (let index = 0; index < 3; index += 1) {
      output.onSample('own/audio', sound(index))
      output.onSample('own/720p', picture(index))
    }
    const [first = 0] = times(0, messageType.video)
    expect(times(1, messageType.video).map((ms) => ms - first)).toEqual([-2_000, -1_960, -1_920])
    expect(times(1, messageType.audio).map((ms) => ms - first)).toEqual([-2_000, -1_979, -1_957])
  })
  it('goes on with the former feed of a destination until the other one comes to a keyframe that may follow', async () => {
    output.expectFeed(undefined, tracksOf())
    output.setDestinations([destination('a', '720p')])
    await settled()
    output.beginFeed(undefined, tracksOf(), 5_000, jobOf({}))
    const isSettled = () => {
      let is = false
      output.whenSettled(() => {
        is = true
      })
      return is
    }
    for (let index = 0; index < 20; index += 1) output.onSample('720p', picture(index))
    output.setDestinations([destination('a', 'own/720p')])
    expect(isSettled()).toBe(true)
    // It begins with an older keyframe, half a second before.
    output.beginFeed('own', tracksOf('own'), 5_310, undefined)
    for (let index = 0; index < 13; index += 1) output.onSample('own/720p', picture(index))
    for (let index = 20; index < 40; index += 1) {
      // Its next keyframe comes at 6.31 s, the first picture that is too near to that at 6.28 s.
      expect(isSettled()).toBe(index > 32)
      output.onSample('own/720p', picture(index - 7))
      output.onSample('720p', picture(index))
      await settled()
    }
    const all = times(0, messageType.video)
    const steps = all.slice(1).map((ms, at) => ms - all[at]!)
    expect([all.length, new Set(steps), steps.indexOf(70)]).toEqual([40, new Set([40, 70]), 31])
  })

  it('lets only those try again at once that were changed or ordered to', async () => {
    platform.answer = unreachable
    output.expectFeed(undefined, tracksOf())
    output.setDestinations([destination('a', '720p'), destination('b', '720p')])
    await settled()
    output.setDestinations([destination('a', '720p'), destination('b', '720p')])
    await settled()
    expect(platform.attempts).toBe(2)
    output.setDestinations([destination('a', '720p', '12:05'), destination('b', '720p')])
    await settled()
    expect(platform.attempts).toBe(3)
  })
})
