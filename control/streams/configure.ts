import { and, eq, sql } from 'drizzle-orm'
import type { PatchLiveStream } from '#schema/contracts/live-stream.ts'
import { jobs } from '#schema/tables/jobs.ts'
import { liveStreams } from '#schema/tables/live-streams.ts'
import { type Database, hasChangedRow } from '../db/database.ts'
import { ApiError, notFound } from '../errors.ts'
import { claimWay } from '../jobs/enqueue.ts'
import type { Runtime } from '../runtime.ts'
import { recordEvent } from './events.ts'
import { markChanged } from './mark-changed.ts'

/** Statement: what a running worker must hear of has changed. */
export const raiseRevision = (db: Database, id: string, at: Date) =>
  db.update(liveStreams).set({ revision: sql`revision + 1`, updatedAt: at }).where(eq(liveStreams.id, id))

/** Changes the configuration. With `ifRevision`, only if that is still the revision, else 412. */
export async function changeStream(
  { db, now }: Runtime,
  id: string,
  wanted: PatchLiveStream,
  ifRevision: number | undefined,
): Promise<void> {
  const at = now()
  // The source's type never changes, so it may be read before.
  const [stream] = await db
    .select({ sourceType: liveStreams.sourceType })
    .from(liveStreams)
    .where(eq(liveStreams.id, id))
  if (!stream) throw notFound('live stream')
  const claimableBy =
    wanted.always_on === undefined ? jobs.claimableBy : claimWay({ ...stream, alwaysOn: wanted.always_on })
  const [changed] = await db.batch([
    db
      .update(liveStreams)
      .set({
        ...(wanted.name !== undefined && { name: wanted.name }),
        ...(wanted.latency_mode !== undefined && { latencyMode: wanted.latency_mode }),
        ...(wanted.reconnect_window !== undefined && { reconnectWindow: wanted.reconnect_window }),
        ...(wanted.always_on !== undefined && { alwaysOn: wanted.always_on }),
        ...(wanted.ladder !== undefined && { ladder: wanted.ladder }),
        ...(wanted.encoder_preset !== undefined && { encoderPreset: wanted.encoder_preset }),
        revision: sql`revision + 1`,
        updatedAt: at,
      })
      .where(and(eq(liveStreams.id, id), ifRevision === undefined ? undefined : eq(liveStreams.revision, ifRevision)))
      .returning({ id: liveStreams.id }),
    // Each of these follows the one before: where another revision stands, none of them does anything.
    db
      .update(jobs)
      .set({ claimableBy: sql`${claimableBy}` })
      .where(and(eq(jobs.liveStreamId, id), hasChangedRow)),
    markChanged(db, id, at, hasChangedRow),
    ...recordEvent(db, id, 'stream.changed', 'The settings were changed.', at, hasChangedRow),
  ])
  if (changed.length > 0) return
  if (ifRevision === undefined) throw notFound('live stream')
  throw new ApiError('precondition_failed', 'It was changed since you read it. Read it again and repeat your change.')
}
