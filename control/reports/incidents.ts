import type { DeliverySpan, Incident, ProgrammeSpan } from '#schema/contracts/broadcast.ts'
import type { IssueTally } from '#schema/contracts/broadcast-tally.ts'
import type { StatusReason } from '#schema/enums.ts'
import type { BroadcastMomentRow } from '#schema/tables/broadcasts.ts'
import { counted, durationWords } from './words.ts'

/** Incidents told at most, the newest. */
const incidentsMax = 500

export interface IncidentFacts {
  readonly programme: readonly ProgrammeSpan[]
  readonly delivery: readonly { readonly name: string; readonly spans: readonly DeliverySpan[] }[]
  readonly issues: readonly IssueTally[]
  readonly moments: readonly BroadcastMomentRow[]
  readonly end: { readonly at: string; readonly reason: StatusReason | null; readonly detail: string | null }
}

/** What went wrong, in the order of time. */
export function incidentsOf(facts: IncidentFacts): Incident[] {
  const { programme, delivery, issues, moments, end } = facts
  return [
    ...sourceIncidents(programme, end.reason),
    ...delivery.flatMap(({ name, spans }) => outages(name, spans, end.at)),
    ...issues.flatMap(issueIncident),
    ...moments.flatMap(momentIncident),
    ...workerIncident(end),
  ]
    .sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))
    .slice(-incidentsMax)
}

/** The slate, but for that which a broadcast begins with or is closed with: those are as they should be. */
function sourceIncidents(programme: readonly ProgrammeSpan[], endReason: StatusReason | null): Incident[] {
  return programme.flatMap(({ state, from, to, detail, reason }, index): Incident[] => {
    const isClosing = reason === 'completed' || reason === 'played_out' || reason === 'reconnect_window_over'
    if (state !== 'slate' || index === 0 || isClosing) return []
    const isLast = index === programme.length - 1
    const severity = isLast && endReason === 'reconnect_window_over' ? 'error' : 'warning'
    return [{ kind: 'source', severity, from, to: isLast ? null : to, title: 'The source was away', detail }]
  })
}

/** Each time from when it was not broadcasting against its will until it was again or was not wanted, or was too slow. */
function outages(name: string, spans: readonly DeliverySpan[], endAt: string): Incident[] {
  const incidents: Incident[] = []
  let wasReached = false
  for (let index = 0; index < spans.length; index++) {
    const span = spans[index]!
    wasReached ||= span.state === 'broadcasting' || span.state === 'slate' || span.state === 'slow'
    if (span.state === 'slow') incidents.push(slowness(name, span, endAt))
    if (span.state !== 'retrying' && span.state !== 'errored') continue
    let isRefused = false
    let last = span
    for (; index < spans.length && isTrying(spans[index]!); index++) {
      last = spans[index]!
      isRefused ||= last.state === 'errored'
    }
    index--
    const isOpen = last.to === endAt
    incidents.push({
      kind: 'destination',
      severity: isRefused || isOpen ? 'error' : 'warning',
      from: span.from,
      to: isOpen ? null : last.to,
      title: isRefused ? `${name} refused the stream` : wasReached ? `${name} was lost` : `${name} was not reached`,
      detail: span.detail,
    })
  }
  return incidents
}

const slowness = (name: string, { from, to, detail }: DeliverySpan, endAt: string): Incident => ({
  ...{ kind: 'destination', severity: 'warning', from, to: to === endAt ? null : to },
  title: `${name} was too slow, so media was left out`,
  detail,
})

const isTrying = ({ state }: DeliverySpan): boolean =>
  state === 'retrying' || state === 'errored' || state === 'starting'

/** All the times of an issue are one incident: it is the same fault. */
function issueIncident({ severity, detail, fix, times, seconds, stretches }: IssueTally): Incident[] {
  const [first] = stretches
  if (severity === 'info' || !first) return []
  const often = times === 1 ? durationWords(seconds) : `${counted(times, 'time')}, ${durationWords(seconds)} in all`
  return [
    {
      ...{ kind: 'issue', severity, from: first.from, to: stretches.at(-1)?.to ?? null },
      title: `${detail} (${often})`,
      detail: fix,
    },
  ]
}

const momentKinds: Readonly<Record<string, Pick<Incident, 'kind' | 'severity' | 'title'>>> = {
  'input.switched': { kind: 'input', severity: 'info', title: 'Another input went on air' },
  'input.failed': { kind: 'input', severity: 'warning', title: 'An input failed' },
  'input.refused': { kind: 'input', severity: 'warning', title: 'An encoder was refused' },
  'encoder.fell_back': { kind: 'encoder', severity: 'warning', title: 'The encoder failed, and x264 took over' },
  'destination.duration_warning': {
    kind: 'destination',
    severity: 'warning',
    title: 'A destination nears its longest time',
  },
  'destination.rolled_over': { kind: 'destination', severity: 'info', title: 'A new session began in time' },
  'encoder.failed': { kind: 'encoder', severity: 'error', title: 'FFmpeg stopped' },
}

function momentIncident({ type, at, detail }: BroadcastMomentRow): Incident[] {
  const known = momentKinds[type]
  return known ? [{ ...known, from: at, to: at, detail }] : []
}

const workerEnds: Readonly<Partial<Record<StatusReason, string>>> = {
  worker_lost: 'The worker fell silent',
  worker_stopping: 'The worker was stopped',
  control_away: 'The worker could not reach the control plane',
}

function workerIncident({ at, reason, detail }: IncidentFacts['end']): Incident[] {
  const title = reason === null ? undefined : workerEnds[reason]
  return title ? [{ kind: 'worker', severity: 'error', from: at, to: null, title, detail: detail ?? '' }] : []
}
