import * as v from 'valibot'
import { encoderPresets, latencyModes, playbackPolicies, sourceTypes } from '../enums.ts'
import { ladderSchema } from './live-stream.ts'

/** A destination inside a job. The stream key is a compact JWE (ECDH-ES) that only the addressed worker opens. */
const jobDestination = v.strictObject({
  id: v.string(),
  url: v.string(),
  sealed_stream_key: v.string(),
  enabled: v.boolean(),
})

/**
 * The whole specification of one run: the claims of a job token (a JWS, see job-signature.ts).
 * A worker runs nothing else. `revision` rises with each change of the stream's configuration,
 * `fence` with each claim; a write with an old fence changes nothing.
 */
export const jobSchema = v.strictObject({
  live_stream_id: v.string(),
  name: v.string(),
  revision: v.number(),
  fence: v.number(),
  /** Seconds that the lease lasts from each heartbeat on. */
  lease_seconds: v.number(),
  source: v.strictObject({ type: v.picklist(sourceTypes) }),
  /** SHA-256 of the stream key, hex: lets the worker take an encoder back while control is away. */
  stream_key_digest: v.string(),
  latency_mode: v.picklist(latencyModes),
  reconnect_window: v.number(),
  always_on: v.boolean(),
  ladder: ladderSchema,
  encoder_preset: v.nullable(v.picklist(encoderPresets)),
  playback_ids: v.array(v.strictObject({ id: v.string(), policy: v.picklist(playbackPolicies) })),
  destinations: v.array(jobDestination),
})
export type Job = v.InferOutput<typeof jobSchema>
