import { describe, expect, it } from 'vitest'
import { lengthInWords, timeInWords } from '#schema/time-words.ts'
import { durationIssue } from '#worker/session/duration-words.ts'

describe('a length in words', () => {
  it.each([
    [3_600_000, '1 hour'],
    [172_800_000, '48 hours'],
    [5_400_000, '90 minutes'],
    [60_000, '1 minute'],
    [61_000, '61 seconds'],
    [1_000, '1 second'],
  ])('%i ms are %s', (ms, words) => expect(lengthInWords(ms)).toBe(words))
})

it('a time in words is that of day, with its zone', () => {
  expect(timeInWords(Date.UTC(2026, 10, 22, 18, 5, 59))).toBe('18:05 UTC')
})

describe('the issue of a broadcast that comes near to its limit', () => {
  const issue = (platform: string, by: 'user' | 'platform', roll_over: boolean) =>
    durationIssue({
      rules: {
        ...{ platform, enabled: true, start: 'with_stream', ordered: null, ordered_at: null },
        ...{ stop_at: null, max_duration_s: null, roll_over },
      },
      name: 'live.example.com',
      limit: { ms: 28_800_000, by },
      endsAtMs: Date.UTC(2026, 0, 1, 20),
    })

  it('is a warning where the platform is about to end it, and names the way out', () => {
    const { severity, detail, fix } = issue('facebook', 'platform', false)
    expect(severity).toBe('warning')
    expect(detail).toBe('The platform of live.example.com ends a broadcast after 8 hours, which is at 20:00 UTC.')
    expect(fix).toContain('roll_over')
  })

  it('only tells of what was asked for', () => {
    expect(issue('custom', 'user', false)).toMatchObject({
      severity: 'info',
      detail: expect.stringContaining('ends at 20:00'),
    })
    expect(issue('custom', 'user', true)).toMatchObject({
      severity: 'info',
      detail: expect.stringContaining('new one begins'),
    })
  })

  it('says what a person must do on the platform for the next broadcast', () => {
    expect(issue('instagram', 'platform', true).fix).toContain('good for one broadcast')
    expect(issue('facebook', 'platform', true).fix).toContain('must be started on Facebook')
    expect(issue('twitch', 'platform', true).fix).toBe('Switch roll_over off if it is to end there for good.')
  })
})
