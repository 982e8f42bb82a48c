import { beforeEach, describe, expect, it } from 'vitest'
import type { PublisherStatus } from '#schema/contracts/destination.ts'
import { destinationTransitions } from '#schema/transitions.ts'
import { FakePlatform } from '#tests/support/fake-platform.ts'
import { ManualClock, settled } from '#tests/support/manual-clock.ts'
import { picture, testAudio, testVideo } from '#tests/support/tracks.ts'
import { BatchEncoder } from '#worker/fanout/media-batch.ts'
import { PublishFailure } from '#worker/fanout/publish-failure.ts'
import { Publisher } from '#worker/fanout/publisher.ts'

const failure = (code: string, detail: string, options = {}) =>
  new PublishFailure(code, { detail, fix: 'Mend it.' }, options)
const closed = failure('closed_by_platform', 'The platform ended the broadcast.')
const unreachable = failure('unreachable', 'Nothing there.')
const badKey = failure('rejected_stream_key', 'The platform rejected the stream key.', { rejected: true })
const encoder = new BatchEncoder({ video: testVideo, audio: testAudio, title: '' })

let clock: ManualClock
let platform: FakePlatform
let seen: PublisherStatus[]
let publisher: Publisher
let pictures: number

beforeEach(() => {
  clock = new ManualClock()
  platform = new FakePlatform()
  seen = []
  pictures = 0
  publisher = new Publisher({
    url: 'rtmp://platform.example/app',
    streamKey: 'secret-key',
    clock,
    open: platform.open,
    acknowledgeEachBytes: 100_000,
    random: () => 0.5,
    onStatus: (status) => seen.push(status),
  })
})

/** So much of a 25 fps programme, in the clock's time, with the ticks that a fan-out gives. */
async function feed(ms: number, sizeBytes = 100): Promise<void> {
  for (let elapsed = 0; elapsed < ms; elapsed += 40) {
    const batch = encoder.encode([], picture(pictures++, { sizeBytes }))
    if (publisher.wants(batch.keyframe)) publisher.push(batch)
    if (elapsed % 480 === 0) publisher.tick()
    await clock.advance(40)
  }
}
async function broadcast(): Promise<void> {
  publisher.start()
  await settled()
  await feed(12_000)
}
const states = () => seen.map(({ state }) => state)

