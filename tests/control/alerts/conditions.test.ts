import { describe, expect, it } from 'vitest'
import { conditionsOf, type Observed, overUnmended } from '#control/alerts/conditions.ts'
import { readAlertSettings } from '#control/alerts/rules.ts'
import { idleDestination } from '#schema/contracts/destination.ts'
import type { InputState } from '#schema/enums.ts'

const now = new Date('2026-11-02T12:00:00Z')
const nothing: Observed = {
  streams: [],
  destinations: [],
  workers: [],
  controlDisk: null,
  webhooks: [],
  signingKeyAt: null,
}
const stream = {
  id: 'ls_1',
  name: 'Talk',
  status: 'active',
  reason: null,
  detail: null,
  inputs: [],
  issues: [],
} as const
const destination = { id: 'dst_1', name: null, platform: 'youtube', liveStreamId: 'ls_1', streamName: 'Talk' }
const worker = { id: 'wrk_1', name: 'Berlin', state: 'online', lastSeenAt: now, disk: null } as const

const look = (seen: Partial<Observed>) =>
  conditionsOf({ ...nothing, ...seen }, readAlertSettings([]), now).map(({ kind, level }) => `${kind} ${level}`)
const input = (state: InputState) => ({
  id: 'in_1',
  state,
  state_detail: '',
  state_since: '',
  now: null,
  channel: null,
})

describe('what is wrong with a live stream', () => {
  it('is a source that is away while it is on air, or can’t be fetched', () => {
    expect(look({ streams: [stream] })).toEqual([])
    expect(look({ streams: [{ ...stream, status: 'reconnecting' }] })).toEqual(['source_down on'])
    const closing = {
      status: 'reconnecting',
      reason: 'completed',
      detail: 'Ended. Viewers see the closing slate now.',
    } as const
    expect(look({ streams: [{ ...stream, ...closing }] })).toEqual([])
    const fetched = (...states: InputState[]) =>
      look({ streams: [{ ...stream, status: 'idle', inputs: states.map(input) }] })
    expect(fetched('failed', 'failed')).toEqual(['source_down on'])
    expect(fetched('failed', 'connecting')).toEqual(['source_down hold'])
    expect(fetched('failed', 'waiting')).toEqual([])
  })

  it('is an encode that its worker calls slow, and no worker with room', () => {
    const slow = { code: 'encode_too_slow', severity: 'error', detail: 'Too slow.', fix: 'Less.' } as const
    expect(look({ streams: [{ ...stream, issues: [slow] }] })).toEqual(['encode_slow on'])
    const late = { ...stream, status: 'reconnecting', reason: 'encoder_failed' } as const
    // That viewers see the slate then is no other trouble.
    expect(look({ streams: [{ ...late, issues: [slow] }] })).toEqual(['encode_slow on'])
    const failed = { code: 'encoder_failed', severity: 'error', detail: 'It stopped.', fix: 'Look there.' } as const
    const [alert] = conditionsOf({ ...nothing, streams: [{ ...late, issues: [failed] }] }, readAlertSettings([]), now)
    expect(alert).toMatchObject({ kind: 'source_down', fix: 'Look there.' })
    expect(look({ streams: [{ ...stream, status: 'idle', reason: 'no_capacity' }] })).toEqual(['no_capacity on'])
  })

  it('is a destination that fails, also between two tries, and none that begins', () => {
    const of = (state: 'starting' | 'retrying' | 'errored', retries: number) =>
      look({ destinations: [{ ...destination, status: { ...idleDestination, state, retries } }] })
    expect([of('starting', 0), of('starting', 2), of('retrying', 1), of('errored', 1)]).toEqual([
      [],
      ['destination_failing on'],
      ['destination_failing on'],
      ['destination_failing on'],
    ])
  })
})

it('says of what ends with its broadcast that nobody mended it', () => {
  const alert = { kind: 'source_down', liveStreamId: 'ls_1' } as const
  expect(overUnmended({ streams: [stream] })(alert)).toBeUndefined()
  expect(overUnmended({ streams: [] })(alert)).toContain('did not come back')
  expect(overUnmended({ streams: [] })({ kind: 'worker_lost', liveStreamId: null })).toBeUndefined()
})

describe('what is wrong with a machine', () => {
  it('is a worker that is silent and has not said goodbye', () => {
    const silentFor = (seconds: number, state: 'online' | 'draining' | 'offline') =>
      look({ workers: [{ ...worker, state, lastSeenAt: new Date(now.getTime() - seconds * 1_000) }] })
    expect([
      silentFor(14, 'online'),
      silentFor(16, 'online'),
      silentFor(16, 'draining'),
      silentFor(999, 'offline'),
    ]).toEqual([[], ['worker_lost on'], ['worker_lost on'], []])
  })

  it('is a disk without room, of control too', () => {
    const free = (percent: number) => ({ freeBytes: percent * 1e9, totalBytes: 100e9 })
    expect(look({ workers: [{ ...worker, disk: free(9) }], controlDisk: free(11) })).toEqual([
      'disk_low on',
      'disk_low hold',
    ])
    expect(look({ workers: [{ ...worker, disk: free(12) }], controlDisk: free(50) })).toEqual([])
  })

  it('is a webhook that Weir has switched off, for either reason', () => {
    const off = (reason: 'gone' | 'failing') =>
      conditionsOf(
        { ...nothing, webhooks: [{ id: 'whk_1', host: 'hooks.example', reason }] },
        readAlertSettings([]),
        now,
      )
    expect(off('gone')).toMatchObject([{ kind: 'webhook_disabled', detail: expect.stringContaining('410') }])
    expect(off('failing')).toMatchObject([{ kind: 'webhook_disabled', detail: expect.stringContaining('for a day') }])
  })

  it('is a signing key of more than a year', () => {
    expect(look({ signingKeyAt: new Date('2025-11-02T12:00:01Z') })).toEqual([])
    expect(look({ signingKeyAt: new Date('2025-11-02T12:00:00Z') })).toEqual(['signing_key_old on'])
  })
})
