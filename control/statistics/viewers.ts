import { inArray, sql } from 'drizzle-orm'
import type { ViewerCount } from '#schema/contracts/live-stream.ts'
import { broadcastAudiences } from '#schema/tables/samples.ts'
import type { Database } from '../db/database.ts'

/** Whoever was not heard of for so long has left, seconds. */
export const leftAfterSeconds = 60

/** Viewers of these live streams, in the broadcasts that are on; of others nothing. */
export async function countViewers(
  db: Database,
  liveStreamIds: readonly string[],
  now: Date,
): Promise<ReadonlyMap<string, ViewerCount>> {
  return viewersByStream(await selectAudiences(db, liveStreamIds), now)
}

/** Query: the audiences of what these live streams broadcast now. */
export const selectAudiences = (db: Database, liveStreamIds: readonly string[]) =>
  db
    .select({
      liveStreamId: broadcastAudiences.liveStreamId,
      at: broadcastAudiences.at,
      viewers: broadcastAudiences.viewers,
      peak: broadcastAudiences.peak,
      pages: broadcastAudiences.pages,
    })
    .from(broadcastAudiences)
    .where(
      inArray(
        broadcastAudiences.broadcastId,
        sql`(SELECT 'brd_' || substr(session_id, 5) FROM live_stream_states
          WHERE live_stream_id IN (SELECT value FROM json_each(${JSON.stringify(liveStreamIds)})))`,
      ),
    )

type Audience = Awaited<ReturnType<typeof selectAudiences>>[number]

/** What {@link selectAudiences} found, as it stands now. */
export const viewersByStream = (audiences: readonly Audience[], now: Date): ReadonlyMap<string, ViewerCount> =>
  new Map(audiences.map((audience) => [audience.liveStreamId, presentViewers(audience, now)]))

/** Nobody watches. */
export const noViewers: ViewerCount = { now: 0, peak: 0, pages: 0 }

function presentViewers({ at, viewers, peak, pages }: Audience, now: Date): ViewerCount {
  const isCurrent = now.getTime() / 1_000 - at < leftAfterSeconds + 10
  return { now: isCurrent ? viewers : 0, peak, pages }
}
