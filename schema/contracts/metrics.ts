import * as v from 'valibot'

const timeWords = 'Write the time like 2027-01-31T18:00:00Z.'
const time = v.pipe(
  v.string(),
  v.isoTimestamp(timeWords),
  v.check((text) => Number.isFinite(Date.parse(text)), timeWords),
)

/** Query of `GET …/metrics`, without what it is of. */
const rangeEntries = {
  /** RFC 3339; left out, ten minutes before `to`. What is further back than 90 days is not there. */
  from: v.optional(time),
  /** RFC 3339; left out, now. */
  to: v.optional(time),
  /**
   * Seconds of a point. Rounded up to one that is kept for so long and that makes 2,000 points at most; `step_s` of the answer
   * says which. Left out, as fits a chart.
   */
  step: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d{1,6}$/, 'Write seconds as a whole number.'),
      v.transform(Number),
      v.minValue(1, 'A point is a second long at least.'),
    ),
  ),
  /** `csv`: a table (RFC 4180), as with `Accept: text/csv`. */
  format: v.optional(v.picklist(['json', 'csv'])),
}

/** Query of `GET /v1/workers/:id/metrics`. */
export const rangeQuery = v.strictObject(rangeEntries)
export type RangeQuery = v.InferOutput<typeof rangeQuery>

/** Query of `GET /v1/live-streams/:id/metrics`. */
export const streamMetricsQuery = v.pipe(
  v.strictObject({
    ...rangeEntries,
    /** Of this destination instead of the whole stream. */
    destination_id: v.optional(
      v.pipe(v.string(), v.regex(/^[A-Za-z0-9_]{1,40}$/, 'This is not the id of a destination.')),
    ),
    /** Of this rendition, by its name, instead of the whole stream. */
    rendition: v.optional(
      v.pipe(v.string(), v.regex(/^[A-Za-z0-9_.~-]{1,40}$/, 'This is not the name of a rendition.')),
    ),
  }),
  v.check(
    ({ destination_id, rendition }) => destination_id === undefined || rendition === undefined,
    'Give `destination_id` or `rendition`, not both.',
  ),
)

/** One line of a chart. */
export const metricSeries = v.strictObject({
  name: v.string(),
  /** `kbit/s`, `ms`, `1` for a share or a plain number, `code` for states (see `about`). */
  unit: v.string(),
  about: v.string(),
  /** One for each of `times`; null where nothing is known. */
  values: v.array(v.nullable(v.number())),
})
export type MetricSeries = v.InferOutput<typeof metricSeries>

/** Answer to `GET …/metrics`: figures over time, ready for a chart. */
export const metricsSchema = v.strictObject({
  from: v.string(),
  to: v.string(),
  /** Seconds of a point. */
  step_s: v.number(),
  /** When each point begins, Unix seconds; as far apart as `step_s`, 2,000 at most. */
  times: v.array(v.number()),
  series: v.array(metricSeries),
  /** What there is beside the whole stream in this range; empty for a worker. */
  destination_ids: v.array(v.string()),
  renditions: v.array(v.string()),
})
export type Metrics = v.InferOutput<typeof metricsSchema>

/** How the values of many pages lie: half of them, and all but 5 %, are at most so much. Null: nobody told. */
const spread = v.strictObject({ p50: v.nullable(v.number()), p95: v.nullable(v.number()) })

/** How it played for those who use one protocol. */
export const playbackQuality = v.strictObject({
  protocol: v.picklist(['hls', 'dash', 'native']),
  /** Times that a page began to play. */
  plays: v.number(),
  /** Playing, all pages together. */
  watched_s: v.number(),
  /** From the wish to play to the first picture. */
  startup_ms: spread,
  /** From the source to the screen, each 10 s of each page. */
  latency_s: spread,
  /** Each 10 s of each page; not known of `native`. */
  bitrate_kbps: spread,
  stalls: v.number(),
  stalled_s: v.number(),
  /** Share of the time that pages wanted to play and stood still; null: nobody watched. */
  stalled_share: v.nullable(v.number()),
  /** Share of the pictures that were not shown; null: not known. */
  dropped_share: v.nullable(v.number()),
  failures: v.array(v.strictObject({ code: v.string(), times: v.number() })),
})
export type PlaybackQuality = v.InferOutput<typeof playbackQuality>

/**
 * Answer to `GET /v1/live-streams/:id/audience`: who watched in a range, and how it played. All of it is told by pages with our
 * player; whoever watches in another player, as in VLC, is not in it.
 */
export const audienceSchema = v.strictObject({
  from: v.string(),
  to: v.string(),
  viewers: v.strictObject({
    /** Now. */
    now: v.number(),
    /** The most at a time in this range. */
    peak: v.number(),
    /** Over the time in which anybody watched; null: nobody did. */
    mean: v.nullable(v.number()),
  }),
  quality: v.array(playbackQuality),
  /** Most watched first; empty where control does not run at an edge that knows countries. */
  countries: v.array(v.strictObject({ country: v.string(), watched_s: v.number() })),
})
export type Audience = v.InferOutput<typeof audienceSchema>
