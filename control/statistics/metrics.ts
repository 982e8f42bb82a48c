import type { MetricSeries, Metrics, RangeQuery } from '#schema/contracts/metrics.ts'
import { type Figure, figuresOf, viewerFigures } from '#schema/samples/figures.ts'
import { figureValue } from '#schema/samples/text.ts'
import type { Database } from '../db/database.ts'
import { ApiError } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import { slotSeconds } from './beacons.ts'
import type { Points } from './points.ts'
import { qualitySeries } from './quality.ts'
import { type Grid, gridFor, longestRangeSeconds } from './range.ts'
import { readPoints } from './read.ts'
import { viewersOf } from './tiers.ts'
import { type Unheard, unheardTimes } from './unheard.ts'

/** What pages tell is counted within this time, seconds. */
const unheardSeconds = 25

/** Which figures of a live stream are wanted. */
export interface StreamPart {
  readonly destination_id?: string | undefined
  readonly rendition?: string | undefined
}

/** Figures of a live stream, of one destination or of one rendition of it over a range. */
export async function streamMetrics(
  { db, now }: Runtime,
  liveStreamId: string,
  { destination_id, rendition, ...query }: RangeQuery & StreamPart,
): Promise<Metrics> {
  const { range, grid } = rangeOf(query, now())
  const subject =
    destination_id !== undefined ? `d.${destination_id}` : rendition !== undefined ? `r.${rendition}` : 's'
  const isWhole = subject === 's'
  const [points, audience, silences] = await Promise.all([
    readPoints(db, liveStreamId, grid, (each) => each === subject),
    isWhole ? readPoints(db, viewersOf(liveStreamId), audienceGrid(grid)) : new Map(),
    isWhole ? unheard(db, now()) : [],
  ])
  const own = seriesOf(points, subject, grid)
  return {
    ...metricsOf(range, grid, isWhole ? [...own, ...audienceSeries(points, audience, grid, silences)] : own),
    destination_ids: subjectsOf(points, 'd'),
    renditions: subjectsOf(points, 'r'),
  }
}

/** Figures of a worker over a range. */
export async function workerMetrics({ db, now }: Runtime, workerId: string, query: RangeQuery): Promise<Metrics> {
  const { range, grid } = rangeOf(query, now())
  return metricsOf(range, grid, seriesOf(await readPoints(db, workerId, grid), 'w', grid))
}

/** The range that is asked for, and its points; a 400 where it makes no sense. */
export function rangeOf({ from, to, step }: RangeQuery, now: Date) {
  const nowSeconds = Math.floor(now.getTime() / 1_000)
  const until = Math.min(to === undefined ? nowSeconds : Math.ceil(Date.parse(to) / 1_000), nowSeconds)
  const asked = from === undefined ? until - 600 : Math.floor(Date.parse(from) / 1_000)
  const since = Math.max(asked, nowSeconds - longestRangeSeconds)
  if (since >= until)
    throw new ApiError('invalid_query', 'The range has no time in it; errors says which parameter to correct.', {
      errors: [{ pointer: '?from', detail: 'Must lie before `to`, before now and within the last 90 days.' }],
    })
  const range = { from: since, to: until, step }
  return { range, grid: gridFor(range, nowSeconds) }
}

function metricsOf({ from, to }: { from: number; to: number }, grid: Grid, series: MetricSeries[]): Metrics {
  return {
    from: new Date(from * 1_000).toISOString(),
    to: new Date(to * 1_000).toISOString(),
    step_s: grid.step,
    times: timesOf(grid),
    series,
    destination_ids: [],
    renditions: [],
  }
}

const timesOf = ({ firstAt, step, count }: Grid): number[] =>
  Array.from({ length: count }, (_, index) => firstAt + index * step)

function seriesOf(points: Points, subject: string, grid: Grid): MetricSeries[] {
  const rows = points.get(subject)
  const figures: readonly Figure[] = figuresOf(subject)
  return figures.map(({ name, unit, about }, index) => ({
    ...{ name, unit, about },
    values: timesOf(grid).map((at) => figureValue(rows?.get(at), figures, index)),
  }))
}

/** When no page was heard of, whoever watched: while control was away, with what it had gathered before, and of late. */
const unheard = async (db: Database, now: Date): Promise<readonly Unheard[]> => [
  ...(await unheardTimes(db)).map(([from, to]) => [from - slotSeconds, to + unheardSeconds] as const),
  [now.getTime() / 1_000 - unheardSeconds, Number.POSITIVE_INFINITY],
]

/**
 * Where the stream ran and no page told of itself, nobody watched, unless none could be heard. Viewers are counted each ten
 * seconds: shorter points repeat it.
 */
function audienceSeries(stream: Points, audience: Points, grid: Grid, silences: readonly Unheard[]): MetricSeries[] {
  const ran = stream.get('s')
  const times = timesOf(grid)
  const held = times.map((at) => Math.floor(at / audienceStep(grid)) * audienceStep(grid))
  const isHeard = (at: number) => silences.every(([from, to]) => at + grid.step <= from || at >= to)
  const viewers = viewerFigures.map(({ name, unit, about }, index) => ({
    ...{ name, unit, about },
    values: times.map((at, place) => {
      const row = audience.get('v')?.get(held[place] ?? at)
      return figureValue(row, viewerFigures, index) ?? (ran?.has(at) && isHeard(at) ? 0 : null)
    }),
  }))
  return [...viewers, ...qualitySeries(audience, held)]
}

const audienceStep = ({ step }: Grid): number => Math.max(10, step)

/** The same range in points that viewers are counted in. */
function audienceGrid(grid: Grid): Grid {
  const step = audienceStep(grid)
  const firstAt = Math.floor(grid.firstAt / step) * step
  return {
    ...{ step, firstAt, tierStep: Math.max(10, grid.tierStep) },
    count: Math.ceil((grid.firstAt + grid.count * grid.step - firstAt) / step),
  }
}

const subjectsOf = (points: Points, letter: string): string[] =>
  Array.from(points.keys())
    .filter((subject) => subject.startsWith(`${letter}.`))
    .map((subject) => subject.slice(2))
    .toSorted()
