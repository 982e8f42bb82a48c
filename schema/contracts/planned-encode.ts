import * as v from 'valibot'
import { videoEncoders } from '../enums.ts'
import { sentMedia } from './destination.ts'

/** One encode, or the source as it comes. */
export const plannedEncode = v.strictObject({
  id: v.string(),
  ...sentMedia.entries,
  /** "1080p30 x264 veryfast encodes" that it takes, or as many 1080p30 encodes of a hardware encoder; 0 for what is not encoded. */
  encode_units: v.number(),
  /** `viewers`, and ids of destinations. */
  used_by: v.array(v.string()),
})
export type PlannedEncode = v.InferOutput<typeof plannedEncode>

/** What a session makes, as its worker reports it. */
export const runningPlan = v.strictObject({
  encoder: v.picklist(videoEncoders),
  encodes: v.array(plannedEncode),
  /** Of the encoder, with the decoding that all share where the CPU encodes. */
  encode_units: v.number(),
  /** Of the CPU, where a hardware encoder encodes: decoding and scaling. */
  cpu_units: v.number(),
})
export type RunningPlan = v.InferOutput<typeof runningPlan>

/** What a live stream makes, for whom, and what of a worker that takes. */
export const streamPlan = v.strictObject({
  /** False: nothing runs. It is what would be made now, by the worker that would take it. */
  is_running: v.boolean(),
  encoder: v.picklist(videoEncoders),
  encodes: v.array(plannedEncode),
  encode_units: v.strictObject({
    needed: v.number(),
    /** What the worker has for this stream beside its others; null: no worker is online. */
    available: v.nullable(v.number()),
  }),
})
export type StreamPlan = v.InferOutput<typeof streamPlan>
