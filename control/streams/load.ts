import { asc, eq, getTableColumns, inArray, sql } from 'drizzle-orm'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { destinationStates, destinations } from '#schema/tables/destinations.ts'
import { jobs } from '#schema/tables/jobs.ts'
import { liveStreamStates, liveStreams } from '#schema/tables/live-streams.ts'
import { playbackIds } from '#schema/tables/playback-ids.ts'
import { workers } from '#schema/tables/workers.ts'
import type { Database } from '../db/database.ts'
import { notFound } from '../errors.ts'
import { leastLoaded } from '../jobs/place.ts'
import type { Runtime } from '../runtime.ts'
import { type LiveStreamRecord, presentLiveStream } from './present.ts'

/** The live streams with these ids, in that order, as the API answers them; ids that no longer exist are left out. */
export async function loadLiveStreams(runtime: Runtime, ids: readonly string[]): Promise<LiveStream[]> {
  if (ids.length === 0) return []
  const [records, workerLoads] = await Promise.all([loadRecords(runtime.db, ids), loadWorkers(runtime.db)])
  const fallbackUrl = leastLoaded(workerLoads, runtime.now())?.rtmpUrl ?? runtime.config.defaultRtmpUrl
  const urls = new Map(workerLoads.map((worker) => [worker.id, worker.rtmpUrl]))
  return records.map((record) => {
    const holder = record.job.state === 'leased' && record.job.workerId ? urls.get(record.job.workerId) : undefined
    return presentLiveStream(record, holder ?? fallbackUrl)
  })
}

/** One live stream; a 404 where there is none. `streamKey` puts the key into the answer. */
export async function loadLiveStream(runtime: Runtime, id: string, streamKey?: string): Promise<LiveStream> {
  const [stream] = await loadLiveStreams(runtime, [id])
  if (!stream) throw notFound('live stream')
  if (streamKey === undefined) return stream
  return { ...stream, stream_key: streamKey, ingest: { rtmp: { ...stream.ingest.rtmp, stream_key: streamKey } } }
}

/** Every worker with the number of live streams it leases. */
export const loadWorkers = (db: Database) =>
  db
    .select({
      ...getTableColumns(workers),
      leases: sql<number>`(SELECT count(*) FROM jobs WHERE jobs.worker_id = workers.id AND jobs.state = 'leased')`,
    })
    .from(workers)
    .orderBy(asc(workers.createdAt), asc(workers.id))

async function loadRecords(db: Database, ids: readonly string[]): Promise<LiveStreamRecord[]> {
  const [streamRows, playbackRows, destinationRows] = await db.batch([
    db
      .select({ stream: liveStreams, state: liveStreamStates, job: jobs })
      .from(liveStreams)
      .innerJoin(liveStreamStates, eq(liveStreamStates.liveStreamId, liveStreams.id))
      .innerJoin(jobs, eq(jobs.liveStreamId, liveStreams.id))
      .where(inArray(liveStreams.id, [...ids])),
    db
      .select()
      .from(playbackIds)
      .where(inArray(playbackIds.liveStreamId, [...ids]))
      .orderBy(asc(playbackIds.createdAt), asc(playbackIds.id)),
    db
      .select({ row: destinations, status: destinationStates.status })
      .from(destinations)
      .leftJoin(destinationStates, eq(destinationStates.destinationId, destinations.id))
      .where(inArray(destinations.liveStreamId, [...ids]))
      .orderBy(asc(destinations.createdAt), asc(destinations.id)),
  ])
  const found = new Map(streamRows.map((row) => [row.stream.id, row]))
  const playbackOf = Map.groupBy(playbackRows, (row) => row.liveStreamId)
  const destinationsOf = Map.groupBy(destinationRows, ({ row }) => row.liveStreamId)
  return ids.flatMap((id) => {
    const row = found.get(id)
    if (!row) return []
    return {
      ...row,
      playbackIds: (playbackOf.get(id) ?? []).map(({ id: playbackId, policy }) => ({ id: playbackId, policy })),
      destinations: destinationsOf.get(id) ?? [],
    }
  })
}
