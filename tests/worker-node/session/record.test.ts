import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { idleDestination } from '#schema/contracts/destination.ts'
import type { SessionReport, StreamEventRecord } from '#schema/contracts/worker.ts'
import { SessionRecord } from '#worker/session/record.ts'
import { reportOf } from '../../support/fake-worker.ts'
import { jobDestination, jobOf } from '../agent/registry-under-test.ts'

const job = jobOf({ destinations: [jobDestination('')] })
const sample = (second: number) => ({
  at: new Date(second * 1_000).toISOString(),
  ...{ source_bitrate_kbps: 900, output_bitrate_kbps: 800, fps: 25, speed: 1, lateness_ms: 0, slate_seconds: 0 },
  ...{ loudness_momentary_lufs: null, loudness_integrated_lufs: null },
})

let observed: Partial<SessionReport> | undefined
let told: (Partial<StreamEventRecord> | undefined)[]
let record: SessionRecord

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
  observed = {}
  told = []
  record = new SessionRecord({
    sessionId: 'ses_1',
    onEvent: (_type, _detail, about) => told.push(about),
    job: () => job,
    observe: () => observed && reportOf(job, { sample: sample(Date.now() / 1_000), ...observed }),
  })
})
afterEach(() => {
  record.end()
  vi.useRealTimers()
})
const seconds = (count: number) => vi.advanceTimersByTime(count * 1_000)

describe('the record of a session', () => {
  it('begins with the first picture or slate', () => {
    observed = undefined
    seconds(30)
    expect(record.told).toEqual({})
    observed = {}
    seconds(11)
    const { broadcast, history } = record.told
    expect(broadcast).toMatchObject({ began_at: new Date(31_000).toISOString(), live_seconds: 10, changes: 0 })
    expect(history).toMatchObject([{ seconds: 10, source_kbps: 900, fps: 25 }])
  })

  it('counts to the moment of each change, not to the next second', () => {
    record.look()
    vi.advanceTimersByTime(2_300)
    observed = { status: 'reconnecting' }
    record.onEvent('stream.reconnecting', 'The source is gone.', {})
    vi.advanceTimersByTime(1_500)
    expect(record.told.broadcast).toMatchObject({ live_seconds: 2.3, slate_seconds: 1.5, on_air: 'slate' })
  })

  it('knows destinations by their host and platform, and by nothing that could be a secret', () => {
    observed = { destinations: [{ id: 'dst_1', ...idleDestination, state: 'broadcasting' }] }
    seconds(3)
    expect(record.told.broadcast?.destinations).toMatchObject([
      { id: 'dst_1', host: '127.0.0.1', platform: 'custom', seconds: { broadcasting: 2 } },
    ])
    expect(JSON.stringify(record.told)).not.toContain('/live')
  })

  it('gives events its session, and counts those that the report tells of', () => {
    record.look()
    record.onEvent('input.refused', 'Refused.')
    record.onEvent('destination.idle', 'Over.', { destination_id: 'dst_1' })
    expect(told).toEqual([
      { session_id: 'ses_1', in_report: false },
      { session_id: 'ses_1', destination_id: 'dst_1' },
    ])
    expect(record.told.broadcast?.changes).toBe(1)
  })

  it('is watched as long as somebody fetches playlists, and a little longer', () => {
    seconds(10)
    for (let fetches = 0; fetches < 5; fetches++) {
      record.noteReader()
      seconds(4)
    }
    seconds(60)
    expect(record.told.broadcast?.watched_seconds).toBe(30)
  })

  it('sends points until control has taken them', () => {
    seconds(25)
    const first = record.told
    expect(first.history).toHaveLength(2)
    seconds(10)
    record.acknowledge(first)
    expect(record.told.history).toHaveLength(1)
  })

  it('counts no more once the broadcast is over, and tells the rest', () => {
    seconds(15)
    record.end()
    seconds(60)
    record.onEvent('stream.idle', 'Over.', {})
    const { broadcast, history } = record.told
    expect(broadcast).toMatchObject({
      at: new Date(15_000).toISOString(),
      live_seconds: 14,
      on_air: 'live',
      changes: 1,
    })
    expect(history).toHaveLength(2)
    expect(vi.getTimerCount()).toBe(0)
  })
})
