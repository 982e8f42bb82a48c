import { eq, sql } from 'drizzle-orm'
import { destinationStates, destinations } from '#schema/tables/destinations.ts'
import { events } from '#schema/tables/events.ts'
import { inputs } from '#schema/tables/inputs.ts'
import { jobs } from '#schema/tables/jobs.ts'
import { liveStreamStates, liveStreams } from '#schema/tables/live-streams.ts'
import { playbackIds } from '#schema/tables/playback-ids.ts'
import { streamLogs } from '#schema/tables/stream-logs.ts'
import { deleteTokensOfStream } from '../access/tokens.ts'
import { notFound } from '../errors.ts'
import { forgetBroadcasts } from '../reports/forget.ts'
import { asReadRevision, batchAsRead } from '../requests/as-read.ts'
import type { Runtime } from '../runtime.ts'
import { forgetSamples } from '../statistics/roll-up.ts'
import { recordEvent } from './events.ts'

/** Deletes the stream and all that belongs to it; a worker that runs it is told to stop with its next heartbeat. */
export async function deleteStream({ db, now }: Runtime, id: string): Promise<void> {
  const at = now()
  const exists = sql`EXISTS (SELECT 1 FROM live_streams WHERE id = ${id})`
  const revision = asReadRevision(liveStreams.revision)
  const unchanged =
    revision && sql`EXISTS (SELECT 1 FROM ${liveStreams} WHERE ${eq(liveStreams.id, id)} AND ${revision})`
  const [, , , , deleted] = await batchAsRead(db, unchanged, [
    // For webhooks alone: its events go with it.
    ...recordEvent(db, id, 'stream.deleted', 'The live stream was deleted.', at, {}, exists),
    db.run(sql`INSERT OR REPLACE INTO changes (live_stream_id, at)
      SELECT id, ${at.getTime()} FROM live_streams WHERE id = ${id}`),
    db.delete(liveStreams).where(eq(liveStreams.id, id)).returning({ id: liveStreams.id }),
    db.delete(liveStreamStates).where(eq(liveStreamStates.liveStreamId, id)),
    db.delete(destinations).where(eq(destinations.liveStreamId, id)),
    db.delete(destinationStates).where(eq(destinationStates.liveStreamId, id)),
    db.delete(inputs).where(eq(inputs.liveStreamId, id)),
    db.delete(playbackIds).where(eq(playbackIds.liveStreamId, id)),
    db.delete(jobs).where(eq(jobs.liveStreamId, id)),
    db.delete(events).where(eq(events.liveStreamId, id)),
    db.delete(streamLogs).where(eq(streamLogs.liveStreamId, id)),
    ...deleteTokensOfStream(db, id),
    ...forgetBroadcasts(db, id),
    ...forgetSamples(db, id),
  ])
  if (deleted.length === 0) throw notFound('live stream')
}
