import * as v from 'valibot'

/** How far a connection to a destination came without publishing, and what stopped it. */
export const destinationCheckResult = v.strictObject({
  ok: v.boolean(),
  /** The steps that were done, in order. */
  steps: v.array(
    v.strictObject({
      name: v.picklist(['resolve', 'connect', 'tls', 'handshake', 'rtmp_connect', 'srt_handshake']),
      ms: v.number(),
    }),
  ),
  /** What stopped it, as in a destination's `last_error`; null where nothing did. */
  error: v.nullable(v.strictObject({ code: v.string(), detail: v.string(), fix: v.string() })),
})
export type DestinationCheckResult = v.InferOutput<typeof destinationCheckResult>
