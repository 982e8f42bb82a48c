import { describe, expect, it } from 'vitest'
import {
  canRetry,
  deliveryFacts,
  destinationName,
  destinationState,
  orderFor,
} from '#control/dashboard/words/destination-words.ts'
import { embedSnippet } from '#control/dashboard/words/embed-snippet.ts'
import { problemsOf } from '#control/dashboard/words/problems.ts'
import { agoWords, spanWords, untilWords } from '#control/dashboard/words/relative-time.ts'
import {
  endsAt,
  loudnessWords,
  paceWords,
  sourceWords,
  streamAdvice,
  streamState,
  takenWithinMs,
} from '#control/dashboard/words/stream-words.ts'
import type { Alert } from '#schema/contracts/alert.ts'
import type { Destination } from '#schema/contracts/destination.ts'
import { idleDestination } from '#schema/contracts/destination.ts'
import type { Issue, LiveStream, SessionSample } from '#schema/contracts/live-stream.ts'
import type { HoldReason } from '#schema/enums.ts'

const stream = (changes: Partial<LiveStream>): LiveStream =>
  ({
    status: 'idle',
    status_reason: 'waiting_for_source',
    status_detail: 'Waiting.',
    status_since: '2026-01-01T12:00:00.000Z',
    source: { type: 'push', now: null },
    inputs: [{ type: 'push' }],
    always_on: false,
    reconnect_window: 60,
    ...changes,
  }) as LiveStream
const destination = (changes: Partial<Destination>): Destination =>
  ({
    ...idleDestination,
    enabled: true,
    name: null,
    url: 'rtmp://live.example.com/app/secret',
    ...changes,
  }) as Destination

describe('words about a stream', () => {
  it.each([
    ['idle', 'waiting_for_source', 'Not live', 'rest'],
    ['idle', 'no_capacity', 'Waiting for a worker', 'busy'],
    ['connecting', 'source_connected', 'Starting', 'busy'],
    ['active', 'on_air', 'Live', 'live'],
    ['reconnecting', 'source_stalled', 'Reconnecting', 'warning'],
    ['reconnecting', 'waiting_for_source', 'Showing the slate', 'warning'],
    ['disabled', 'disabled_by_operator', 'Switched off', 'rest'],
  ] as const)('say %s (%s) as “%s”', (status, status_reason, label, tone) => {
    expect(streamState(stream({ status, status_reason }))).toEqual({ label, tone })
  })

  it('say what to do first, and nothing where the state says it all', () => {
    expect(streamAdvice(stream({}))).toMatch(/OBS/)
    const mixed = [{ type: 'push' }, { type: 'pull' }] as LiveStream['inputs']
    expect(streamAdvice(stream({ inputs: mixed }))).toMatch(/by itself as soon as/)
    expect(streamAdvice(stream({ status_reason: 'no_capacity' }))).toBe('Waiting.')
    expect(streamAdvice(stream({ status_reason: 'worker_stopping' }))).toMatch(/your encoder connects again/)
    expect(streamAdvice(stream({ status: 'active', status_detail: 'On air.' }))).toBeNull()
    expect(streamAdvice(stream({ status: 'reconnecting', status_detail: 'Gone.' }))).toBe('Gone.')
  })

  it('give a worker some seconds to take a stream before they say that none has room', () => {
    const sinceMs = (ms: number) => new Date(Date.now() - ms).toISOString()
    const waiting = { status: 'idle', status_reason: 'no_capacity' } as const
    const fresh = stream({ ...waiting, status_since: sinceMs(0) })
    expect([streamState(fresh).label, streamAdvice(fresh)]).toEqual(['Starting', 'A worker takes it in a moment.'])
    const waits = stream({ ...waiting, status_since: sinceMs(takenWithinMs) })
    expect([streamState(waits).label, streamAdvice(waits)]).toEqual(['Waiting for a worker', 'Waiting.'])
  })

  it('say when the broadcast ends without its source', () => {
    expect(endsAt(stream({ status: 'reconnecting' }))).toBe('2026-01-01T12:01:00.000Z')
    expect(endsAt(stream({ status: 'reconnecting', always_on: true }))).toBeNull()
    expect(endsAt(stream({ status: 'active' }))).toBeNull()
  })

  it('name codecs as people know them, and what is missing', () => {
    const video = {
      codec: 'avc1.42c01e',
      profile: 'Main',
      width: 1280,
      height: 720,
      fps: 30,
      keyframe_interval_s: null,
      b_frames: null,
    }
    const audio = { codec: 'mp4a.40.2', sample_rate: 44_100, channels: 1 }
    expect(sourceWords({ protocol: 'rtmp', video, audio, bitrate_kbps: null, encoder: 'OBS' })).toBe(
      'H.264 Main · 1280 × 720 · 30 fps · AAC 44.1 kHz mono · OBS',
    )
    const full = { ...video, codec: 'h264', profile: 'High', fps: 29.97, keyframe_interval_s: 4.004 }
    expect(sourceWords({ protocol: 'srt', video: full, audio, bitrate_kbps: 2_500, encoder: null })).toBe(
      'H.264 High · 1280 × 720 · 29.97 fps · keyframe every 4 s · AAC 44.1 kHz mono · 2.5 Mbit/s',
    )
    const test = { video: { ...video, codec: 'raw', profile: null }, audio: { ...audio, codec: 'raw', channels: 2 } }
    expect(sourceWords({ protocol: 'test', ...test, bitrate_kbps: null, encoder: null })).toBe(
      '1280 × 720 · 30 fps · 44.1 kHz stereo · test picture',
    )
    expect(sourceWords({ protocol: 'test', video: null, audio: null, bitrate_kbps: null, encoder: null })).toBe(
      'no picture · no sound · test picture',
    )
  })

  it('warn of an encode that is too slow or late, and keep quiet otherwise', () => {
    const sample = {
      at: '',
      source_bitrate_kbps: 0,
      output_bitrate_kbps: 0,
      fps: 30,
      speed: 1,
      lateness_ms: 0,
      slate_seconds: 0,
      loudness_momentary_lufs: null,
      loudness_integrated_lufs: null,
    }
    expect(paceWords(sample, [])).toBeNull()
    expect(paceWords({ ...sample, speed: 0.731 }, [])).toBe('Encoding at 73 % of real time')
    const slow = { code: 'source_too_slow', severity: 'warning', detail: '', fix: '' } as const
    expect(paceWords({ ...sample, speed: 0.731 }, [slow])).toBe('Arriving at 73 % of real time')
    expect(paceWords({ ...sample, lateness_ms: 3_400 }, [])).toBe('3.4 s late')
  })

  it.each([
    [null, null, null],
    [-16.04, -20, 'Good: −16.0 LUFS, now −20.0'],
    [-31.5, null, 'Quiet: −31.5 LUFS'],
    [-8, -7.96, 'Loud: −8.0 LUFS, now −8.0'],
  ])('say of a programme of %s LUFS, now %s: %s', (whole, now, words) => {
    const sample = { loudness_integrated_lufs: whole, loudness_momentary_lufs: now } as SessionSample
    expect(loudnessWords(sample)).toBe(words)
  })
})

