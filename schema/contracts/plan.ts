import * as v from 'valibot'
import { encoderChoices, encoderPresets, latencyModes, upscaleMethods, videoEncoders } from '../enums.ts'
import { destinationProfile } from './destination-profile.ts'
import { evenHeight, ladderRequest } from './ladder.ts'
import { issueSchema } from './live-stream.ts'
import { packagingSettings } from './packaging.ts'
import { plannedDestination, plannedEncode } from './planned-encode.ts'
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
  encoder: v.optional(v.picklist(encoderChoices)),
  no_software_fallback: v.optional(v.boolean()),
  upscale: v.optional(v.picklist(upscaleMethods)),
  upscale_height: v.optional(evenHeight),
  packaging: v.optional(packagingSettings),
  /** Left out: what the stream's source sends now or sent last, else 1080p at 30 frames per second is assumed. */
  source: v.optional(plannedSource),
  destinations: v.optional(
    v.pipe(
      v.array(
        v.strictObject({
          /** By which the answer names it; left out, its place in this list. */
          id: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(120))),
          platform: v.optional(v.picklist(platformIds), 'custom'),
          profile: v.optional(destinationProfile, 'auto'),
          /** Where a destination would be refused for it, the answer's `refusal` says so; left out, the platform's own address. */
          url: v.optional(v.pipe(v.string(), v.maxLength(1_000))),
        }),
      ),
      v.maxLength(200),
      v.check((all) => {
        const ids = all.map(({ id }, index) => id ?? String(index))
        return new Set(ids).size === ids.length
      }, 'Give each destination an id of its own.'),
    ),
  ),
})
export type PlanRequestBody = v.InferOutput<typeof planRequest>

/** Answer to `POST /v1/plan`: what a configuration would make, for whom, and what it would cost. Nothing is changed. */
export const planAnswer = v.strictObject({
  source: v.strictObject({ ...plannedSource.entries, bitrate_kbps: v.nullable(v.number()), is_assumed: v.boolean() }),
  /** The worker that it was planned for; null: none is online, and all was taken to fit. */
  worker: v.nullable(v.strictObject({ id: v.string(), name: v.string(), encode_units: v.number() })),
  /** What would encode. */
  encoder: v.picklist(videoEncoders),
  encodes: v.array(plannedEncode),
  destinations: v.array(
    v.strictObject({
      ...plannedDestination.entries,
      platform: v.picklist(platformIds),
      profile: destinationProfile,
    }),
  ),
  encode_units: v.strictObject({
    needed: v.number(),
    /** What the worker has of it for this stream beside its others; null: no worker is online, or it has no such encoder. */
    available: v.nullable(v.number()),
  }),
  /** What it would take if each destination had an encoder of its own, beside the viewers' ladder. */
  without_sharing: v.strictObject({ encodes: v.number(), encode_units: v.number() }),
  /** How many encodes are saved by sharing them. */
  encodes_saved: v.number(),
  /** The lengths that viewers would get, seconds. */
  packaging: v.strictObject({
    part_s: v.nullable(v.number()),
    segment_s: v.number(),
    window_segments: v.number(),
    keyframe_interval_s: v.number(),
  }),
  issues: v.array(issueSchema),
})
export type PlanAnswer = v.InferOutput<typeof planAnswer>
