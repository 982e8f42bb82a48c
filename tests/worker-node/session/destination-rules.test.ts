import { describe, expect, it } from 'vitest'
import { type DestinationPast, type DestinationRules, judge } from '#worker/session/destination-rules.ts'

const minute = 60_000
const hour = 60 * minute
const noon = Date.UTC(2026, 0, 1, 12)
const text = (unixMs: number) => new Date(unixMs).toISOString()

const rules = (more: Partial<DestinationRules> = {}): DestinationRules => ({
  ...{ platform: 'custom', enabled: true, start: 'with_stream', ordered: null, ordered_at: null },
  ...{ stop_at: null, max_duration_s: null, roll_over: false },
  ...more,
})
const reason = (given: DestinationRules, past: DestinationPast = {}, nowMs = noon) =>
  judge(given, past, nowMs).held?.reason ?? null
const ordered = (order: 'start' | 'stop', atMs = noon - 1) =>
  ({ ordered: order, ordered_at: text(atMs) }) satisfies Partial<DestinationRules>

describe('by hand', () => {
  it.each<[string, Partial<DestinationRules>, string | null]>([
    ['one that starts with the stream broadcasts', {}, null],
    ['one that starts manually waits', { start: 'manually' }, 'waits_for_start'],
    ['one that starts manually and was started broadcasts', { start: 'manually', ...ordered('start') }, null],
    ['one that was stopped does not broadcast', ordered('stop'), 'stopped_by_operator'],
    ['one that is paused stays so, whatever was ordered', { enabled: false, ...ordered('start') }, 'paused'],
    [
      'one whose platform takes nothing of what is made gets nothing',
      { refusal: 'No.', ...ordered('start') },
      'not_taken',
    ],
  ])('%s', (_, more, expected) => {
    expect(reason(rules(more))).toBe(expected)
    expect(judge(rules(more), {}, noon).lookAgainAtMs).toBeUndefined()
  })
})

describe('a time to stop', () => {
  const untilOne = rules({ stop_at: text(noon + hour) })

  it('lets it broadcast until then, to the millisecond, and is what is waited for', () => {
    expect(judge(untilOne, { startedAtMs: noon - hour }, noon)).toMatchObject({
      held: null,
      endsAtMs: noon + hour,
      lookAgainAtMs: noon + hour,
    })
    expect(reason(untilOne, {}, noon + hour - 1)).toBeNull()
    expect(reason(untilOne, {}, noon + hour)).toBe('stop_time_reached')
    expect(judge(untilOne, {}, noon + hour)).toMatchObject({
      held: { detail: expect.stringContaining('13:00 UTC'), since: text(noon + hour) },
      lookAgainAtMs: undefined,
    })
  })

  it('goes before an order to start', () => {
    expect(reason({ ...untilOne, ...ordered('start', noon) }, {}, noon + hour)).toBe('stop_time_reached')
  })

  it('is waited for by one that is held too, so that the reason that is told is true', () => {
    expect(judge({ ...untilOne, start: 'manually' }, {}, noon).lookAgainAtMs).toBe(noon + hour)
  })
})

