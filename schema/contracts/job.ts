import * as v from 'valibot'
import {
  destinationOrders,
  destinationStarts,
  encoderChoices,
  encoderPresets,
  latencyModes,
  playbackPolicies,
  upscaleMethods,
} from '../enums.ts'
import { destinationProfile } from './destination-profile.ts'
import { ladderSchema } from './ladder.ts'
import { audioSettings } from './live-stream.ts'
import { packagingSettings } from './packaging.ts'
import { copyrightProfile } from './settings.ts'
import { jobSlates } from './slate.ts'

/** A destination inside a job. The stream key is a compact JWE (ECDH-ES) that only the addressed worker opens. */
const jobDestination = v.strictObject({
  id: v.string(),
  /** Whose limits hold: see platforms.ts. */
  platform: v.string(),
  /** What people call it; left out where it has no name. */
  name: v.optional(v.string()),
  url: v.string(),
  sealed_stream_key: v.string(),
  profile: destinationProfile,
  enabled: v.boolean(),
  /** RFC 3339: when it was changed, or ordered to try again: one that waits tries at once then. */
  changed_at: v.string(),
  start: v.picklist(destinationStarts),
  /** An operator's order for the broadcast that is on, which goes before `start`; null: none. */
  ordered: v.nullable(v.picklist(destinationOrders)),
  /** RFC 3339; null without an order. */
  ordered_at: v.nullable(v.string()),
  /** RFC 3339: when it was ended because it had lasted as long as it may; left out where it was not. */
  over_at: v.optional(v.string()),
  /** RFC 3339: when it ends for this broadcast, whatever else is said; null: with the stream. */
  stop_at: v.nullable(v.string()),
  /** Seconds that one publish session may last; null: as the platform has it. */
  max_duration_s: v.nullable(v.number()),
  /** Where that time is over, a new publish session begins, instead of none. */
  roll_over: v.boolean(),
  /** Certificates (PEM) that are trusted beside the public ones. */
  ca_pem: v.nullable(v.string()),
  /** What SRT is encrypted with; null: not at all. */
  sealed_srt_passphrase: v.nullable(v.string()),
})

const inputBase = {
  id: v.string(),
  priority: v.number(),
  /** What people call it; left out where it has no name. */
  name: v.optional(v.string()),
}

/** An input inside a job. What is sealed is a compact JWE like a destination's key. */
const jobInput = v.variant('type', [
  v.strictObject({ ...inputBase, type: v.literal('push') }),
  v.strictObject({
    ...inputBase,
    type: v.literal('pull'),
    /** JSON: a list of addresses. */
    sealed_urls: v.string(),
    loop: v.boolean(),
    /** The addresses are files, played at their own pace one after the other; else one address, live or not. */
    playlist: v.boolean(),
  }),
  v.strictObject({
    ...inputBase,
    type: v.literal('channel'),
    url: v.string(),
    quality: v.string(),
    sealed_oauth_token: v.nullable(v.string()),
  }),
  v.strictObject({ ...inputBase, type: v.literal('test') }),
])
export type JobInput = v.InferOutput<typeof jobInput>

/**
 * The whole specification of one run: the claims of a job token (a JWS, see job-signature.ts).
 * A worker runs nothing else. `revision` rises with each change of the stream's configuration,
 * `fence` with each claim; a write with an old fence changes nothing.
 */
export const jobSchema = v.strictObject({
  live_stream_id: v.string(),
  name: v.string(),
  revision: v.number(),
  /** The API request that changed it last; left out where none is known. */
  request_id: v.optional(v.string()),
  fence: v.number(),
  /** Seconds that the lease lasts from each heartbeat on. */
  lease_seconds: v.number(),
  /** First choice first. */
  inputs: v.array(jobInput),
  /** The input that an operator wants on air; null: the best that sends. */
  pinned_input_id: v.nullable(v.string()),
  /** SHA-256 of the stream key, hex: lets the worker take an encoder back while control is away. */
  stream_key_digest: v.string(),
  /** What SRT callers encrypt with. */
  sealed_srt_passphrase: v.string(),
  /** Keys before this one that encoders may still use; left out: none. */
  previous_stream_keys: v.optional(
    v.array(
      v.strictObject({
        digest: v.string(),
        /** Null: a stream that is older than SRT. */
        sealed_srt_passphrase: v.nullable(v.string()),
        /** RFC 3339: refused from then on. An encoder that is connected stays. */
        until: v.string(),
      }),
    ),
  ),
  latency_mode: v.picklist(latencyModes),
  reconnect_window: v.number(),
  always_on: v.boolean(),
  ladder: ladderSchema,
  encoder_preset: v.nullable(v.picklist(encoderPresets)),
  encoder: v.picklist(encoderChoices),
  no_software_fallback: v.boolean(),
  upscale: v.picklist(upscaleMethods),
  upscale_height: v.number(),
  packaging: packagingSettings,
  audio: audioSettings,
  /** Named to viewers and platforms; left out by a control plane that knows of none. */
  copyright_profile: v.optional(copyrightProfile, { owner: null, notice: null, url: null }),
  slate: jobSlates,
  /** `signed`: it is not for everybody, and the worker serves it to control only (`signMediaAccess`). */
  playback_ids: v.array(v.strictObject({ id: v.string(), policy: v.picklist(playbackPolicies) })),
  destinations: v.array(jobDestination),
})
export type Job = v.InferOutput<typeof jobSchema>
