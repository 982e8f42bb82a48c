import type { Job } from '#schema/contracts/job.ts'

/** Whether the stream key of this digest lets an encoder in at `now`: the present one, or one before it that still may. */
export function takesKey({ stream_key_digest, previous_stream_keys = [] }: Job, digest: string, now: Date): boolean {
  if (stream_key_digest === digest) return true
  return previous_stream_keys.some((key) => key.digest === digest && new Date(key.until) > now)
}
