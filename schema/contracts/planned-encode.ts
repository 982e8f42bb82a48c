import * as v from 'valibot'
import { videoEncoders } from '../enums.ts'
import { adjustment, sentMedia } from './destination.ts'

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

/** What a destination gets of a plan. */
export const plannedDestination = v.strictObject({
  id: v.string(),
  /** Empty where nothing is made for it. */
  encode_id: v.string(),
  /** What it gets otherwise than asked for, and why. */
  adjustments: v.array(adjustment),
  /** Why nothing is sent there, with what to do; null: nothing forbids it. */
  refusal: v.nullable(v.string()),
  /** What its platform recommends and it does not get, with both figures. */
  advice: v.array(v.string()),
})
export type PlannedDestination = v.InferOutput<typeof plannedDestination>

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
