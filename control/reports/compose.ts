import type { BroadcastReport, DeliveryOutcome, DeliverySpan, ProgrammeSpan } from '#schema/contracts/broadcast.ts'
import {
  type BroadcastPoint,
  type BroadcastTally,
  type DestinationTally,
  momentsMax,
} from '#schema/contracts/broadcast-tally.ts'
import type { StatusReason } from '#schema/enums.ts'
import { platformOf } from '#schema/platforms.ts'
import type { BroadcastMomentRow } from '#schema/tables/broadcasts.ts'
import { incidentsOf } from './incidents.ts'
import { outagesOf } from './outages.ts'
import { type PlannedEnds, plannedEnds } from './planned-ends.ts'
import type { BroadcastHead, BroadcastRecord } from './record.ts'
import { secondsBetween } from './spans.ts'
import { hadTrouble, summarize, wasWanted } from './summarize.ts'
import { summaryWords } from './summary-words.ts'
import { deliverySpans, programmeSpans, type TimelineFacts } from './timelines.ts'

/** The report of a broadcast, made of what is kept of it. Of one that is live, so far. */
export function composeReport(record: BroadcastRecord): BroadcastReport {
  const { row, points, before, after, reconnectWindow } = record
  const { tally } = row
  const head = summarize(record)
  const moments = record.moments.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.seq - b.seq))
  const leftOut = Math.max(0, tally.changes - moments.length)
  const facts: TimelineFacts = { moments, isCut: isCut(moments, tally), from: row.startedAt, to: row.knownUntil }
  const programme = programmeSpans(tally, facts)
  const ends = new Map(tally.destinations.map(({ id }) => [id, plannedEnds(moments, id)]))
  const delivery = tally.destinations.map(({ slate_seconds: slate_s, ...each }) => {
    const spans = deliverySpans(each, programme, facts)
    return {
      ...{ ...each, slate_s, away_s: awaySeconds(each, spans), outcome: outcomeOf(each, ends.get(each.id)) },
      name: nameOf(each, record.destinationNames),
      spans,
    }
  })
  const end = { at: row.knownUntil, reason: head.end_reason, detail: head.end_detail }
  const continuedBy = after && goesOn(record, after.row.startedAt, reconnectWindow) ? after.row.id : null
  return {
    ...head,
    continues: before && goesOn(before, row.startedAt, reconnectWindow) ? before.row.id : null,
    continued_by: continuedBy,
    known_until: row.knownUntil,
    summary: summaryWords(head, { programme, delivery, ends, tally, goesOn: continuedBy !== null }),
    incidents: incidentsOf({ programme, delivery, issues: tally.issues, moments, end }),
    programme: { live_s: tally.live_seconds, slate_s: tally.slate_seconds, spans: programme },
    delivery,
    inputs: tally.inputs,
    source: { ...sourceFigures(points, programme), points: [...points] },
    issues: tally.issues,
    viewers: {
      peak: record.audience?.peak ?? null,
      pages: record.audience?.pages ?? null,
      watched_s: tally.watched_seconds,
      detail: record.audience
        ? 'Pages with our player are counted, by a random name that each forgets when it is closed. Other players are not.'
        : 'No page with our player told that it played this; other players are not counted. What is known is for how long somebody fetched this broadcast: one viewer, or a cache that serves thousands.',
    },
    moments: moments.map(({ id, at, type, detail, destinationId, inputId }) => ({
      ...{ id, at, type, detail, destination_id: destinationId, input_id: inputId },
    })),
    moments_left_out: leftOut,
  }
}

/** Whether the oldest are not kept; some that are missing only have not arrived yet. */
const isCut = (moments: readonly BroadcastMomentRow[], { changes }: BroadcastTally): boolean =>
  moments.length >= momentsMax && changes > moments.length

/** Where older changes are not kept, it was at least away for as long as was counted without its attempts. */
const awaySeconds = ({ seconds }: Pick<DestinationTally, 'seconds'>, spans: readonly DeliverySpan[]): number => {
  const outages = outagesOf(spans).reduce((sum, { from, to }) => sum + secondsBetween(from, to), 0)
  return Math.max(Math.round(outages * 10) / 10, seconds.retrying + seconds.errored)
}

function outcomeOf(
  destination: Omit<DestinationTally, 'slate_seconds'>,
  ends: PlannedEnds | undefined,
): DeliveryOutcome {
  if (!wasWanted(destination)) return 'never'
  if (hadTrouble(destination) || destination.seconds.broadcasting === 0) return 'troubled'
  return ends && Object.values(ends).some((times) => times > 0) ? 'ended' : 'unbroken'
}

function nameOf(
  { id, platform, host }: Pick<DestinationTally, 'id' | 'platform' | 'host'>,
  names: ReadonlyMap<string, string | null>,
): string {
  const own = names.get(id)
  if (own) return own
  const known = platform === 'custom' || platform === 'tutorial' ? undefined : platformOf(platform)
  return known?.name ?? host
}

/** Ends after which viewers may have seen one programme go on. */
const interruptions: readonly (StatusReason | null)[] = [
  'worker_lost',
  'worker_stopping',
  'worker_draining',
  'control_away',
]

/** Whether the broadcast that began then went on with this one, by the time that the slate would have held it. */
function goesOn(before: BroadcastHead, nextStartedAt: string, reconnectWindow: number): boolean {
  const { end_reason, state } = summarize(before)
  const wasInterrupted = state !== 'live' && interruptions.includes(end_reason)
  return wasInterrupted && secondsBetween(before.row.knownUntil, nextStartedAt) <= reconnectWindow
}

/** Of the points that lie within a live picture. */
function sourceFigures(points: readonly BroadcastPoint[], programme: readonly ProgrammeSpan[]) {
  const live = programme.filter(({ state }) => state === 'live')
  const within = points.filter(({ at, seconds }) => {
    const end = new Date(Date.parse(at) + seconds * 1_000).toISOString()
    return live.some(({ from, to }) => at >= from && end <= to)
  })
  return {
    bitrate_kbps: figuresOf(within, ({ source_kbps }) => source_kbps, 1),
    fps: figuresOf(within, ({ fps }) => fps, 10),
  }
}

function figuresOf(points: readonly BroadcastPoint[], value: (point: BroadcastPoint) => number, precision: number) {
  const seconds = points.reduce((sum, point) => sum + point.seconds, 0)
  if (seconds === 0) return null
  const values = points.map(value)
  const mean = points.reduce((sum, point) => sum + value(point) * point.seconds, 0) / seconds
  return {
    lowest: Math.min(...values),
    mean: Math.round(mean * precision) / precision,
    highest: Math.max(...values),
  }
}
