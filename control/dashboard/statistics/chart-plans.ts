import { healthCodes, stateCodes } from '#schema/samples/figures.ts'
import { bitrateWords, fpsWords } from '../words/figures.ts'

/** A line of a chart: a figure by its name in the API, and what people call it. */
export interface LinePlan {
  readonly name: string
  readonly label: string
}

/** Some figures that belong together. */
export interface ChartPlan {
  readonly heading: string
  readonly lines: readonly LinePlan[]
  readonly words: (value: number) => string
  /** The axis goes up to here at least. */
  readonly atLeast?: number
  /** Whether it begins at nothing; loudness does not. */
  readonly fromZero?: boolean
}

const ms = (value: number) => (value < 1_000 ? `${Math.round(value)} ms` : `${(value / 1_000).toFixed(1)} s`)
const share = (value: number) => `${Math.round(value * 1_000) / 10} %`
const whole = (value: number) => value.toLocaleString(undefined, { maximumFractionDigits: value < 10 ? 1 : 0 })
const code = (names: readonly string[]) => (value: number) => names[Math.round(value)] ?? ''

export const streamCharts: readonly ChartPlan[] = [
  {
    heading: 'Bit rate',
    lines: [
      { name: 'source_bitrate_kbps', label: 'Comes in' },
      { name: 'output_bitrate_kbps', label: 'Goes out' },
    ],
    words: bitrateWords,
  },
  {
    heading: 'Viewers',
    lines: [
      { name: 'viewers', label: 'Viewers' },
      { name: 'viewers_peak', label: 'at most' },
    ],
    words: whole,
    atLeast: 4,
  },
  { heading: 'Pictures', lines: [{ name: 'fps', label: 'Frames per second' }], words: fpsWords },
  {
    heading: 'Pace',
    lines: [{ name: 'speed', label: 'Encoding speed' }],
    words: (value) => `${value.toFixed(2)}×`,
    atLeast: 1.2,
  },
  { heading: 'Lateness', lines: [{ name: 'lateness_ms', label: 'Behind the clock' }], words: ms, atLeast: 500 },
  { heading: 'Slate', lines: [{ name: 'slate', label: 'Time with the slate' }], words: share, atLeast: 1 },
  {
    heading: 'Loudness',
    lines: [{ name: 'loudness_lufs', label: 'Loudness' }],
    words: (value) => `${value.toFixed(1)} LUFS`,
    fromZero: false,
  },
  { heading: 'Health', lines: [{ name: 'health', label: 'At worst' }], words: code(healthCodes), atLeast: 2 },
  {
    heading: 'Start of playing',
    lines: [
      { name: 'startup_p50_ms', label: 'Half of the viewers' },
      { name: 'startup_p95_ms', label: 'all but 5 %' },
    ],
    words: ms,
    atLeast: 1_000,
  },
  {
    heading: 'From source to screen',
    lines: [
      { name: 'latency_p50_ms', label: 'Half of the viewers' },
      { name: 'latency_p95_ms', label: 'all but 5 %' },
    ],
    words: ms,
    atLeast: 1_000,
  },
  {
    heading: 'Standing still',
    lines: [{ name: 'stalled_share', label: 'Share of the time' }],
    words: share,
    atLeast: 0.02,
  },
]

export const renditionCharts: readonly ChartPlan[] = [
  { heading: 'Bit rate', lines: [{ name: 'bitrate_kbps', label: 'Goes out' }], words: bitrateWords },
  { heading: 'Pictures', lines: [{ name: 'fps', label: 'Frames per second' }], words: fpsWords },
]

export const destinationCharts: readonly ChartPlan[] = [
  { heading: 'Bit rate', lines: [{ name: 'bitrate_kbps', label: 'Is sent' }], words: bitrateWords },
  { heading: 'Queue', lines: [{ name: 'queue_ms', label: 'Waits to be sent' }], words: ms, atLeast: 500 },
  { heading: 'Left out', lines: [{ name: 'dropped_ms', label: 'Left out' }], words: ms, atLeast: 500 },
  { heading: 'There and back', lines: [{ name: 'round_trip_ms', label: 'There and back' }], words: ms, atLeast: 50 },
  { heading: 'State', lines: [{ name: 'state', label: 'At worst' }], words: code(stateCodes), atLeast: 4 },
]

export const workerCharts: readonly ChartPlan[] = [
  { heading: 'Processors', lines: [{ name: 'cpu', label: 'In use' }], words: share, atLeast: 1 },
  {
    heading: 'Memory',
    lines: [
      { name: 'memory_used_mb', label: 'In use' },
      { name: 'process_memory_mb', label: 'by the worker itself' },
    ],
    words: (value) => `${whole(value / 1_000)} GB`,
  },
  {
    heading: 'Network',
    lines: [
      { name: 'network_in_kbps', label: 'In' },
      { name: 'network_out_kbps', label: 'Out' },
    ],
    words: bitrateWords,
  },
  { heading: 'Disk', lines: [{ name: 'disk_free_mb', label: 'Free' }], words: (value) => `${whole(value / 1_000)} GB` },
  {
    heading: 'Streams',
    lines: [
      { name: 'sessions', label: 'Streams' },
      { name: 'ffmpeg_count', label: 'FFmpegs' },
    ],
    words: whole,
    atLeast: 4,
  },
  { heading: 'Kept waiting', lines: [{ name: 'event_loop_delay_ms', label: 'At most' }], words: ms, atLeast: 100 },
]
