import { asc, eq, getTableColumns, inArray, sql } from 'drizzle-orm'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { PlaybackId } from '#schema/contracts/playback-id.ts'
import { destinationStates, destinations } from '#schema/tables/destinations.ts'
import { inputs } from '#schema/tables/inputs.ts'
import { jobs } from '#schema/tables/jobs.ts'
import { liveStreamStates, liveStreams } from '#schema/tables/live-streams.ts'
import { playbackIds } from '#schema/tables/playback-ids.ts'
import { workers } from '#schema/tables/workers.ts'
import type { Database } from '../db/database.ts'
import { notFound } from '../errors.ts'
import { leastLoaded } from '../jobs/place.ts'
import type { Runtime } from '../runtime.ts'
import { noViewers, selectAudiences, viewersByStream } from '../statistics/viewers.ts'
import { presentIngest, type StreamSecrets } from './ingest.ts'
import { inputOrder } from './input-order.ts'
import { type LiveStreamRecord, presentLiveStream } from './present.ts'
import type { TakenUnits } from './worker-room.ts'

/**
 * The live streams with these ids, in that order, as the API answers them; ids that no longer exist are left out.
 * `publicUrl` is where control is reached from outside.
 */
export async function loadLiveStreams(
  runtime: Runtime,
  ids: readonly string[],
  publicUrl: string,
): Promise<LiveStream[]> {
  if (ids.length === 0) return []
  const [records, workerLoads] = await Promise.all([
    loadRecords(runtime.db, ids, runtime.now()),
    loadWorkers(runtime.db),
  ])
  const { defaultRtmpUrl, defaultSrtUrl } = runtime.config
  const idlest = leastLoaded(workerLoads, runtime.now())
  return records.map((record) => {
    const { state, workerId } = record.job
    const holder = state === 'leased' ? workerLoads.find((worker) => worker.id === workerId) : undefined
    const taker = holder ?? idlest
    const addresses = {
      rtmpUrl: taker?.rtmpUrl ?? defaultRtmpUrl,
      srtUrl: taker?.srtUrl ?? defaultSrtUrl,
      publicUrl,
    }
    return presentLiveStream(record, addresses, taker, runtime.now())
  })
}

/** One live stream; a 404 where there is none. `secrets` are put into the answer. */
export async function loadLiveStream(
  runtime: Runtime,
  id: string,
  publicUrl: string,
  secrets?: StreamSecrets,
): Promise<LiveStream> {
  const [stream] = await loadLiveStreams(runtime, [id], publicUrl)
  if (!stream) throw notFound('live stream')
  if (!secrets) return stream
  const { rtmp, srt } = stream.ingest
  const ingest = presentIngest(id, { rtmpUrl: rtmp.url, srtUrl: srt.url, publicUrl }, secrets)
  return { ...stream, stream_key: secrets.streamKey, ingest }
}

/** A 404 where there is no such live stream. */
export async function requireStream(db: Database, id: string): Promise<void> {
  const found = await db.select({ id: liveStreams.id }).from(liveStreams).where(eq(liveStreams.id, id))
  if (found.length === 0) throw notFound('live stream')
}

/** Every worker with the number of live streams it leases, and what those take of it. */
export async function loadWorkers(db: Database) {
  const rows = await db
    .select({
      ...getTableColumns(workers),
      leases: sql<number>`(SELECT count(*) FROM jobs WHERE jobs.worker_id = workers.id AND jobs.state = 'leased')`,
      taken: sql<string>`(SELECT json_group_array(json_object(
          'live_stream_id', jobs.live_stream_id, 'encoder', plan ->> '$.encoder',
          'encode_units', plan ->> '$.encode_units', 'cpu_units', plan ->> '$.cpu_units'))
        FROM jobs JOIN live_stream_states USING (live_stream_id)
        WHERE jobs.worker_id = workers.id AND jobs.state = 'leased' AND plan IS NOT NULL)`,
    })
    .from(workers)
    .orderBy(asc(workers.createdAt), asc(workers.id))
  return rows.map((row) => ({ ...row, taken: JSON.parse(row.taken) as TakenUnits[] }))
}

async function loadRecords(db: Database, ids: readonly string[], now: Date): Promise<LiveStreamRecord[]> {
  const [streamRows, inputRows, playbackRows, destinationRows, audiences] = await db.batch([
    db
      .select({ stream: liveStreams, state: liveStreamStates, job: jobs })
      .from(liveStreams)
      .innerJoin(liveStreamStates, eq(liveStreamStates.liveStreamId, liveStreams.id))
      .innerJoin(jobs, eq(jobs.liveStreamId, liveStreams.id))
      .where(inArray(liveStreams.id, [...ids])),
    db
      .select()
      .from(inputs)
      .where(inArray(inputs.liveStreamId, [...ids]))
      .orderBy(...inputOrder),
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
    selectAudiences(db, ids),
  ])
  const viewers = viewersByStream(audiences, now)
  const found = new Map(streamRows.map((row) => [row.stream.id, row]))
  const inputsOf = Map.groupBy(inputRows, (row) => row.liveStreamId)
  const playbackOf = Map.groupBy(playbackRows, (row) => row.liveStreamId)
  const destinationsOf = Map.groupBy(destinationRows, ({ row }) => row.liveStreamId)
  return ids.flatMap((id) => {
    const row = found.get(id)
    if (!row) return []
    return {
      ...row,
      inputs: inputsOf.get(id) ?? [],
      playbackIds: (playbackOf.get(id) ?? []).map(presentPlaybackId),
      destinations: destinationsOf.get(id) ?? [],
      viewers: viewers.get(id) ?? noViewers,
    }
  })
}

/** A playback id as the API answers it. */
export const presentPlaybackId = ({
  id,
  policy,
  allowedOrigins,
  tokenKeys,
}: typeof playbackIds.$inferSelect): PlaybackId => ({
  id,
  policy,
  allowed_origins: [...allowedOrigins],
  token_keys: tokenKeys.map(({ kty, crv, x, kid }) => ({ kty, crv, x, kid })),
})