describe('a longest time that a user has set', () => {
  const oneHour = rules({ max_duration_s: 3_600 })
  const past = { startedAtMs: noon }

  it('is told of a quarter of an hour before its end, and ends the broadcast', () => {
    expect(judge(oneHour, past, noon)).toMatchObject({
      held: null,
      near: undefined,
      endsAtMs: noon + hour,
      lookAgainAtMs: noon + 45 * minute,
    })
    expect(judge(oneHour, past, noon + 45 * minute)).toMatchObject({
      held: null,
      near: { by: 'user', ms: hour },
      lookAgainAtMs: noon + hour,
    })
    expect(judge(oneHour, past, noon + hour)).toMatchObject({
      held: { reason: 'duration_over', detail: expect.stringContaining('13:00 UTC'), since: text(noon + hour) },
      near: undefined,
      rollsOver: false,
    })
  })

  it('is told of half-way where it is short', () => {
    expect(judge(rules({ max_duration_s: 60 }), past, noon).lookAgainAtMs).toBe(noon + 30_000)
  })

  it('stays over until somebody starts it again, and then counts from there', () => {
    const over = { overAtMs: noon + hour }
    expect(reason(oneHour, over, noon + 2 * hour)).toBe('duration_over')
    expect(reason({ ...oneHour, ...ordered('start', noon - hour) }, over, noon + 2 * hour)).toBe('duration_over')
    expect(reason({ ...oneHour, ...ordered('start', noon + 90 * minute) }, over, noon + 2 * hour)).toBeNull()
    expect(reason({ ...oneHour, ...ordered('stop', noon + 90 * minute) }, over, noon + 2 * hour)).toBe(
      'stopped_by_operator',
    )
    expect(reason({ ...oneHour, enabled: false }, over, noon + 2 * hour)).toBe('paused')
  })

  it('ends now what has lasted longer already when it is set', () => {
    const late = judge(rules({ max_duration_s: 60 }), past, noon + 7 * minute)
    expect(late.held).toMatchObject({ reason: 'duration_over', since: text(noon + 7 * minute) })
    expect(late.held?.detail).toContain('12:07 UTC')
  })

  it('counts only while a session is open', () => {
    expect(judge(oneHour, {}, noon)).toMatchObject({ held: null, endsAtMs: undefined, lookAgainAtMs: undefined })
  })

  it('is no news where a time to stop comes first', () => {
    const both = { ...oneHour, stop_at: text(noon + 50 * minute) }
    expect(judge(both, past, noon + 46 * minute)).toMatchObject({
      near: undefined,
      endsAtMs: noon + 50 * minute,
      lookAgainAtMs: noon + 50 * minute,
    })
  })

  it('goes before the longest time of the platform', () => {
    const longer = rules({ platform: 'twitch', max_duration_s: 72 * 3_600 })
    expect(judge(longer, past, noon).endsAtMs).toBe(noon + 72 * hour)
  })

  it('rolls over when it is over, where that is asked for', () => {
    const rolling = { ...oneHour, roll_over: true }
    expect(judge(rolling, past, noon + hour - 1).rollsOver).toBe(false)
    expect(judge(rolling, past, noon + hour)).toMatchObject({ held: null, rollsOver: true, near: { by: 'user' } })
    expect(judge({ ...rolling, enabled: false }, past, noon + hour).rollsOver).toBe(false)
  })
})

describe('the longest time of a platform', () => {
  const twitch = rules({ platform: 'twitch' })
  const past = { startedAtMs: noon }

  it('is warned of and then left to the platform: its figure may not be true of this account', () => {
    const end = noon + 48 * hour
    expect(judge(twitch, past, noon)).toMatchObject({ endsAtMs: end, lookAgainAtMs: end - 15 * minute })
    expect(judge(twitch, past, end - 15 * minute)).toMatchObject({ near: { by: 'platform' }, lookAgainAtMs: undefined })
    expect(judge(twitch, past, end + hour)).toMatchObject({ held: null, rollsOver: false, near: { by: 'platform' } })
  })

  it('rolls over a minute before the platform would end it', () => {
    const end = noon + 48 * hour - minute
    const rolling = { ...twitch, roll_over: true }
    expect(judge(rolling, past, noon)).toMatchObject({ endsAtMs: end, lookAgainAtMs: end - 15 * minute })
    expect(judge(rolling, past, end).rollsOver).toBe(true)
  })

  it('is nothing where the catalogue has none, or does not know the platform', () => {
    for (const platform of ['custom', 'of-tomorrow'])
      expect(judge(rules({ platform }), past, noon)).toMatchObject({ endsAtMs: undefined, lookAgainAtMs: undefined })
  })
})