describe('the list of problems', () => {
  const issue = (changes: Partial<Issue>): Issue => ({
    code: 'not_found',
    severity: 'error',
    detail: 'Nothing.',
    fix: '',
    ...changes,
  })
  const of = (inputs: object[], issues: Issue[]) =>
    problemsOf([
      stream({
        id: 'ls_1',
        name: 'Show',
        destinations: [],
        inputs,
        health: { state: 'failing', issues },
      } as Partial<LiveStream>),
    ])

  it('says which of several inputs is meant, and tells two with the same fault apart', () => {
    const inputs = ['a', 'b'].map((id) => ({ id, type: 'pull', name: id.toUpperCase() }))
    const problems = of(inputs, [issue({ input_id: 'a' }), issue({ input_id: 'b' }), issue({ code: 'slow' })])
    expect(problems.map(({ subject }) => subject)).toEqual(['A (Show)', 'B (Show)', 'Show'])
    expect(new Set(problems.map(({ key }) => key)).size).toBe(3)
  })

  it('tells of a destination that takes nothing of what is made, unless it is paused', () => {
    const held = { reason: 'not_taken', detail: 'It takes no such picture.', since: null } as const
    const all = [destination({ name: 'A', held }), destination({ name: 'B', held, enabled: false })]
    const problems = problemsOf([
      stream({ name: 'Show', destinations: all, health: { state: 'ok', issues: [] } } as Partial<LiveStream>),
    ])
    expect(problems.map(({ subject, severity, words }) => [subject, severity, words])).toEqual([
      ['A (Show)', 'error', 'It takes no such picture.'],
    ])
  })

  it('has the alerts that no stream shows by itself, and leads to them', () => {
    const alert = (changes: Partial<Alert>) =>
      ({
        id: 'alr_1',
        kind: 'worker_lost',
        severity: 'error',
        subject: { id: 'wrk_1', name: 'Berlin' },
        ...changes,
      }) as Alert
    const alerts = [
      alert({ id: 'alr_2', severity: 'warning', kind: 'disk_low', detail: 'Full.' }),
      alert({ detail: 'Silent.' }),
      alert({ kind: 'source_down' }),
      alert({ severity: 'info' }),
    ]
    expect(problemsOf([], alerts)).toEqual([
      { key: 'alr_1', href: '/admin#alerts', severity: 'error', subject: 'Berlin', words: 'Silent.' },
      { key: 'alr_2', href: '/admin#alerts', severity: 'warning', subject: 'Berlin', words: 'Full.' },
    ])
  })

  it('names the stream alone where it has one input, puts the worst first and leaves out mere hints', () => {
    const only = { id: 'a', type: 'pull', name: 'A' }
    const issues = [issue({ severity: 'warning', input_id: 'a' }), issue({}), issue({ severity: 'info' })]
    expect(of([only], issues).map(({ subject, severity }) => [subject, severity])).toEqual([
      ['Show', 'error'],
      ['Show', 'warning'],
    ])
  })
})

