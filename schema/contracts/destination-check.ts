import * as v from 'valibot'
import { caPem, destinationUrl, misfitOf, splitSrtAddress, srtPassphrase, streamKey } from './destination-address.ts'
import { platformIds } from './platform.ts'

/**
 * Body of `POST /v1/live-streams/:id/destinations/check`: tries a connection without publishing. What is left out is taken
 * from the destination that `destination_id` names, else from the platform.
 */
export const checkDestination = v.pipe(
  v.strictObject({
    destination_id: v.optional(v.string()),
    platform: v.optional(v.picklist(platformIds)),
    url: v.optional(destinationUrl),
    /** Only SRT needs it here, as its stream id: RTMP names the key when it publishes. */
    stream_key: v.optional(v.nullable(streamKey)),
    ca_pem: v.optional(v.nullable(caPem)),
    srt_passphrase: v.optional(v.nullable(srtPassphrase)),
  }),
  v.transform(splitSrtAddress),
  v.forward(
    v.check(
      ({ platform = 'custom', url }) => misfitOf({ platform, url, hasKey: true, hasPassphrase: false }) === undefined,
      'This platform takes no such addresses.',
    ),
    ['url'],
  ),
)
export type CheckDestination = v.InferOutput<typeof checkDestination>

/** How far a connection to a destination came without publishing, and what stopped it. */
export const destinationCheckResult = v.strictObject({
  /** Whether it came through. Of RTMP this says nothing of the stream key, which is named only to publish. */
  ok: v.boolean(),
  /** The steps that were done, in order. */
  steps: v.pipe(
    v.array(
      v.strictObject({
        name: v.picklist(['resolve', 'connect', 'tls', 'handshake', 'rtmp_connect', 'srt_handshake']),
        ms: v.number(),
      }),
    ),
    v.maxLength(10),
  ),
  /** What stopped it, as in a destination's `last_error`; null where nothing did. */
  error: v.nullable(
    v.strictObject({
      code: v.pipe(v.string(), v.maxLength(100)),
      detail: v.pipe(v.string(), v.maxLength(2_000)),
      fix: v.pipe(v.string(), v.maxLength(2_000)),
    }),
  ),
})
export type DestinationCheckResult = v.InferOutput<typeof destinationCheckResult>

/** What a worker is asked to try: the claims of a token like a job's (see job-signature.ts). */
export const destinationCheckOrder = v.strictObject({
  id: v.string(),
  url: v.string(),
  ca_pem: v.nullable(v.string()),
  /** JSON of {@link destinationCheckSecrets}, sealed to the worker. */
  sealed_secrets: v.string(),
})
export type DestinationCheckOrder = v.InferOutput<typeof destinationCheckOrder>

export const destinationCheckSecrets = v.strictObject({
  /** '': none. */
  stream_key: v.string(),
  srt_passphrase: v.nullable(v.string()),
})
export type DestinationCheckSecrets = v.InferOutput<typeof destinationCheckSecrets>
