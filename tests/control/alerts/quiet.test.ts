import { expect, it } from 'vitest'
import { quietNow } from '#control/alerts/quiet.ts'
import type { QuietTime } from '#schema/contracts/alert.ts'
import type { AlertKind } from '#schema/enums.ts'

const isQuiet = (times: readonly QuietTime[], kind: AlertKind, now: Date) => quietNow(times, now)(kind)

const nights: QuietTime = {
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  from: '22:00',
  to: '06:30',
  time_zone: 'Europe/Zurich',
  kinds: null,
}

it.each([
  ['2026-11-02T20:59:59Z', false, 'Monday 21:59'],
  ['2026-11-02T21:00:00Z', true, 'Monday 22:00'],
  ['2026-11-03T05:29:00Z', true, 'Tuesday 06:29, of the night that began on Monday'],
  ['2026-11-03T05:30:00Z', false, 'Tuesday 06:30'],
  ['2026-11-07T03:00:00Z', true, 'Saturday 04:00, of the night that began on Friday'],
  ['2026-11-07T22:00:00Z', false, 'Saturday 23:00, when no night begins'],
  ['2026-11-02T03:00:00Z', false, 'Monday 04:00, of a night that would have begun on Sunday'],
  ['2026-07-06T20:00:00Z', true, 'Monday 22:00 in summer, which is UTC+2'],
  ['2026-07-06T19:59:00Z', false, 'Monday 21:59 in summer'],
])('%s by nights in Zurich is quiet: %s (%s)', (at, quiet) => {
  expect(isQuiet([nights], 'source_down', new Date(at))).toBe(quiet)
})

it('ends at midnight where it says 00:00, and lasts a day where both times are equal', () => {
  const evening = { ...nights, days: ['mon' as const], from: '18:00', to: '00:00', time_zone: 'UTC' }
  expect(isQuiet([evening], 'disk_low', new Date('2026-11-02T23:59:00Z'))).toBe(true)
  expect(isQuiet([evening], 'disk_low', new Date('2026-11-03T00:00:00Z'))).toBe(false)
  const day = { ...evening, from: '08:00', to: '08:00' }
  expect(isQuiet([day], 'disk_low', new Date('2026-11-03T07:59:00Z'))).toBe(true)
  expect(isQuiet([day], 'disk_low', new Date('2026-11-03T08:00:00Z'))).toBe(false)
})

it('holds for the rules that it names', () => {
  const time = new Date('2026-11-02T23:00:00Z')
  const some: QuietTime = { ...nights, kinds: ['disk_low'] }
  expect([isQuiet([some], 'disk_low', time), isQuiet([some], 'source_down', time)]).toEqual([true, false])
  expect(isQuiet([], 'disk_low', time)).toBe(false)
})
