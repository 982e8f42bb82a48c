import { and, asc, desc, eq, gt, lt, or, type SQL, sql } from 'drizzle-orm'
import type { BroadcastReport, BroadcastSummary } from '#schema/contracts/broadcast.ts'
import { broadcastMoments, broadcastPoints, broadcasts } from '#schema/tables/broadcasts.ts'
import { destinations } from '#schema/tables/destinations.ts'
import { jobs } from '#schema/tables/jobs.ts'
import { liveStreams } from '#schema/tables/live-streams.ts'
import { broadcastAudiences } from '#schema/tables/samples.ts'
import type { Database } from '../db/database.ts'
import { notFound } from '../errors.ts'
import { composeReport } from './compose.ts'
import { summarize } from './summarize.ts'

/** Where a page of a list ends: when that broadcast began, and its id. */
export type BroadcastPosition = readonly [startedAt: string, id: string]

/** Broadcasts of a live stream, newest first. */
export async function listBroadcasts(
  db: Database,
  liveStreamId: string,
  { limit, after }: { readonly limit: number; readonly after: BroadcastPosition | undefined },
): Promise<BroadcastSummary[]> {
  const heads = await selectHeads(db, and(eq(broadcasts.liveStreamId, liveStreamId), after && isBefore(after)))
    .orderBy(desc(broadcasts.startedAt), desc(broadcasts.id))
    .limit(limit)
  return heads.map(({ row, isLive }) => summarize({ row, isLive: isLive === 1 }))
}

/** What is known of one broadcast; a 404 where there is none. */
export async function loadReport(db: Database, id: string): Promise<BroadcastReport> {
  const [found] = await selectHeads(db, eq(broadcasts.id, id))
  if (!found) throw notFound('broadcast')
  const { row } = found
  const position: BroadcastPosition = [row.startedAt, row.id]
  const ofStream = eq(broadcasts.liveStreamId, row.liveStreamId)
  const [moments, points, names, [stream], [before], [after], [audience]] = await db.batch([
    db.select().from(broadcastMoments).where(eq(broadcastMoments.broadcastId, id)).orderBy(asc(broadcastMoments.seq)),
    db
      .select({ point: broadcastPoints.point })
      .from(broadcastPoints)
      .where(eq(broadcastPoints.broadcastId, id))
      .orderBy(asc(broadcastPoints.at)),
    db
      .select({ id: destinations.id, name: destinations.name })
      .from(destinations)
      .where(eq(destinations.liveStreamId, row.liveStreamId)),
    db.select({ window: liveStreams.reconnectWindow }).from(liveStreams).where(eq(liveStreams.id, row.liveStreamId)),
    selectHeads(db, and(ofStream, isBefore(position)))
      .orderBy(desc(broadcasts.startedAt), desc(broadcasts.id))
      .limit(1),
    selectHeads(db, and(ofStream, isAfter(position)))
      .orderBy(asc(broadcasts.startedAt), asc(broadcasts.id))
      .limit(1),
    db
      .select({ peak: broadcastAudiences.peak, pages: broadcastAudiences.pages })
      .from(broadcastAudiences)
      .where(eq(broadcastAudiences.broadcastId, id)),
  ])
  const headOf = (head: typeof before) => head && { row: head.row, isLive: head.isLive === 1 }
  return composeReport({
    row,
    isLive: found.isLive === 1,
    moments,
    points: points.map(({ point }) => point),
    destinationNames: new Map(names.map((each) => [each.id, each.name])),
    before: headOf(before),
    after: headOf(after),
    reconnectWindow: stream?.window ?? 0,
    audience,
  })
}

const isLive = sql<number>`EXISTS (SELECT 1 FROM ${jobs} WHERE jobs.live_stream_id = broadcasts.live_stream_id
  AND jobs.state = 'leased' AND jobs.worker_id = broadcasts.worker_id AND jobs.fence = broadcasts.fence)`

const selectHeads = (db: Database, where: SQL | undefined) =>
  db.select({ row: broadcasts, isLive }).from(broadcasts).where(where).$dynamic()

const isBefore = ([startedAt, id]: BroadcastPosition) =>
  or(lt(broadcasts.startedAt, startedAt), and(eq(broadcasts.startedAt, startedAt), lt(broadcasts.id, id)))

const isAfter = ([startedAt, id]: BroadcastPosition) =>
  or(gt(broadcasts.startedAt, startedAt), and(eq(broadcasts.startedAt, startedAt), gt(broadcasts.id, id)))
