import { describe, expect, it } from 'vitest'
import { joinRepeated } from '#control/reports/repeated.ts'
import type { Incident } from '#schema/contracts/broadcast.ts'
import { at } from '../../support/broadcast-record.ts'

const incident = (from: number, to: number | null, more: Partial<Incident> = {}): Incident => ({
  ...{ kind: 'encoder', severity: 'warning', from: at(from), to: to === null ? null : at(to), times: 1 },
  ...{ title: 'FFmpeg stopped', detail: 'It crashed.' },
  ...more,
})
const joined = (...incidents: Incident[]) => joinRepeated(incidents, at(5_000))

describe('incidents that repeat each other', () => {
  it('are told as one, with how often, how long in all, and the worst of them', () => {
    const other = incident(4, 6, { title: 'The source was away' })
    expect(
      joined(
        incident(0, 5),
        other,
        incident(20, 28, { severity: 'error' }),
        incident(100, null, { detail: 'It hung.' }),
      ),
    ).toEqual([
      {
        ...incident(0, null, { severity: 'error', times: 3, detail: 'It crashed. It hung.' }),
        title: 'FFmpeg stopped (3 times, 1 h 21 min in all)',
      },
      other,
    ])
  })

  it('that take no time have none to tell', () => {
    expect(joined(incident(0, 0), incident(1, 1))).toEqual([
      incident(0, 1, { times: 2, title: 'FFmpeg stopped (2 times)' }),
    ])
  })

  it('after a long time are told again', () => {
    const all = [incident(0, 1), incident(602, 603)]
    expect(joined(...all)).toEqual(all)
  })

  it('are told apart where they are of other inputs, or issues', () => {
    const input = (from: number, detail: string) =>
      incident(from, from, { kind: 'input', title: 'An input failed', detail })
    const issue = (from: number) => incident(from, from + 5, { kind: 'issue', title: 'Keyframes are rare. (5 s)' })
    const all = [input(0, 'A failed.'), issue(1), input(2, 'B failed.'), issue(3)]
    expect(joined(...all)).toEqual(all)
  })
})
