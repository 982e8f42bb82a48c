import type { DeliverySpan, Incident, ProgrammeSpan } from '#schema/contracts/broadcast.ts'
import type { IssueTally } from '#schema/contracts/broadcast-tally.ts'
import type { StatusReason } from '#schema/enums.ts'
import type { BroadcastMomentRow } from '#schema/tables/broadcasts.ts'
import { outagesOf } from './outages.ts'
import { joinRepeated } from './repeated.ts'
import { counted, durationWords } from './words.ts'

/** Incidents told at most, the newest. */
const incidentsMax = 500

export interface IncidentFacts {
  readonly programme: readonly ProgrammeSpan[]
  readonly delivery: readonly { readonly id: string; readonly name: string; readonly spans: readonly DeliverySpan[] }[]
  readonly issues: readonly IssueTally[]
  readonly moments: readonly BroadcastMomentRow[]
  readonly end: { readonly at: string; readonly reason: StatusReason | null; readonly detail: string | null }
}

/** What went wrong, in the order of time. */
export function incidentsOf(facts: IncidentFacts): Incident[] {
  const { programme, delivery, issues, moments, end } = facts
  const names = new Map(delivery.map(({ id, name }) => [id, name]))
  const all = [
    ...slateIncidents(programme, end.reason),
    ...delivery.flatMap((each) => deliveryIncidents(each, end.at)),
    ...issues.flatMap(issueIncident),
    ...moments.flatMap((moment) => momentIncident(moment, names)),
    ...workerIncident(end),
  ].sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))
  return joinRepeated(all, end.at).slice(-incidentsMax)
}

/** The slate, but for that which a broadcast begins with or is closed with: those are as they should be. */
function slateIncidents(programme: readonly ProgrammeSpan[], endReason: StatusReason | null): Incident[] {
  return programme.flatMap(({ state, from, to, detail, reason }, index): Incident[] => {
    const isClosing = reason === 'completed' || reason === 'played_out' || reason === 'reconnect_window_over'
    if (state !== 'slate' || index === 0 || isClosing) return []
    const isLast = index === programme.length - 1
    const severity = isLast && endReason === 'reconnect_window_over' ? 'error' : 'warning'
    const what =
      reason === 'encoder_failed'
        ? ({ kind: 'encoder', title: 'The picture could not be encoded' } as const)
        : ({ kind: 'source', title: 'The source was away' } as const)
    return [{ ...what, severity, from, to: isLast ? null : to, times: 1, detail }]
  })
}

/** What kept a destination from broadcasting, and what it was too slow for. */
function deliveryIncidents({ name, spans }: IncidentFacts['delivery'][number], endAt: string): Incident[] {
  const until = (to: string) => (to === endAt ? null : to)
  const outages = outagesOf(spans).map(
    ({ from, to, title, detail, isRefusal }): Incident => ({
      ...{
        kind: 'destination',
        severity: isRefusal || to === endAt ? 'error' : 'warning',
        from,
        to: until(to),
        times: 1,
      },
      ...{ title: title(name), detail },
    }),
  )
  const slowness = spans.flatMap(({ state, from, to, detail }): Incident[] => {
    if (state !== 'slow') return []
    const title = `${name} was too slow, so media was left out`
    return [{ kind: 'destination', severity: 'warning', from, to: until(to), times: 1, title, detail }]
  })
  return [...outages, ...slowness]
}

/** All the times of an issue are one incident: it is the same fault. */
function issueIncident({ severity, detail, fix, times, seconds, stretches }: IssueTally): Incident[] {
  const [first] = stretches
  if (severity === 'info' || !first) return []
  const often = times === 1 ? durationWords(seconds) : `${counted(times, 'time')}, ${durationWords(seconds)} in all`
  return [
    {
      ...{ kind: 'issue', severity, from: first.from, to: stretches.at(-1)?.to ?? null, times },
      title: `${detail} (${often})`,
      detail: fix,
    },
  ]
}

type MomentKind = Pick<Incident, 'kind' | 'severity'> & { readonly title: (name: string) => string }

const momentKinds: Readonly<Record<string, MomentKind>> = {
  'input.switched': { kind: 'input', severity: 'info', title: () => 'Another input went on air' },
  'input.failed': { kind: 'input', severity: 'warning', title: () => 'An input failed' },
  'input.refused': { kind: 'input', severity: 'warning', title: () => 'An encoder was refused' },
  'encoder.fell_back': { kind: 'encoder', severity: 'warning', title: () => 'The encoder failed, and x264 took over' },
  'encoder.failed': { kind: 'encoder', severity: 'error', title: () => 'FFmpeg stopped' },
  'destination.duration_warning': {
    kind: 'destination',
    severity: 'warning',
    title: (name) => `${name} neared its longest time`,
  },
  'destination.rolled_over': {
    kind: 'destination',
    severity: 'info',
    title: (name) => `${name} was ended and begun anew in time`,
  },
  'destination.idle duration_over': {
    kind: 'destination',
    severity: 'info',
    title: (name) => `${name} was ended by its limit`,
  },
  'destination.idle stop_time_reached': {
    kind: 'destination',
    severity: 'info',
    title: (name) => `${name} was ended at its stop time`,
  },
}

function momentIncident(moment: BroadcastMomentRow, names: ReadonlyMap<string, string>): Incident[] {
  const { type, at, detail, reason, destinationId } = moment
  const known = momentKinds[type] ?? momentKinds[`${type} ${reason}`]
  if (!known) return []
  const { kind, severity, title } = known
  const name = names.get(destinationId ?? '') ?? 'A destination'
  return [{ kind, severity, from: at, to: at, times: 1, title: title(name), detail }]
}

const workerEnds: Readonly<Partial<Record<StatusReason, string>>> = {
  worker_lost: 'The worker fell silent',
  worker_stopping: 'The worker was stopped',
  worker_draining: 'The stream went to another worker',
  control_away: 'The worker could not reach the control plane',
}

function workerIncident({ at, reason, detail }: IncidentFacts['end']): Incident[] {
  const title = reason === null ? undefined : workerEnds[reason]
  return title ? [{ kind: 'worker', severity: 'error', from: at, to: null, times: 1, title, detail: detail ?? '' }] : []
}
