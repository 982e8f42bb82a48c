import { describe, expect, it } from 'vitest'
import { idleDestination } from '#schema/contracts/destination.ts'
import { figuresOf, subjectPattern } from '#schema/samples/figures.ts'
import { SessionSeconds } from '#worker/observe/session-seconds.ts'
import { reportOf } from '../../support/fake-worker.ts'

const job = { live_stream_id: 'ls_1', fence: 1, revision: 1 }
const sample = {
  ...{ at: '2026-11-01T00:00:00.000Z', source_bitrate_kbps: 5_000, output_bitrate_kbps: 4_000, fps: 29.97, speed: 1 },
  ...{ lateness_ms: 40, slate_seconds: 3, loudness_momentary_lufs: -18, loudness_integrated_lufs: -17 },
}
const destination = (id: string, more = {}) => ({ ...idleDestination, id, state: 'broadcasting' as const, ...more })

/** What each figure of a subject is, by its name. */
const named = (measured: ReturnType<SessionSeconds['measure']>, subject: string) => {
  const values = measured.find(([name]) => name === subject)?.[1]
  return values && Object.fromEntries(figuresOf(subject).map(({ name }, index) => [name, values[index] ?? null]))
}

describe('what is measured of a session in a second', () => {
  it('is what its sample says, whether it is on slate, and how it does', () => {
    const seconds = new SessionSeconds()
    expect(named(seconds.measure(reportOf(job, { sample }), 0), 's')).toEqual({
      ...{ source_bitrate_kbps: 5_000, output_bitrate_kbps: 4_000, fps: 29.97, speed: 1, lateness_ms: 40 },
      ...{ slate: 0, loudness_lufs: -18, health: 0 },
    })
    const issues = [{ code: 'gop_too_long', severity: 'warning' as const, detail: '', fix: '' }]
    const troubled = seconds.measure(reportOf(job, { status: 'reconnecting', issues }), 1_000)
    expect(named(troubled, 's')).toMatchObject({ fps: null, slate: 1, health: 1 })
  })

  it('counts the pictures of each size that viewers get, in whichever edition', () => {
    const sent = new Map<string, { bytes: number; samples: number }>()
    const seconds = new SessionSeconds(() => new Map(sent))
    const send = (id: string, bytes: number, samples: number) => sent.set(id, { bytes, samples })
    send('720p', 1_000, 10)
    expect(seconds.measure(reportOf(job), 0).map(([subject]) => subject)).toEqual(['s'])
    send('720p', 126_000, 40)
    send('audio', 16_000, 47)
    send('dst_1/720p', 500_000, 30)
    const first = seconds.measure(reportOf(job), 1_000)
    expect(first.map(([subject]) => subject)).toEqual(['s', 'r.720p'])
    expect(named(first, 'r.720p')).toEqual({ bitrate_kbps: 1_000, fps: 30 })
    // Another edition takes over; the first is gone.
    sent.delete('720p')
    send('viewers-2/720p', 62_500, 15)
    expect(named(seconds.measure(reportOf(job), 1_500), 'r.720p')).toEqual({ bitrate_kbps: 1_000, fps: 30 })
  })

  it('has destinations that are not idle, and what each dropped since the second before', () => {
    const seconds = new SessionSeconds()
    const measure = (...destinations: ReturnType<typeof destination>[]) =>
      seconds.measure(reportOf(job, { destinations }), 0)
    measure(destination('dst_1', { dropped_ms: 500 }))
    const measured = measure(
      destination('dst_1', { dropped_ms: 1_700, bitrate_kbps: 3_000, queue_ms: 900, round_trip_ms: 12 }),
      destination('dst_2', { state: 'errored' }),
      destination('dst_3', { state: 'idle' }),
    )
    expect(named(measured, 'd.dst_1')).toEqual({
      ...{ bitrate_kbps: 3_000, queue_ms: 900, dropped_ms: 1_200, round_trip_ms: 12, state: 1 },
    })
    expect(named(measured, 'd.dst_2')).toMatchObject({ state: 4 })
    expect(named(measured, 'd.dst_3')).toBeUndefined()
    // A publisher that is new counts from nothing.
    expect(named(measure(destination('dst_1', { dropped_ms: 100 })), 'd.dst_1')).toMatchObject({ dropped_ms: 100 })
    for (const [subject] of measured) expect(subject).toMatch(subjectPattern)
  })
})
