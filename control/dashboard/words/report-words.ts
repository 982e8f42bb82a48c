import type { BroadcastReport, DeliveryState, Incident } from '#schema/contracts/broadcast.ts'
import type { InputType } from '#schema/enums.ts'

/** What each state of a timeline is called. */
export const stateNames: Readonly<Record<DeliveryState | 'live', string>> = {
  live: 'Live picture',
  broadcasting: 'Broadcasting',
  slow: 'Too slow, media left out',
  slate: 'Slate',
  starting: 'Connecting',
  retrying: 'Trying again',
  errored: 'Refused',
  idle: 'Not broadcasting',
  unknown: 'Not known',
}

/** Where a source comes from, behind its name. */
export const inputTypeWords: Readonly<Record<InputType, string>> = {
  push: 'encoder',
  pull: 'address',
  channel: 'channel',
  test: 'test picture',
}

/** Seconds in everyday words, exact to the second: `31 s`, `4 min 10 s`, `2 h 5 min`, `3 days 2 h`. */
export function lengthWords(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const [minutes, hours, days] = [Math.floor(whole / 60), Math.floor(whole / 3_600), Math.floor(whole / 86_400)]
  const two = (large: string, rest: number, unit: string) => (rest === 0 ? large : `${large} ${rest} ${unit}`)
  if (whole < 60) return `${whole} s`
  if (minutes < 60) return two(`${minutes} min`, whole % 60, 's')
  if (hours < 24) return two(`${hours} h`, minutes % 60, 'min')
  return two(days === 1 ? '1 day' : `${days} days`, hours % 24, 'h')
}

export const secondsOf = ({ from, to }: { readonly from: string; readonly to: string }): number =>
  (Date.parse(to) - Date.parse(from)) / 1_000

/** A time of day, with the date where the broadcast goes over midnight. */
export function clockWords(
  at: string,
  { started_at, known_until }: Pick<BroadcastReport, 'started_at' | 'known_until'>,
) {
  const time = new Date(at)
  const isOneDay = new Date(started_at).toDateString() === new Date(known_until).toDateString()
  const clock = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const
  return isOneDay
    ? time.toLocaleTimeString(undefined, clock)
    : time.toLocaleString(undefined, { month: 'short', day: 'numeric', ...clock })
}

/** When an incident was and how long; what repeats itself has come and gone within that time. */
export function incidentTime({ times, from, to }: Incident, report: BroadcastReport): string {
  const at = clockWords(from, report)
  if (to !== null && times > 1) return `${at} to ${clockWords(to, report)}`
  if (to === null) return report.state === 'live' ? `${at}, still so` : `${at}, to the end`
  return to === from ? at : `${at}, for ${lengthWords(secondsOf({ from, to }))}`
}

/** A timeline in words, for who cannot see it: each state with its time, or how much of each where there are many. */
export function timelineWords(
  spans: readonly { readonly state: DeliveryState | 'live'; readonly from: string; readonly to: string }[],
  report: Pick<BroadcastReport, 'started_at' | 'known_until'>,
): string {
  if (spans.length === 0) return 'Nothing.'
  if (spans.length <= 12)
    return spans
      .map(
        (span) =>
          `${stateNames[span.state]} from ${clockWords(span.from, report)} for ${lengthWords(secondsOf(span))}.`,
      )
      .join(' ')
  const totals = new Map<DeliveryState | 'live', number>()
  for (const span of spans) totals.set(span.state, (totals.get(span.state) ?? 0) + secondsOf(span))
  return Array.from(totals, ([state, seconds]) => `${stateNames[state]}: ${lengthWords(seconds)} in all.`).join(' ')
}
