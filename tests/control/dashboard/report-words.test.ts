import { describe, expect, it } from 'vitest'
import { clockWords, incidentTime, lengthWords, timelineWords } from '#control/dashboard/words/report-words.ts'
import type { BroadcastReport, Incident } from '#schema/contracts/broadcast.ts'
import { at } from '../../support/broadcast-record.ts'

const report = (more: Partial<BroadcastReport> = {}) =>
  ({ state: 'ended', started_at: at(0), known_until: at(3_600), ...more }) as BroadcastReport
const clock = (seconds: number) => clockWords(at(seconds), report())

describe('a report in words', () => {
  it('is exact to the second where that says something', () => {
    expect([0, 31.4, 60, 250, 3_600, 7_500, 86_400, 270_000].map(lengthWords)).toEqual([
      ...['0 s', '31 s', '1 min', '4 min 10 s', '1 h', '2 h 5 min', '1 day', '3 days 3 h'],
    ])
  })

  it('has times of day, and dates where it goes over midnight', () => {
    const days = report({ known_until: at(200_000) })
    expect(clockWords(at(100_000), days)).not.toBe(clockWords(at(100_000 - 86_400), days))
    expect(clock(5)).toMatch(/\d\d.\d\d.05/)
  })

  it('says how long an incident lasted, or that it lasts still', () => {
    const time = (more: Partial<Incident>, state: BroadcastReport['state'] = 'ended') =>
      incidentTime({ kind: 'source', from: at(5), to: at(47), times: 1, ...more } as Incident, report({ state }))
    expect(time({})).toBe(`${clock(5)}, for 42 s`)
    expect(time({ to: at(5) })).toBe(clock(5))
    expect(time({ to: null })).toBe(`${clock(5)}, to the end`)
    expect(time({ to: null }, 'live')).toBe(`${clock(5)}, still so`)
    expect(time({ times: 2 })).toBe(`${clock(5)} to ${clock(47)}`)
  })

  it('tells a timeline, or how much of each state there is in a long one', () => {
    const span = (index: number) => ({
      state: index % 2 ? ('slate' as const) : ('live' as const),
      from: at(index * 10),
      to: at(index * 10 + 10),
    })
    expect(timelineWords([span(0), span(1)], report())).toBe(
      `Live picture from ${clock(0)} for 10 s. Slate from ${clock(10)} for 10 s.`,
    )
    expect(
      timelineWords(
        Array.from({ length: 30 }, (_, index) => span(index)),
        report(),
      ),
    ).toBe('Live picture: 2 min 30 s in all. Slate: 2 min 30 s in all.')
    expect(timelineWords([], report())).toBe('Nothing.')
  })
})
