import { beforeEach, describe, expect, it } from 'vitest'
import { FakePlatform } from '#tests/support/fake-platform.ts'
import { ManualClock, settled } from '#tests/support/manual-clock.ts'
import { picture, testAudio, testVideo } from '#tests/support/tracks.ts'
import { PublishFailure } from '#worker/fanout/publish-failure.ts'
import type { DestinationRules } from '#worker/session/destination-rules.ts'
import { SessionPublishers } from '#worker/session/publishers.ts'

const failure = (code: string) => new PublishFailure(code, { detail: 'It failed.', fix: 'Mend it.' })
const closed = failure('closed_by_platform')
const unreachable = failure('unreachable')

let clock: ManualClock
let platform: FakePlatform
let publishers: SessionPublishers
let told: string[]
let pictures: number

beforeEach(() => {
  clock = new ManualClock()
  platform = new FakePlatform()
  told = []
  pictures = 0
  publishers = new SessionPublishers({
    title: 'Lecture 1',
    clock,
    open: platform.open,
    random: () => 0.5,
    onEvent: (type, _, about) => told.push(`${type} ${about?.destination_id ?? '-'}`),
  })
  publishers.fanout.setFeed('main', { video: testVideo, audio: testAudio, beginsAtMs: 0 })
})

const rulesOf = (more: Partial<DestinationRules>): DestinationRules => ({
  ...{ platform: 'custom', enabled: true, start: 'with_stream', ordered: null, ordered_at: null },
  ...{ stop_at: null, max_duration_s: null, roll_over: false },
  ...more,
})
async function add(more: Partial<DestinationRules> = {}, url = 'rtmp://platform.example/app', id = 'a') {
  const rules = rulesOf(more)
  publishers.add({ id, url, streamKey: 'key', feedId: 'main', enabled: rules.enabled, rules })
  await settled()
}
async function feed(ms: number): Promise<void> {
  for (let elapsed = 0; elapsed < ms; elapsed += 40) {
    publishers.fanout.onSample('720p', picture(pictures++))
    await clock.advance(40)
  }
}
const status = (id = 'a') => publishers.statuses().get(id) ?? expect.fail('There is no such destination.')
const inMs = (ms: number) => new Date(clock.unixMs() + ms).toISOString()
const warnings = () => told.filter((event) => event.startsWith('destination.duration_warning')).length

describe('a destination that starts manually', () => {
  it('is not connected to until it is started, and broadcasts then', async () => {
    await add({ start: 'manually' })
    await feed(2_000)
    expect(platform.attempts).toBe(0)
    expect(status()).toMatchObject({ state: 'idle', held: { reason: 'waits_for_start' }, session_started_at: null })
    await add({ start: 'manually', ordered: 'start', ordered_at: inMs(0) })
    await feed(2_000)
    expect(status()).toMatchObject({ state: 'broadcasting', held: null, sessions: 1 })
  })

  it('is left cleanly when it is stopped, and others notice nothing', async () => {
    await add()
    await add({}, undefined, 'b')
    await feed(2_000)
    await add({ ordered: 'stop', ordered_at: inMs(0) })
    await feed(1_000)
    expect(platform.sessions.map(({ ended }) => ended)).toEqual(['unpublished', undefined])
    expect(status()).toMatchObject({ state: 'idle', held: { reason: 'stopped_by_operator' }, session_started_at: null })
    expect(status('b')).toMatchObject({ state: 'broadcasting', sessions: 1 })
  })
})

describe('a time to stop', () => {
  it('ends the session cleanly when it comes, without anybody asking', async () => {
    const at = inMs(10_000)
    await add({ stop_at: at })
    await feed(9_960)
    expect(status()).toMatchObject({ state: 'broadcasting', session_ends_at: at, held: null })
    await feed(120)
    expect(platform.session.ended).toBe('unpublished')
    expect(status()).toMatchObject({
      state: 'idle',
      held: { reason: 'stop_time_reached', since: at },
      session_ends_at: null,
    })
    expect(told).toContain('destination.idle a')
  })

  it('may be further away than a timer holds', async () => {
    const farAway: number[] = []
    const { after } = clock
    clock.after = (delayMs, action) => {
      farAway.push(delayMs)
      return after.call(clock, delayMs, action)
    }
    await add({ stop_at: inMs(400 * 86_400_000) })
    expect(Math.max(...farAway)).toBeLessThan(2 ** 31)
    expect(Math.max(...farAway)).toBe(3_600_000)
  })

  it('is control’s time, not that of the machine', async () => {
    publishers = new SessionPublishers({
      ...{ title: 'Lecture 1', open: platform.open, onEvent: () => {} },
      // The machine is two hours late.
      clock: {
        nowMs: () => clock.nowMs(),
        after: (delayMs, action) => clock.after(delayMs, action),
        unixMs: () => clock.unixMs() + 7_200_000,
      },
    })
    publishers.fanout.setFeed('main', { video: testVideo, audio: testAudio, beginsAtMs: 0 })
    await add({ stop_at: inMs(7_200_000 + 2_000) })
    await feed(1_960)
    expect(status().state).toBe('broadcasting')
    await feed(120)
    expect(status().held?.reason).toBe('stop_time_reached')
  })
})

