import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { composeReport } from '#control/reports/compose.ts'
import type { BroadcastRecord } from '#control/reports/record.ts'
import { broadcastReport } from '#schema/contracts/broadcast.ts'
import type { IssueTally } from '#schema/contracts/broadcast-tally.ts'
import { at, broadcastRecord, destinationTally, sessionEvents, tally } from '../../support/broadcast-record.ts'

const session = { live_stream_id: 'ls_1', session_id: 'ses_1' }
const told = (...events: (readonly [number, string, string?])[]) => sessionEvents(session, ...events)
const ended = (record: BroadcastRecord, endReason: BroadcastRecord['row']['endReason'], endDetail = 'It ended.') => ({
  ...record,
  isLive: false,
  row: { ...record.row, endReason, endDetail },
})
/** `state from-to` in seconds. */
const short = (spans: readonly { state: string; from: string; to: string }[]) =>
  spans.map(({ state, from, to }) => `${state} ${seconds(from)}-${seconds(to)}`)
const seconds = (time: string | null) => (time === null ? '' : (Date.parse(time) - Date.parse(at(0))) / 1_000)

describe('the report of a broadcast', () => {
  it('is what its contract says', () => {
    const record = broadcastRecord(
      tally({ destinations: [destinationTally('dst_1')], changes: 2 }),
      told([0.1, 'stream.active'], [1, 'destination.broadcasting', 'dst_1']),
      { points: [{ at: at(0), seconds: 10, source_kbps: 900, output_kbps: 800, fps: 25, lateness_ms: 3 }] },
    )
    const report = composeReport(record)
    expect(v.parse(broadcastReport, report)).toEqual(report)
    expect(report).toMatchObject({ state: 'live', ended_at: null, end_reason: null, known_until: at(60) })
    expect(report.viewers.peak).toBeNull()
  })

  it('tells what viewers got, from the first moment to the last that is known', () => {
    const record = broadcastRecord(
      tally({ slate_seconds: 20 }),
      told([0.1, 'stream.active'], [20, 'stream.reconnecting'], [40, 'stream.active'], [60.2, 'stream.idle']),
    )
    const { programme, incidents, summary } = composeReport(ended(record, 'completed'))
    expect(short(programme.spans)).toEqual(['live 0-20', 'slate 20-40', 'live 40-60'])
    expect(incidents).toMatchObject([{ kind: 'source', severity: 'warning', from: at(20), to: at(40) }])
    expect(summary.slice(0, 2)).toEqual([
      'On air for 1 min. It ended.',
      'The slate stood in for the live picture for 20 s.',
    ])
  })

  it('tells of each destination what it got and did: the slate too, and one outage however often it was tried', () => {
    const record = broadcastRecord(
      tally({
        destinations: [
          destinationTally('dst_1'),
          destinationTally('dst_2', { losses: 1, retries: 7, dropped_ms: 1_240 }),
        ],
      }),
      told(
        [0, 'stream.active'],
        [0, 'destination.starting', 'dst_1'],
        [1, 'destination.broadcasting', 'dst_1'],
        [1, 'destination.broadcasting', 'dst_2'],
        [20, 'stream.reconnecting'],
        [25, 'destination.retrying', 'dst_2'],
        [30, 'destination.errored', 'dst_2'],
        [40, 'stream.active'],
        [50, 'destination.broadcasting', 'dst_2'],
      ),
      { destinationNames: new Map([['dst_2', 'Channel 2']]) },
    )
    const { delivery, incidents, summary, destinations_with_trouble } = composeReport(record)
    expect(delivery.map(({ name }) => name)).toEqual(['dst_1.example.com', 'Channel 2'])
    expect(short(delivery[0]!.spans)).toEqual([
      ...['starting 0-1', 'broadcasting 1-20', 'slate 20-40', 'broadcasting 40-60'],
    ])
    expect(short(delivery[1]!.spans)).toEqual([
      ...['broadcasting 1-20', 'slate 20-25', 'retrying 25-30', 'errored 30-50', 'broadcasting 50-60'],
    ])
    expect(incidents.filter(({ kind }) => kind === 'destination')).toEqual([
      {
        ...{ kind: 'destination', severity: 'error', from: at(25), to: at(50), times: 1 },
        ...{ title: 'Channel 2 refused the stream', detail: 'destination.errored.' },
      },
    ])
    expect(destinations_with_trouble).toBe(1)
    expect(summary.slice(2)).toEqual([
      '1 of 2 destinations got it without a break.',
      'Channel 2: on air for 59 s, away for 25 s, lost once, tried again 7 times, 1.2 s of media left out.',
    ])
  })

  it('shows when a destination was too slow', () => {
    const events = told(
      [0, 'stream.active'],
      [1, 'destination.broadcasting', 'dst_1'],
      [20, 'destination.broadcasting', 'dst_1'],
      [50, 'destination.broadcasting', 'dst_1'],
    ).map((event) => (event.at === at(20) ? { ...event, reason: 'too_slow', detail: 'Its line is too slow.' } : event))
    const record = broadcastRecord(tally({ destinations: [destinationTally('dst_1', { dropped_ms: 900 })] }), events)
    const { delivery, incidents } = composeReport(record)
    expect(short(delivery[0]!.spans)).toEqual(['broadcasting 1-20', 'slow 20-50', 'broadcasting 50-60'])
    expect(incidents).toEqual([
      {
        ...{
          kind: 'destination',
          severity: 'warning',
          from: at(20),
          to: at(50),
          times: 1,
          detail: 'Its line is too slow.',
        },
        title: 'dst_1.example.com was too slow, so media was left out',
      },
    ])
  })

  it('calls a destination that was never reached so, and says that it still is not', () => {
    const record = broadcastRecord(
      tally({ destinations: [destinationTally('dst_1', { state: 'retrying', state_since: at(5) })] }),
      told([0, 'stream.active'], [1, 'destination.starting', 'dst_1'], [5, 'destination.retrying', 'dst_1']),
    )
    expect(composeReport(record).incidents).toMatchObject([
      { title: 'dst_1.example.com was not reached', severity: 'error', from: at(1), to: null },
    ])
  })

  it('counts the time in which a server said nothing as time away', () => {
    const seconds = { idle: 0, starting: 50, broadcasting: 0, retrying: 9, errored: 0 }
    const hung = destinationTally('dst_1', { state: 'starting', seconds, retries: 4, sessions: 0 })
    const record = broadcastRecord(
      tally({ destinations: [hung] }),
      told([0, 'stream.active'], [1, 'destination.starting', 'dst_1'], [11, 'destination.retrying', 'dst_1']),
    )
    const { delivery, summary } = composeReport(record)
    expect(delivery).toMatchObject([{ away_s: 59, outcome: 'troubled' }])
    expect(summary.slice(2)).toEqual(['dst_1.example.com: never on air, away for 59 s, tried again 4 times.'])
  })

  it('ends what a destination got with the broadcast, though it is called idle a moment later', () => {
    const events = told(
      [0, 'stream.active'],
      [1, 'destination.broadcasting', 'dst_1'],
      [58, 'stream.idle'],
      [59, 'destination.idle', 'dst_1'],
    )
    const record = broadcastRecord(tally({ destinations: [destinationTally('dst_1', { state: 'idle' })] }), events)
    const { delivery } = composeReport(ended(record, 'completed'))
    expect(delivery).toMatchObject([
      { outcome: 'unbroken', spans: [{ state: 'broadcasting', from: at(1), to: at(58) }] },
    ])
  })

  it('tells of ends that were meant to be, by whom, and does not count those destinations as unbroken', () => {
    const never = { idle: 60, starting: 0, broadcasting: 0, retrying: 0, errored: 0 }
    const ids = ['steady', 'rolling', 'limited', 'timed', 'by_hand', 'waiting']
    const because = { limited: 'duration_over', timed: 'stop_time_reached', by_hand: 'stopped_by_operator' }
    const events = told(
      [0, 'stream.active'],
      ...ids.slice(0, 5).map((id) => [1, 'destination.broadcasting', id] as const),
      ...[10, 20, 30].map((at) => [at, 'destination.rolled_over', 'rolling'] as const),
      ...Object.keys(because).map((id) => [40, 'destination.idle', id] as const),
      [60, 'stream.idle'],
      ...ids.slice(0, 2).map((id) => [60, 'destination.idle', id] as const),
    ).map((event) => {
      const reason = event.type === 'destination.idle' && because[event.destination_id as keyof typeof because]
      return reason ? { ...event, reason } : event
    })
    const destinations = ids.map((id) =>
      destinationTally(id, { state: 'idle', ...(id === 'waiting' && { seconds: never, sessions: 0 }) }),
    )
    const record = broadcastRecord(tally({ destinations }), events, {
      destinationNames: new Map(ids.map((id) => [id, `Channel ${id}`])),
    })
    const { delivery, incidents, summary, destinations: wanted } = composeReport(ended(record, 'completed'))
    expect(wanted).toBe(5)
    expect(delivery.map(({ outcome }) => outcome)).toEqual(['unbroken', ...Array(4).fill('ended'), 'never'])
    expect(summary.slice(2)).toEqual([
      '1 of 5 destinations got it without a break.',
      'Channel rolling: on air for 59 s, ended and begun anew in time 3 times.',
      'Channel limited: on air for 59 s, ended once by its limit.',
      'Channel timed: on air for 59 s, ended once at its stop time.',
      'Channel by_hand: on air for 59 s, ended once by hand.',
      '1 destination was not on air, nor meant to be: Channel waiting.',
    ])
    expect(incidents.map(({ title, severity }) => `${severity}: ${title}`)).toEqual([
      'info: Channel rolling was ended and begun anew in time (3 times)',
      'info: Channel limited was ended by its limit',
      'info: Channel timed was ended at its stop time',
    ])
  })

  it('says that an encoder failed where the slate stood in for that, once however often it was tried', () => {
    const events = told([0, 'stream.active'], ...[20, 20.1, 25].map((at) => [at, 'encoder.failed'] as const), [
      21,
      'stream.reconnecting',
    ]).map((event) => (event.type === 'stream.reconnecting' ? { ...event, reason: 'encoder_failed' } : event))
    const { incidents } = composeReport(ended(broadcastRecord(tally(), events), 'reconnect_window_over'))
    expect(incidents).toMatchObject([
      { kind: 'encoder', title: 'FFmpeg stopped (3 times)', times: 3, from: at(20), to: at(25) },
      { kind: 'encoder', severity: 'error', title: 'The picture could not be encoded', from: at(21), to: null },
    ])
  })

  it('finds nothing wrong with the slates that a broadcast begins and is closed with', () => {
    const events = told([0, 'stream.reconnecting'], [20, 'stream.active'], [50, 'stream.reconnecting'])
    const endingWith = (reason: 'completed' | 'source_lost') => {
      const because = { '0': 'waiting_for_source', '1': 'on_air', '2': reason } as const
      return broadcastRecord(
        tally(),
        events.map((event, index) => ({ ...event, reason: because[`${index}` as '0'] })),
      )
    }
    expect(composeReport(ended(endingWith('completed'), 'completed')).incidents).toEqual([])
    expect(composeReport(ended(endingWith('source_lost'), 'completed')).incidents).toMatchObject([
      { kind: 'source', severity: 'warning', from: at(50), to: null },
    ])
    expect(composeReport(ended(endingWith('source_lost'), 'reconnect_window_over')).incidents).toMatchObject([
      { kind: 'source', severity: 'error', from: at(50), to: null },
    ])
  })

  it('ends with what was heard last where the worker fell silent', () => {
    const record = { ...broadcastRecord(tally(), told([0, 'stream.active'])), isLive: false }
    const report = composeReport(record)
    expect(report).toMatchObject({ state: 'lost', ended_at: at(60), end_reason: 'worker_lost', duration_s: 60 })
    expect(report.incidents).toMatchObject([{ kind: 'worker', from: at(60), title: 'The worker fell silent' }])
    expect(report.summary[0]).toBe(
      'On air for 1 min as far as is known. Its worker fell silent; what came after that is not known.',
    )
  })

  it('goes on with the one before it where a worker was lost and another took over in time', () => {
    const lost = { ...broadcastRecord(tally()), isLive: false }
    const next = (startedAt: string) => {
      const { row } = broadcastRecord(tally())
      return { row: { ...row, id: 'brd_2', startedAt }, isLive: true }
    }
    expect(composeReport({ ...lost, after: next(at(100)) }).continued_by).toBe('brd_2')
    expect(composeReport({ ...lost, after: next(at(121)) }).continued_by).toBeNull()
    expect(composeReport({ ...broadcastRecord(tally()), ...next(at(100)), before: lost }).continues).toBe('brd_1')
    const stopped = ended(broadcastRecord(tally()), 'worker_stopping', 'The worker is being stopped; it goes on soon.')
    expect(composeReport({ ...stopped, after: next(at(100)) }).summary[0]).toBe(
      'On air for 1 min. Its worker was stopped. Another broadcast went on with it.',
    )
    const finished = ended(broadcastRecord(tally()), 'completed')
    expect(composeReport({ ...broadcastRecord(tally()), ...next(at(61)), before: finished }).continues).toBeNull()
  })

  it('says what it does not know where older changes are not kept, and what held since long before', () => {
    const many = Array.from(
      { length: 2_000 },
      (_, index) => [30 + index / 100, `destination.${index % 2 ? 'broadcasting' : 'retrying'}`, 'dst_2'] as const,
    )
    const record = broadcastRecord(
      tally({ changes: 2_500, destinations: [destinationTally('dst_1'), destinationTally('dst_2')] }),
      told(...many),
    )
    const { programme, delivery, moments_left_out } = composeReport(record)
    expect(moments_left_out).toBe(500)
    expect(short(programme.spans)).toEqual(['live 0-60'])
    expect(short(delivery[0]!.spans)).toEqual(['unknown 0-1', 'broadcasting 1-60'])
    expect(short(delivery[1]!.spans).slice(0, 2)).toEqual(['unknown 0-1', 'broadcasting 1-30'])
  })

  it('takes the figures of the source from points that lie within a live picture', () => {
    const point = (from: number, source_kbps: number, fps: number) => ({
      ...{ at: at(from), seconds: 10, source_kbps, output_kbps: 0, fps, lateness_ms: 0 },
    })
    const points = [point(0, 1_000, 25), point(10, 2_000, 20), point(15, 1, 1), point(40, 3_000, 30)]
    const record = broadcastRecord(
      tally(),
      told([0, 'stream.active'], [20, 'stream.reconnecting'], [40, 'stream.active']),
      { points },
    )
    expect(composeReport(record).source).toEqual({
      bitrate_kbps: { lowest: 1_000, mean: 2_000, highest: 3_000 },
      fps: { lowest: 20, mean: 25, highest: 30 },
      points,
    })
    expect(composeReport(broadcastRecord(tally())).source).toEqual({ bitrate_kbps: null, fps: null, points: [] })
  })

  it('tells of an issue once, with how often and how long it was there', () => {
    const issue: IssueTally = {
      ...{ code: 'gop_too_long', severity: 'warning', detail: 'Keyframes are rare.', fix: 'Set 2 s.', input_id: null },
      ...{ times: 2, seconds: 31 },
      stretches: [
        { from: at(5), to: at(16) },
        { from: at(30), to: null },
      ],
    }
    const { incidents } = composeReport(broadcastRecord(tally({ issues: [issue] }), told([7, 'encoder.failed'])))
    expect(incidents).toMatchObject([
      { kind: 'issue', from: at(5), to: null, title: 'Keyframes are rare. (2 times, 31 s in all)', detail: 'Set 2 s.' },
      { kind: 'encoder', from: at(7), to: at(7), severity: 'error' },
    ])
  })
})