describe('Publisher', () => {
  it('broadcasts once media has left, not when the platform consents', async () => {
    publisher.start()
    await settled()
    expect(publisher.status()).toMatchObject({ state: 'starting', sessions: 1, connected_at: null })
    await feed(40)
    expect(publisher.status()).toMatchObject({ state: 'broadcasting', connected_at: '2026-01-01T00:00:00.000Z' })
  })

  it('reports bytes and bit rate as they go out', async () => {
    publisher.start()
    await settled()
    await feed(8_000, 5_000)
    const { bytes_sent, bitrate_kbps } = publisher.status()
    expect(bytes_sent).toBeGreaterThan(200 * 5_000)
    expect(bitrate_kbps).toBeGreaterThan(990)
    expect(bitrate_kbps).toBeLessThan(1_020)
  })

  it('rolls over without losing a picture: the next session begins with the keyframe before the end', async () => {
    await broadcast()
    await feed(400)
    publisher.rollOver()
    expect(publisher.status()).toMatchObject({ state: 'starting', connected_at: null })
    await feed(200)
    const [old, next, ...others] = platform.sessions
    expect([old?.ended, next?.ended, others.length]).toEqual(['unpublished', undefined, 0])
    expect(publisher.status()).toMatchObject({ state: 'broadcasting', sessions: 2, retries: 0, last_error: null })
    expect(next?.written).toHaveLength(15)
    // Its first picture comes with headers; what follows is the very same as the old one sent.
    expect(next?.written.slice(1, 10)).toEqual(old?.written.slice(-9))
  })

  it('begins nothing more when it is stopped while it rolls over', async () => {
    await broadcast()
    publisher.rollOver()
    await publisher.stop()
    await feed(2_000)
    expect(publisher.status().state).toBe('idle')
    expect(platform.sessions.map(({ ended }) => ended)).toEqual(['unpublished'])
  })

  it('reconnects at once when the platform closes a healthy broadcast', async () => {
    await broadcast()
    platform.session.lose(closed)
    expect(publisher.status()).toMatchObject({ state: 'retrying', last_error: closed.error, connected_at: null })
    await clock.advance(0)
    expect(platform.attempts).toBe(2)
    await feed(1_000)
    expect(publisher.status()).toMatchObject({ state: 'broadcasting', sessions: 2, retries: 0, last_error: null })
  })

  it('begins each session with the headers, at a keyframe', async () => {
    await broadcast()
    platform.session.lose(closed)
    await clock.advance(0)
    pictures = 30
    await feed(1_000)
    const first = platform.session.written[0]
    expect(first?.includes('onMetaData')).toBe(true)
    expect(first?.readUIntBE(1, 3)).toBe(2_000)
    expect(platform.session.written[1]?.includes('onMetaData')).toBe(false)
  })

  it('goes on trying for ever, half a minute apart', async () => {
    platform.answer = unreachable
    publisher.start()
    await clock.advance(3_600_000)
    expect(platform.attempts).toBeGreaterThan(115)
    const { state, retries, next_retry_at } = publisher.status()
    expect([state, retries]).toEqual(['retrying', platform.attempts - 1])
    const waitMs = Date.parse(next_retry_at ?? '') - clock.unixMs()
    expect(waitMs).toBeGreaterThan(0)
    expect(waitMs).toBeLessThanOrEqual(30_000)
    platform.answer = 'accept'
    await clock.advance(30_000)
    await feed(1_000)
    expect(publisher.status().state).toBe('broadcasting')
  })

  it('is errored by a rejected key, and tries again after half a minute', async () => {
    platform.answer = badKey
    publisher.start()
    await settled()
    expect(publisher.status()).toMatchObject({
      state: 'errored',
      last_error: badKey.error,
      next_retry_at: '2026-01-01T00:00:30.000Z',
    })
    await clock.advance(29_000)
    expect(platform.attempts).toBe(1)
    await clock.advance(1_000)
    expect(platform.attempts).toBe(2)
  })

  it('takes the refusal of a key that was good a moment ago for a session that lingers there', async () => {
    await broadcast()
    platform.answer = badKey
    platform.session.lose(failure('stalled', 'It stopped.'))
    await clock.advance(1_000)
    expect(publisher.status()).toMatchObject({ state: 'retrying', last_error: { code: 'still_publishing' } })
    await clock.advance(180_000)
    expect(publisher.status()).toMatchObject({ state: 'errored', last_error: { code: 'rejected_stream_key' } })
  })

  it('waits for another broadcast with the same key to end, as one that may', async () => {
    platform.answer = failure('already_live', 'Somebody is broadcasting.')
    publisher.start()
    await clock.advance(20_000)
    expect(publisher.status()).toMatchObject({ state: 'retrying', last_error: { code: 'already_live' } })
    platform.answer = 'accept'
    await clock.advance(20_000)
    await feed(1_000)
    expect(publisher.status()).toMatchObject({ state: 'broadcasting', last_error: null })
  })

  it('says what it most often is when a platform ends every broadcast as soon as it has begun', async () => {
    publisher.start()
    await settled()
    for (const code of ['closed_by_platform', 'closed_soon', 'closed_soon']) {
      await feed(2_000)
      platform.session.lose(closed)
      expect(publisher.status()).toMatchObject({ state: 'retrying', last_error: { code } })
      publisher.retryNow()
      await settled()
    }
    await feed(12_000)
    platform.session.lose(closed)
    expect(publisher.status().last_error?.code).toBe('closed_by_platform')
  })

  it('tells how much waits, and how far away the platform is', async () => {
    platform.roundTripMs = 12.5
    await broadcast()
    expect(publisher.status()).toMatchObject({ queue_ms: 0, round_trip_ms: 12.5 })
    platform.takesBytes = false
    await feed(2_000)
    expect(publisher.status().queue_ms).toBe(2_000)
    await publisher.stop()
    expect(publisher.status()).toMatchObject({ queue_ms: 0, round_trip_ms: null })
  })

  it('retries now when asked, from the beginning of the back-off', async () => {
    platform.answer = badKey
    publisher.start()
    await settled()
    publisher.retryNow()
    await settled()
    expect(platform.attempts).toBe(2)
    platform.answer = unreachable
    publisher.retryNow()
    await settled()
    expect(Date.parse(publisher.status().next_retry_at ?? '') - clock.unixMs()).toBe(1_000)
    expect(clock.pending).toBe(1)
  })

  it('does nothing on "retry now" while it is connected or stopped', async () => {
    publisher.retryNow()
    await broadcast()
    publisher.retryNow()
    expect(platform.attempts).toBe(1)
  })

  it('gives up a session whose bytes do not leave for three seconds', async () => {
    await broadcast()
    platform.takesBytes = false
    await feed(4_000)
    expect(platform.sessions[0]?.ended).toMatchObject({ error: { code: 'stalled' } })
    expect(states()).toContain('retrying')
  })

  it('counts and reports what it leaves out for a slow destination, and forgets it later', async () => {
    await broadcast()
    platform.takesBytes = false
    for (let round = 0; round < 3; round++) {
      await feed(2_500)
      platform.session.held.shift()?.()
    }
    const slow = publisher.status()
    expect(slow).toMatchObject({ state: 'broadcasting', last_error: { code: 'too_slow', severity: 'warning' } })
    expect(slow.dropped_ms).toBeGreaterThan(3_000)
    platform.takesBytes = true
    for (const flushed of platform.session.held) flushed()
    await feed(31_000)
    expect(publisher.status()).toMatchObject({ state: 'broadcasting', last_error: null, dropped_ms: slow.dropped_ms })
  })

  it('sends no more than two seconds ahead of a peer that acknowledges everything, and drops the rest by whole groups', async () => {
    platform.acknowledgesAll = true
    publisher.start()
    await settled()
    await feed(8_000)
    expect(platform.session.written).toHaveLength(50)
    const slow = publisher.status()
    expect(slow).toMatchObject({ state: 'broadcasting', last_error: { code: 'too_slow' } })
    expect(slow.queue_ms).toBeGreaterThanOrEqual(2_000)
    expect(slow.dropped_ms).toBeGreaterThan(1_000)
    const sentBytes = platform.session.written.reduce((sum, { length }) => sum + length, 0)
    platform.session.options.onAcknowledged(sentBytes)
    await feed(40)
    expect(platform.session.written.length).toBeGreaterThan(50)
  })

  it('tells of slowness once when it begins, not at each drop', async () => {
    await broadcast()
    seen.length = 0
    platform.takesBytes = false
    for (let round = 0; round < 12; round++) {
      await feed(2_500)
      platform.session.held.shift()?.()
    }
    expect(seen.map(({ last_error }) => last_error?.code)).toEqual(['too_slow'])
  })

  it('unpublishes on stop and leaves no timer behind', async () => {
    await broadcast()
    await publisher.stop()
    expect(platform.session.ended).toBe('unpublished')
    expect(publisher.status()).toMatchObject({ state: 'idle', connected_at: null, next_retry_at: null })
    expect(clock.pending).toBe(0)
  })

  it('ends a session that opens after it was stopped', async () => {
    publisher.start()
    await publisher.stop()
    await settled()
    expect(platform.session.ended).toBe('unpublished')
    expect(publisher.status()).toMatchObject({ state: 'idle', sessions: 0 })
  })

  it('stops trying when stopped, and starts again', async () => {
    platform.answer = unreachable
    publisher.start()
    await settled()
    await publisher.stop()
    expect(clock.pending).toBe(0)
    platform.answer = 'accept'
    publisher.start()
    await settled()
    await feed(40)
    expect(states()).toEqual(['starting', 'retrying', 'idle', 'starting', 'broadcasting'])
  })

  it('never says its key', async () => {
    await broadcast()
    platform.session.lose(closed)
    platform.answer = badKey
    await clock.advance(200_000)
    expect(JSON.stringify(seen)).not.toContain('secret-key')
  })

  it('makes only legal changes of state, whatever happens', async () => {
    let dice = 1
    const roll = (sides: number) => {
      dice = (dice * 1_103_515_245 + 12_345) % 2 ** 31
      return Math.floor((dice / 2 ** 31) * sides)
    }
    const answers = ['accept', 'hang', unreachable, badKey, closed] as const
    const deeds = [
      () => publisher.start(),
      () => void publisher.stop(),
      () => publisher.retryNow(),
      () => publisher.rollOver(),
      () => platform.sessions.at(-1)?.ended ?? platform.sessions.at(-1)?.lose(roll(2) ? closed : badKey),
      () => feed(2_000),
      () => clock.advance(roll(40_000)),
    ]
    for (let step = 0; step < 3_000; step++) {
      platform.answer = answers[roll(answers.length)] ?? 'accept'
      await deeds[roll(deeds.length)]?.()
      await settled()
    }
    const visited = states()
    expect(new Set(visited).size).toBe(5)
    for (const [index, to] of visited.entries()) {
      const from = visited[index - 1] ?? 'idle'
      expect(from === to || Object.values(destinationTransitions[from]).includes(to)).toBe(true)
    }
  })
})
