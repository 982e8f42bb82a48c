import * as v from 'valibot'
import { logLevels } from '../log/line.ts'

/** Lines in one heartbeat at most. */
export const logLinesPerHeartbeat = 200
/** A line as JSON, characters. */
export const reportedLineMax = 2_000

/**
 * One line of a log. What happened stands in `msg`; the other members are ids to follow a case by, and facts of that one
 * line. Nothing in it is secret.
 */
export const logLineSchema = v.looseObject({
  /** RFC 3339, by the clock of the machine that wrote it. */
  time: v.string(),
  level: v.picklist(logLevels),
  /** `control`, `worker` or `ffmpeg`. */
  part: v.pipe(v.string(), v.maxLength(40)),
  msg: v.pipe(v.string(), v.maxLength(reportedLineMax)),
  stream: v.optional(v.string()),
  session: v.optional(v.string()),
  destination: v.optional(v.string()),
  input: v.optional(v.string()),
  worker: v.optional(v.string()),
  /** Of the API request that caused it. */
  request_id: v.optional(v.string()),
  code: v.optional(v.string()),
  /** How often it was said in the ten seconds before, where it is a repetition. */
  repeated: v.optional(v.number()),
})

/** A line that a worker sends along with a heartbeat. `id` makes a repeated delivery harmless. */
export const reportedLogLine = v.looseObject({
  ...logLineSchema.entries,
  id: v.pipe(v.string(), v.maxLength(60)),
  stream: v.pipe(v.string(), v.maxLength(60)),
})
export type ReportedLogLine = v.InferOutput<typeof reportedLogLine>

/** A line as `GET /v1/live-streams/:id/logs` answers it. */
export const keptLogLine = v.looseObject({ ...logLineSchema.entries, id: v.string() })
export type KeptLogLine = v.InferOutput<typeof keptLogLine>

/** In a heartbeat's answer: how much the worker is to log, as an operator ordered it. */
export const logOrder = v.strictObject({
  /** Null: what the worker was started with. */
  level: v.nullable(v.picklist(logLevels)),
  /** Streams of which everything is logged until then, RFC 3339. */
  debug: v.array(v.strictObject({ live_stream_id: v.string(), until: v.string() })),
})
export type LogOrder = v.InferOutput<typeof logOrder>
