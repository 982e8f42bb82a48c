import { describe, expect, it } from 'vitest'
import { destinationEffects } from '#control/streams/destination-effects.ts'
import { type Destination, idleDestination, type PatchDestination } from '#schema/contracts/destination.ts'
import type { HoldReason } from '#schema/enums.ts'

const now = new Date(Date.UTC(2026, 0, 1, 12))
const text = (minutes: number) => new Date(now.getTime() + minutes * 60_000).toISOString()
/** One that has been on air for seven minutes. */
const destination: Destination = {
  ...{ ...idleDestination, id: 'dst_1', platform: 'custom', name: null, url: 'rtmp://platform.example/live' },
  ...{ profile: { height: 720, fps: 25 }, enabled: true, start: 'with_stream', ordered: null, stop_at: null },
  ...{ max_duration_s: null, roll_over: false, ca_pem: null, created_at: text(-9), updated_at: text(-9) },
  ...{ state: 'broadcasting', session_started_at: text(-7) },
}
const heldBy = (reason: HoldReason, more: Partial<Destination> = {}): Destination => ({
  ...{ ...destination, state: 'idle', session_started_at: null, held: { reason, detail: '', since: null } },
  ...more,
})
const effects = (wanted: PatchDestination, before = destination) => destinationEffects('active', before, wanted, now)
const kinds = (wanted: PatchDestination, before = destination) =>
  effects(wanted, before).map(({ field, effect }) => [field, effect])

describe('the effects of a change of a destination', () => {
  it('tell a new session from a new picture in the same one', () => {
    const wanted = { name: 'Lectures', profile: '480p', stream_key: 'platform-key', url: destination.url }
    expect(kinds(wanted)).toEqual([
      ['name', 'now'],
      ['profile', 'new_encode'],
      ['stream_key', 'reconnects'],
    ])
    expect(kinds({ profile: { height: 720 } })).toEqual([['profile', 'new_encode']])
    expect(kinds({ enabled: false })).toEqual([['enabled', 'ends']])
    expect(destinationEffects('idle', destination, { enabled: false }, now)).toMatchObject([
      { effect: 'next_broadcast' },
    ])
  })

  it.each<[string, PatchDestination, string, string]>([
    ['a limit that is over already', { max_duration_s: 60 }, 'ends', 'lasted as long as that already'],
    ['a limit that is ahead', { max_duration_s: 3_600 }, 'now', 'goes on, and ends at 12:53 UTC'],
    ['a limit of some days', { max_duration_s: 259_200 }, 'now', 'ends on 2026-01-04 at 11:53 UTC'],
    ['no limit', { max_duration_s: null }, 'now', 'the broadcast goes on'],
    ['a time to stop within a minute', { stop_at: text(0.5) }, 'ends', 'at 12:00 UTC, which is within a minute'],
    ['a time to stop that is ahead', { stop_at: text(60) }, 'now', 'goes on, and ends at 13:00 UTC'],
    ['that it is to wait for somebody', { start: 'manually' }, 'now', 'in the next one it waits'],
  ])('say when it ends by %s', (_, wanted, effect, words) => {
    const before = { ...destination, max_duration_s: wanted.max_duration_s === null ? 7_200 : null }
    expect(effects(wanted, before)).toMatchObject([{ effect, detail: expect.stringContaining(words) }])
  })

  it('say when it begins anew by a limit', () => {
    const rolling = { ...destination, roll_over: true }
    expect(kinds({ max_duration_s: 60 }, rolling)).toEqual([['max_duration_s', 'reconnects']])
    expect(effects({ max_duration_s: 600 }, rolling)).toMatchObject([
      { effect: 'now', detail: expect.stringContaining('at 12:03 UTC, and a new session begins') },
    ])
    const limited = { ...destination, max_duration_s: 600 }
    expect(kinds({ max_duration_s: 60, roll_over: true }, limited)).toEqual([
      ['max_duration_s', 'reconnects'],
      ['roll_over', 'reconnects'],
    ])
  })

  it('disturb nobody where nothing is broadcast', () => {
    const wanted = { url: 'rtmp://other.example/live', profile: '480p', enabled: false, stop_at: text(60) }
    expect(kinds(wanted, heldBy('waits_for_start', { start: 'manually' }))).toEqual([
      ['url', 'now'],
      ['profile', 'now'],
      ['enabled', 'now'],
      ['stop_at', 'now'],
    ])
  })

  it.each<[HoldReason, Partial<Destination>, PatchDestination]>([
    ['paused', { enabled: false }, { enabled: true }],
    ['waits_for_start', { start: 'manually' }, { start: 'with_stream' }],
    ['stop_time_reached', { stop_at: text(-1) }, { stop_at: null }],
    ['duration_over', { max_duration_s: 60 }, { max_duration_s: null }],
    ['duration_over', { max_duration_s: 60 }, { max_duration_s: 120 }],
    ['duration_over', { max_duration_s: 60 }, { roll_over: true }],
  ])('say that it begins where what held it (%s) is taken away', (reason, more, wanted) => {
    expect(effects(wanted, heldBy(reason, more))).toMatchObject([{ effect: 'begins' }])
  })

  it('say of what stays held that it does', () => {
    const manual = heldBy('paused', { enabled: false, start: 'manually' })
    expect(effects({ enabled: true }, manual)).toMatchObject([{ effect: 'now' }])
    const over = heldBy('duration_over', { max_duration_s: 120 })
    expect(effects({ max_duration_s: 60 }, over)).toMatchObject([
      { effect: 'now', detail: expect.stringContaining('does not broadcast now') },
    ])
  })
})