describe('a session that has lasted as long as it may', () => {
  it('is ended with words and stays so, until somebody starts it', async () => {
    await add({ max_duration_s: 10 })
    await feed(4_960)
    expect(publishers.issues).toEqual([])
    const { session_started_at: began } = status()
    expect(status().session_ends_at).toBe(new Date(Date.parse(began ?? '') + 10_000).toISOString())
    await feed(1_000)
    expect(publishers.issues).toMatchObject([{ code: 'duration_limit_near', severity: 'info', destination_id: 'a' }])
    await feed(5_000)
    expect(publishers.issues).toEqual([])
    expect(status()).toMatchObject({ state: 'idle', held: { reason: 'duration_over' } })
    expect(platform.session.ended).toBe('unpublished')
    await add({ max_duration_s: 10 })
    await feed(2_000)
    expect(platform.sessions).toHaveLength(1)
    await add({ max_duration_s: 10, ordered: 'start', ordered_at: inMs(0) })
    await feed(2_000)
    expect(status()).toMatchObject({ state: 'broadcasting', sessions: 2, held: null })
    expect(warnings()).toBe(1)
  })

  it.each<[string, Partial<DestinationRules>]>([
    ['may last longer', { max_duration_s: 20 }],
    ['may last as long as it likes', { max_duration_s: null }],
    ['is to begin anew after it', { max_duration_s: 10, roll_over: true }],
  ])('goes on when it %s', async (_, more) => {
    await add({ max_duration_s: 10 })
    await feed(10_400)
    expect(status().held?.reason).toBe('duration_over')
    await add(more)
    await feed(2_000)
    expect(status()).toMatchObject({ state: 'broadcasting', sessions: 2, held: null })
  })

  it('stays ended with the next worker', async () => {
    const over_at = inMs(-60_000)
    await add({ max_duration_s: 10, over_at })
    await feed(2_000)
    expect(status()).toMatchObject({ state: 'idle', held: { reason: 'duration_over', since: over_at } })
    await add({ max_duration_s: 10, over_at }, undefined, 'b')
    await add({ max_duration_s: 10, ordered: 'start', ordered_at: inMs(0) }, undefined, 'b')
    await feed(2_000)
    expect(status('b')).toMatchObject({ state: 'broadcasting', held: null })
  })

  it('rolls over where that is asked for: it ends cleanly, and the next begins at once at a keyframe', async () => {
    await add({ max_duration_s: 10, roll_over: true })
    await feed(10_200)
    expect(platform.sessions.map(({ ended }) => ended)).toEqual(['unpublished', undefined])
    await feed(1_000)
    expect(status()).toMatchObject({ state: 'broadcasting', sessions: 2, retries: 0, last_error: null, held: null })
    const rest = told.filter((event) => !event.startsWith('destination.duration_warning'))
    expect(rest).toEqual([
      'destination.starting a',
      'destination.broadcasting a',
      'destination.rolled_over a',
      'destination.starting a',
      'destination.broadcasting a',
    ])
    await feed(10_000)
    expect(status().sessions).toBe(3)
    expect(warnings()).toBe(2)
  })

  it('counts on over a loss for as long as the platform waits, and no longer', async () => {
    await add({ max_duration_s: 300 })
    await feed(2_000)
    const { session_started_at: began } = status()
    platform.session.lose(closed)
    await feed(4_000)
    expect(status()).toMatchObject({ state: 'broadcasting', sessions: 2, session_started_at: began })
    platform.answer = unreachable
    platform.session.lose(closed)
    await clock.advance(61_000)
    platform.answer = 'accept'
    publishers.fanout.retryNow('a')
    await feed(2_000)
    expect(status()).toMatchObject({ state: 'broadcasting', sessions: 3 })
    expect(Date.parse(status().session_started_at ?? '')).toBeGreaterThan(Date.parse(began ?? '') + 60_000)
  })

  it('is not rolled over while it is lost; what comes then counts from its own beginning', async () => {
    await add({ max_duration_s: 10, roll_over: true })
    await feed(8_000)
    platform.answer = unreachable
    platform.session.lose(closed)
    await clock.advance(4_000)
    expect(status()).toMatchObject({ state: 'retrying', session_started_at: null })
    platform.answer = 'accept'
    publishers.fanout.retryNow('a')
    await feed(2_000)
    expect(status()).toMatchObject({ state: 'broadcasting', sessions: 2 })
    expect(told.some((event) => event.startsWith('destination.rolled_over'))).toBe(false)
  })

  it('begins anew at another address', async () => {
    await add({ max_duration_s: 10 })
    await feed(8_000)
    const { session_started_at: began } = status()
    await add({ max_duration_s: 10 }, 'rtmp://other.example/app')
    await feed(4_000)
    expect(status()).toMatchObject({ state: 'broadcasting', held: null })
    expect(status().session_started_at).not.toBe(began)
  })
})

it('a destination that fails is an issue until it is held', async () => {
  platform.answer = unreachable
  await add()
  await clock.advance(5_000)
  expect(publishers.issues).toMatchObject([{ code: 'destination_failing', destination_id: 'a' }])
  await add({ ordered: 'stop', ordered_at: inMs(0) })
  expect(publishers.issues).toEqual([])
})

describe('the timer of all destinations', () => {
  it('is one, and is gone with them', async () => {
    publishers.add({
      ...{ id: 'idle', url: 'rtmp://platform.example/app', streamKey: 'key', feedId: 'main', enabled: true },
      rules: rulesOf({}),
    })
    await settled()
    const before = clock.pending
    for (const id of ['a', 'b', 'c']) await add({ start: 'manually', stop_at: inMs(60_000) }, undefined, id)
    expect(clock.pending).toBe(before + 1)
    publishers.keepOnly(['idle'])
    await add({}, undefined, 'idle')
    await publishers.stop()
    expect(clock.pending).toBe(0)
  })

  it('is set for the first of all times', async () => {
    await add({ stop_at: inMs(5_000) })
    await add({ stop_at: inMs(3_000) }, undefined, 'b')
    await feed(3_040)
    expect([status('a').held, status('b').held?.reason]).toEqual([null, 'stop_time_reached'])
    await feed(2_000)
    expect(status('a').held?.reason).toBe('stop_time_reached')
  })
})
