import type { MetricSeries, PlaybackQuality } from '#schema/contracts/metrics.ts'
import {
  bitrateBoundsKbps,
  latencyBoundsMs,
  playbackFailures,
  qualityFigures,
  startupBoundsMs,
} from '#schema/samples/figures.ts'
import { combineRows, figureValue, type Row } from '#schema/samples/text.ts'
import type { Points } from './points.ts'

export const protocols = ['hls', 'dash', 'native'] as const

/** The three things whose spread is kept. */
const histograms = {
  startup: startupBoundsMs,
  latency: latencyBoundsMs,
  bitrate: bitrateBoundsKbps,
} as const
type Histogram = keyof typeof histograms

/** The index of a figure by its name, in a row of a protocol. */
export const qualityIndex: ReadonlyMap<string, number> = new Map(qualityFigures.map(({ name }, index) => [name, index]))

/** How it played, over time, whatever the protocol. */
export function qualitySeries(audience: Points, times: readonly number[]): MetricSeries[] {
  const rows = times.map((at) =>
    combineRows(
      protocols.map((protocol) => audience.get(`p.${protocol}`)?.get(at) ?? null),
      qualityFigures,
    ),
  )
  const series = (name: string, unit: string, about: string, value: (row: Row | null) => number | null) => ({
    ...{ name, unit, about },
    values: rows.map(value),
  })
  return [
    series('startup_p50_ms', 'ms', 'Half of the pages saw a picture this fast.', (row) =>
      quantile(row, 'startup', 0.5),
    ),
    series('startup_p95_ms', 'ms', 'All but 5 % did.', (row) => quantile(row, 'startup', 0.95)),
    series('latency_p50_ms', 'ms', 'From the source to the screen, half of the pages.', (row) =>
      quantile(row, 'latency', 0.5),
    ),
    series('latency_p95_ms', 'ms', 'All but 5 %.', (row) => quantile(row, 'latency', 0.95)),
    series('stalled_share', '1', 'Share of the time that pages stood still.', stalledShare),
    series('failures', '1', 'Times that a page could not play on.', (row) =>
      row ? playbackFailures.reduce((sum, code) => sum + (figure(row, `failures_${code}`) ?? 0), 0) : null,
    ),
  ]
}

/** How it played for those who use a protocol, over all of these points; null: nobody did. */
export function qualityOf(points: Points, protocol: (typeof protocols)[number]): PlaybackQuality | null {
  const row = combineRows([...(points.get(`p.${protocol}`)?.values() ?? [])], qualityFigures)
  if (!row) return null
  const count = (name: string) => figure(row, name) ?? 0
  const spread = (name: Histogram, unit = 1) => {
    const at = (share: number) => {
      const value = quantile(row, name, share)
      return value === null ? null : value / unit
    }
    return { p50: at(0.5), p95: at(0.95) }
  }
  return {
    protocol,
    plays: count('plays'),
    watched_s: Math.round(count('played_s')),
    startup_ms: spread('startup'),
    latency_s: spread('latency', 1_000),
    bitrate_kbps: spread('bitrate'),
    stalls: count('stalls'),
    stalled_s: count('stalled_s'),
    stalled_share: stalledShare(row),
    dropped_share: count('frames') > 0 ? Math.round((count('dropped_frames') / count('frames')) * 1e5) / 1e5 : null,
    failures: playbackFailures
      .map((code) => ({ code, times: count(`failures_${code}`) }))
      .filter(({ times }) => times > 0),
  }
}

function figure(row: Row | null, name: string): number | null {
  const index = qualityIndex.get(name)
  return index === undefined ? null : figureValue(row, qualityFigures, index)
}

function stalledShare(row: Row | null): number | null {
  const played = figure(row, 'played_s') ?? 0
  const stalled = figure(row, 'stalled_s') ?? 0
  return played + stalled > 0 ? Math.round((stalled / (played + stalled)) * 1e4) / 1e4 : null
}

/** Reckoned as if all of a bucket lay evenly between its bounds; what is above the last counts as it. */
function quantile(row: Row | null, name: Histogram, share: number): number | null {
  if (!row) return null
  const bounds: readonly number[] = histograms[name]
  const counts = [...bounds.map((bound) => figure(row, `${name}_le_${bound}`) ?? 0), figure(row, `${name}_above`) ?? 0]
  const wanted = counts.reduce((sum, count) => sum + count, 0) * share
  if (wanted === 0) return null
  let before = 0
  for (const [index, count] of counts.entries()) {
    if (before + count < wanted) {
      before += count
      continue
    }
    const low = index === 0 ? 0 : (bounds[index - 1] ?? 0)
    const high = bounds[index] ?? low
    return Math.round(low + ((high - low) * (wanted - before)) / count)
  }
  return bounds.at(-1) ?? null
}

/** The bucket of a value: its place in a row of a protocol. */
export function bucketIndex(name: Histogram, value: number): number {
  const bounds: readonly number[] = histograms[name]
  const bound = bounds.find((each) => value <= each)
  return qualityIndex.get(bound === undefined ? `${name}_above` : `${name}_le_${bound}`) ?? 0
}
