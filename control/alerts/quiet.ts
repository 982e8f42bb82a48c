import { type QuietTime, weekdays } from '#schema/contracts/alert.ts'
import type { AlertKind } from '#schema/enums.ts'

/** Tells of each kind whether its alerts are held back now. */
export function quietNow(times: readonly QuietTime[], now: Date): (kind: AlertKind) => boolean {
  const present = times.filter((time) => isWithin(time, now))
  return (kind) => present.some(({ kinds }) => kinds === null || kinds.includes(kind))
}

/** Whether `now` lies in this part of the week. By the clock of its zone: at a change to or from summer time it is an hour shorter or longer. */
function isWithin({ days, from, to, time_zone }: QuietTime, now: Date): boolean {
  const { day, time } = localTime(now, time_zone)
  const dayBefore = weekdays[(weekdays.indexOf(day) + 6) % 7] as (typeof weekdays)[number]
  if (from < to) return days.includes(day) && from <= time && time < to
  return (days.includes(day) && from <= time) || (days.includes(dayBefore) && time < to)
}

function localTime(now: Date, timeZone: string): { day: (typeof weekdays)[number]; time: string } {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(now)
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? ''
  const day = weekdays.find((each) => part('weekday').toLowerCase().startsWith(each)) ?? 'mon'
  return { day, time: `${part('hour')}:${part('minute')}` }
}
