import * as v from 'valibot'
import { liveStreamSchema } from './live-stream.ts'
import { streamEvent } from './worker.ts'

/**
 * Messages of `GET /v1/stream` (Server-Sent Events), by the `event:` field; each one's data is JSON. A client opens
 * the stream first and then lists the live streams, so that it misses nothing. `Last-Event-ID` resumes.
 */
const updateSchemas = {
  /** A live stream is new or has changed: the same object as `GET /v1/live-streams/:id`. */
  live_stream: liveStreamSchema,
  /** A live stream is gone. */
  live_stream_deleted: v.strictObject({ id: v.string() }),
  /** Something happened; newest last. */
  event: streamEvent,
  /** What came since `Last-Event-ID` is not all known any more: list everything again. Updates go on from here. */
  reset: v.strictObject({ detail: v.string() }),
} as const
type UpdateName = keyof typeof updateSchemas
export type Update = {
  [Name in UpdateName]: { name: Name; data: v.InferOutput<(typeof updateSchemas)[Name]> }
}[UpdateName]
