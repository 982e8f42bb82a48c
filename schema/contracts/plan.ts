import * as v from 'valibot'
import { encoderPresets, latencyModes } from '../enums.ts'
import { adjustment, sentMedia } from './destination.ts'
import { destinationProfile } from './destination-profile.ts'
import { ladderRequest } from './ladder.ts'
import { issueSchema } from './live-stream.ts'
import { platformIds } from './platform.ts'

const sideMax = 8_192
const pixels = v.pipe(v.number(), v.integer(), v.minValue(16), v.maxValue(sideMax))

/** A source that is to be planned for. */
const plannedSource = v.strictObject({
  width: pixels,
  height: pixels,
  fps: v.pipe(v.number(), v.minValue(1), v.maxValue(240)),
  /** All tracks. */
  bitrate_kbps: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(1_000_000))),
})

/** Body of `POST /v1/plan`. What is left out is taken from the live stream that is named, else as for a new one. */
export const planRequest = v.strictObject({
  live_stream_id: v.optional(v.string()),
  latency_mode: v.optional(v.picklist(latencyModes)),
  ladder: v.optional(ladderRequest),
  encoder_preset: v.optional(v.nullable(v.picklist(encoderPresets))),
  /** Left out: what the stream's source sends now or sent last, else 1080p at 30 frames per second is assumed. */
  source: v.optional(plannedSource),
  destinations: v.optional(
    v.pipe(
      v.array(
        v.strictObject({
          id: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(120))),
          platform: v.optional(v.picklist(platformIds), 'custom'),
          profile: v.optional(destinationProfile, 'auto'),
        }),
      ),
      v.maxLength(200),
    ),
  ),
})
export type PlanRequestBody = v.InferOutput<typeof planRequest>

/** One encode, or the source as it comes. */
const plannedEncode = v.strictObject({
  id: v.string(),
  ...sentMedia.entries,
  /** "1080p30 x264 veryfast encodes" that it takes; 0 for what is not encoded. */
  encode_units: v.number(),
  /** `viewers`, and ids of destinations. */
  used_by: v.array(v.string()),
})

/** Answer to `POST /v1/plan`: what a configuration would make, for whom, and what it would cost. Nothing is changed. */
export const planAnswer = v.strictObject({
  source: v.strictObject({ ...plannedSource.entries, bitrate_kbps: v.nullable(v.number()), is_assumed: v.boolean() }),
  /** The worker that it was planned for; null: none is online, and all was taken to fit. */
  worker: v.nullable(v.strictObject({ id: v.string(), name: v.string(), encode_units: v.number() })),
  encodes: v.array(plannedEncode),
  destinations: v.array(
    v.strictObject({
      id: v.string(),
      platform: v.picklist(platformIds),
      profile: destinationProfile,
      encode_id: v.string(),
      /** What it would get otherwise than asked for, and why. */
      adjustments: v.array(adjustment),
      /** What its platform says beside its limits. */
      advice: v.array(v.string()),
    }),
  ),
  encode_units: v.strictObject({ needed: v.number(), available: v.nullable(v.number()) }),
  issues: v.array(issueSchema),
})
export type PlanAnswer = v.InferOutput<typeof planAnswer>
