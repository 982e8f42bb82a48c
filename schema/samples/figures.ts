/**
 * How a figure of many seconds becomes one. `mean`: of the seconds that have it. `max`: the highest. `sum`: all together.
 */
export type FigureKind = 'mean' | 'max' | 'sum'

/** One thing that is measured. */
export interface Figure {
  readonly name: string
  /** `kbit/s`, `ms`, `1` (a share or a plain number), … */
  readonly unit: string
  /** What is kept is a whole number: the value times this. */
  readonly scale: number
  readonly kind: FigureKind
  readonly about: string
}

const figure = (name: string, unit: string, kind: FigureKind, scale: number, about: string): Figure => ({
  ...{ name, unit, kind, scale, about },
})

/** Codes of the figure `health`. */
export const healthCodes = ['ok', 'degraded', 'failing'] as const

/**
 * Of a live stream. The place in this list, and in those below, is the place in what is kept and sent: new ones are added at
 * the end, and none is ever taken out.
 */
export const streamFigures = [
  figure('source_bitrate_kbps', 'kbit/s', 'mean', 1, 'What the input on air sends.'),
  figure('output_bitrate_kbps', 'kbit/s', 'mean', 1, 'All renditions and the sound.'),
  figure('fps', 'frames/s', 'mean', 10, 'Pictures of what is on air.'),
  figure('speed', '1', 'mean', 100, 'Media seconds encoded in a second; under 1 the machine is too slow.'),
  figure('lateness_ms', 'ms', 'max', 1, 'How far the output stood behind the clock.'),
  figure('slate', '1', 'mean', 1, 'Share of the time with the slate.'),
  figure('loudness_lufs', 'LUFS', 'mean', 10, 'Momentary loudness.'),
  figure('health', 'code', 'max', 1, 'The worst: 0 ok, 1 degraded, 2 failing.'),
] as const satisfies readonly Figure[]

export const renditionFigures = [
  figure('bitrate_kbps', 'kbit/s', 'mean', 1, 'What went out of it.'),
  figure('fps', 'frames/s', 'mean', 10, 'Its pictures.'),
] as const satisfies readonly Figure[]

/** Codes of the figure `state` of a destination, the worse the higher. */
export const stateCodes = ['idle', 'broadcasting', 'starting', 'retrying', 'errored'] as const

export const destinationFigures = [
  figure('bitrate_kbps', 'kbit/s', 'mean', 1, 'What it was sent.'),
  figure('queue_ms', 'ms', 'max', 1, 'Media that waited to be sent and confirmed.'),
  figure('dropped_ms', 'ms', 'sum', 1, 'Media left out because it was too slow.'),
  figure('round_trip_ms', 'ms', 'mean', 1, 'There and back.'),
  figure('state', 'code', 'max', 1, 'The worst: 0 idle, 1 broadcasting, 2 starting, 3 retrying, 4 errored.'),
] as const satisfies readonly Figure[]

export const workerFigures = [
  figure('cpu', '1', 'mean', 1_000, 'Share of all cores in use, whoever uses them.'),
  figure('memory_used_mb', 'MB', 'max', 1, 'Memory of the machine in use.'),
  figure('memory_total_mb', 'MB', 'max', 1, 'Memory of the machine.'),
  figure('process_memory_mb', 'MB', 'max', 1, 'Resident memory of the worker, without its FFmpegs.'),
  figure('event_loop_delay_ms', 'ms', 'max', 1, 'The longest that the worker kept others waiting.'),
  figure('disk_free_mb', 'MB', 'mean', 1, 'Room in its data folder.'),
  figure('disk_total_mb', 'MB', 'max', 1, 'Size of that disk.'),
  figure('network_in_kbps', 'kbit/s', 'mean', 1, 'Received by the machine, but for what it sends to itself.'),
  figure('network_out_kbps', 'kbit/s', 'mean', 1, 'Sent by the machine, but for what it sends to itself.'),
  figure('sessions', '1', 'max', 1, 'Live streams that it runs.'),
  figure('encode_units_used', '1', 'max', 100, 'Of its CPU, in 1080p30 encodes.'),
  figure('ffmpeg_count', '1', 'max', 1, 'FFmpegs that it runs.'),
] as const satisfies readonly Figure[]

/** Of everybody who watches. */
export const viewerFigures = [
  figure('viewers', '1', 'mean', 1, 'Pages that play it.'),
  figure('viewers_peak', '1', 'max', 1, 'The most at a time.'),
] as const satisfies readonly Figure[]

/** Upper bounds of histograms; what is above the last has a bucket of its own. */
export const startupBoundsMs = [250, 500, 1_000, 1_500, 2_000, 3_000, 5_000, 8_000, 15_000] as const
export const latencyBoundsMs = [1_000, 1_500, 2_000, 2_500, 3_000, 4_000, 6_000, 10_000, 15_000, 30_000] as const
export const bitrateBoundsKbps = [300, 600, 1_000, 1_500, 2_500, 4_000, 6_000, 10_000] as const

const buckets = (name: string, bounds: readonly number[], unit: string) =>
  [...bounds, null].map((bound) =>
    bound === null
      ? figure(`${name}_above`, '1', 'sum', 1, `More than the highest bound.`)
      : figure(`${name}_le_${bound}`, '1', 'sum', 1, `${bound} ${unit} at most, and more than the bound before.`),
  )

/** What a page may tell of why it could not play on. */
export const playbackFailures = ['network', 'media', 'stalled', 'unsupported', 'other'] as const
export type PlaybackFailure = (typeof playbackFailures)[number]

/** How it played for those who use one protocol. */
export const qualityFigures: readonly Figure[] = [
  figure('played_s', 's', 'sum', 1_000, 'Playing, all pages together.'),
  figure('plays', '1', 'sum', 1, 'Times that it began to play.'),
  figure('stalls', '1', 'sum', 1, 'Times that the picture stood still.'),
  figure('stalled_s', 's', 'sum', 1_000, 'Standing still, all pages together.'),
  figure('frames', '1', 'sum', 1, 'Pictures that were to be shown.'),
  figure('dropped_frames', '1', 'sum', 1, 'Of those, not shown.'),
  ...playbackFailures.map((name) => figure(`failures_${name}`, '1', 'sum', 1, 'Times that it could not play on.')),
  ...buckets('startup', startupBoundsMs, 'ms'),
  ...buckets('latency', latencyBoundsMs, 'ms'),
  ...buckets('bitrate', bitrateBoundsKbps, 'kbit/s'),
]

/** Of one country. */
export const countryFigures = [
  figure('played_s', 's', 'sum', 1_000, 'Playing, all pages there together.'),
] as const satisfies readonly Figure[]

/**
 * What a sample is of, as it stands before its figures: `s` the live stream, `r.360p` a rendition, `d.dst_…` a destination, `w` the
 * worker, `v` all viewers, `p.hls` those who use a protocol, `c.DE` a country.
 */
export const subjectPattern = /^(?:[swv]|[rdpc]\.[A-Za-z0-9_.~-]{1,40})$/

const figuresByLetter: Readonly<Record<string, readonly Figure[]>> = {
  s: streamFigures,
  r: renditionFigures,
  d: destinationFigures,
  w: workerFigures,
  v: viewerFigures,
  p: qualityFigures,
  c: countryFigures,
}

/** The figures of a subject, in the order in which they are kept. */
export const figuresOf = (subject: string): readonly Figure[] => figuresByLetter[subject[0] ?? ''] ?? []
