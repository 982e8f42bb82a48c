import * as v from 'valibot'
import { logLevels } from '../log/line.ts'
import { debuggedStreamsMax } from '../log/threshold.ts'

/** Null: as the process was started (`WEIR_LOG_LEVEL`). */
const level = v.nullable(v.picklist(logLevels))

/** Answer of `GET /v1/log-levels`: how much is logged, by an operator's order. */
export const logLevelSettings = v.strictObject({
  control: level,
  /** All workers that have no level of their own below. */
  workers: level,
  /** By a worker's id. */
  worker: v.record(v.string(), v.picklist(logLevels)),
  /** Streams of which everything is logged for a while, on control and on their workers. */
  debug: v.array(v.strictObject({ live_stream_id: v.string(), until: v.string() })),
})
export type LogLevelSettings = v.InferOutput<typeof logLevelSettings>

/** Body of `PATCH /v1/log-levels`; what is left out stays. Workers follow with their next heartbeat. */
export const patchLogLevels = v.strictObject({
  control: v.optional(level),
  workers: v.optional(level),
  /** Of single workers; null: as all. */
  worker: v.optional(v.pipe(v.record(v.pipe(v.string(), v.maxLength(60)), level), v.maxEntries(200))),
  /** Streams to look at more closely, for so many minutes; 0 ends it. */
  debug: v.optional(
    v.pipe(
      v.array(
        v.strictObject({
          live_stream_id: v.pipe(v.string(), v.maxLength(60)),
          minutes: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(240)),
        }),
      ),
      v.maxLength(debuggedStreamsMax, `Name at most ${debuggedStreamsMax} streams.`),
    ),
  ),
})
export type PatchLogLevels = v.InferOutput<typeof patchLogLevels>
