import type { Audience, RangeQuery } from '#schema/contracts/metrics.ts'
import { countryFigures, viewerFigures } from '#schema/samples/figures.ts'
import { combineRows, figureValue } from '#schema/samples/text.ts'
import type { Runtime } from '../runtime.ts'
import { rangeOf } from './metrics.ts'
import { protocols, qualityOf } from './quality.ts'
import { readPoints } from './read.ts'
import { viewersOf } from './tiers.ts'
import { countViewers } from './viewers.ts'

/** Who watched a live stream in a range, and how it played. */
export async function streamAudience(runtime: Runtime, liveStreamId: string, query: RangeQuery): Promise<Audience> {
  const { range, grid } = rangeOf(query, runtime.now())
  const [points, counted] = await Promise.all([
    readPoints(runtime.db, viewersOf(liveStreamId), grid),
    countViewers(runtime.db, [liveStreamId], runtime.now()),
  ])
  const all = combineRows([...(points.get('v')?.values() ?? [])], viewerFigures)
  const countries = Array.from(points, ([subject, rows]) => {
    const country = /^c\.([A-Z]{2})$/.exec(subject)?.[1]
    const watched = figureValue(combineRows([...rows.values()], countryFigures), countryFigures, 0)
    return country === undefined || watched === null ? undefined : { country, watched_s: Math.round(watched) }
  })
  return {
    from: new Date(range.from * 1_000).toISOString(),
    to: new Date(range.to * 1_000).toISOString(),
    viewers: {
      now: counted.get(liveStreamId)?.now ?? 0,
      peak: figureValue(all, viewerFigures, 1) ?? 0,
      mean: figureValue(all, viewerFigures, 0),
    },
    quality: protocols.map((protocol) => qualityOf(points, protocol)).filter((quality) => quality !== null),
    countries: countries
      .filter((each) => each !== undefined)
      .toSorted((a, b) => b.watched_s - a.watched_s || a.country.localeCompare(b.country)),
  }
}