describe('words about a destination', () => {
  it('tell pausing from paused, and refused from trying again', () => {
    expect(destinationState(destination({ enabled: false }), true).label).toBe('Paused')
    expect(destinationState(destination({ enabled: false, state: 'broadcasting' }), true).label).toBe('Pausing')
    expect(destinationState(destination({}), true).label).toBe('About to connect')
    expect(destinationState(destination({}), false).label).toBe('Starts with the stream')
    expect(destinationState(destination({ state: 'errored' }), true)).toEqual({ label: 'Refused', tone: 'error' })
  })

  it('name it by its name or its host, never by its path', () => {
    expect(destinationName(destination({ name: 'YouTube' }))).toBe('YouTube')
    expect(destinationName(destination({}))).toBe('live.example.com')
  })

  it('say what goes there and what was left out', () => {
    const now = destination({ state: 'broadcasting', bitrate_kbps: 2_500, bytes_sent: 5_000_000, dropped_ms: 1_500 })
    expect(deliveryFacts(now)).toEqual([
      ['Goes out', '2.5 Mbit/s'],
      ['Sent', '5.0 MB'],
      ['Left out', '1.5 s'],
      ['Waiting', 'nothing'],
      ['Sessions', '0'],
    ])
    expect(deliveryFacts({ ...now, round_trip_ms: 23.4 })).toContainEqual(['There and back', '23 ms'])
    expect(deliveryFacts(destination({ state: 'retrying' }))).toEqual([])
    expect([canRetry(destination({ state: 'retrying' })), canRetry(now)]).toEqual([true, false])
  })

  it('say why one is held back, and what can be ordered then', () => {
    const held = (reason: HoldReason) => destination({ held: { reason, detail: '', since: null } })
    expect(destinationState(held('waits_for_start'), true).label).toBe('Waits until you start it')
    expect(destinationState({ ...held('stop_time_reached'), state: 'broadcasting' }, true).label).toBe('Stopping')
    expect([
      orderFor(held('waits_for_start'), false),
      canRetry({ ...held('duration_over'), state: 'errored' }),
    ]).toEqual(['start', false])
    expect(orderFor(destination({ state: 'broadcasting' }), true)).toBe('stop')
    expect(orderFor(destination({}), false)).toBeNull()
    expect(orderFor({ ...held('paused'), enabled: false }, true)).toBeNull()
  })
})

describe('words about time', () => {
  it.each([
    [999, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [7_500_000, '2 h 5 min'],
    [7_200_000, '2 h'],
    [86_400_000, '1 day'],
    [172_740_000, '1 day 23 h'],
    [400_000_000, '4 days'],
    [-5, '0 s'],
  ])('say %d ms as %s', (ms, words) => expect(spanWords(ms)).toBe(words))

  it('say how long ago and how long still', () => {
    expect([agoWords(-2_000), agoWords(12_000)]).toEqual(['just now', '12 s ago'])
    expect([untilWords(300), untilWords(11_200)]).toEqual(['now', 'in 12 s'])
  })
})

describe('the embed snippet', () => {
  it('names this server and the playback id, and keeps its place on the page', () => {
    expect(embedSnippet('https://weir.example.com', 'pb_1')).toBe(
      '<script type="module" src="https://weir.example.com/player@1/weir-player.js"></script>\n' +
        '<weir-player playback-id="pb_1" style="display:block;aspect-ratio:16/9"></weir-player>',
    )
  })
})
