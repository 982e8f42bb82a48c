import { eq, inArray, sql } from 'drizzle-orm'
import { jobs } from '#schema/tables/jobs.ts'
import { liveStreamStates } from '#schema/tables/live-streams.ts'
import type { Database } from '../db/database.ts'
import { waiting } from './enqueue.ts'
import { readFleet } from './fleet.ts'
import { loadNeeds } from './needs.ts'
import type { PlaceableWorker, StreamNeeds } from './place.ts'
import { shortfallOf } from './shortfall.ts'

/** Live streams that wait whose words are kept up to date, at most; of more, those that wait longest. */
const explainedMax = 100

/** {@link explainWaiting} for whatever waits to be polled. Gives whether any words changed. */
export async function explainAllWaiting(db: Database, now: Date): Promise<boolean> {
  const queued = await db
    .select({ id: jobs.liveStreamId })
    .from(jobs)
    .where(sql`state = 'queued' AND claimable_by = 'poll'`)
    .orderBy(jobs.queuedAt)
    .limit(explainedMax)
  if (queued.length === 0) return false
  const needs = await loadNeeds(
    db,
    queued.map(({ id }) => id),
  )
  return explainWaiting(db, await readFleet(db, now), needs, now)
}

/**
 * Says of each of these live streams what is missing for a worker to take it, in `status_detail`; those that a worker may take
 * are for polls to take. Gives whether any words changed.
 */
export async function explainWaiting(
  db: Database,
  workers: readonly PlaceableWorker[],
  needs: ReadonlyMap<string, StreamNeeds>,
  now: Date,
): Promise<boolean> {
  const told = await db
    .select({ id: jobs.liveStreamId, isUnfit: jobs.isUnfit, detail: liveStreamStates.statusDetail })
    .from(jobs)
    .innerJoin(liveStreamStates, eq(liveStreamStates.liveStreamId, jobs.liveStreamId))
    .where(inArray(jobs.liveStreamId, [...needs.keys()]))
  const found = told.flatMap(({ id, isUnfit, detail: words }) => {
    const needed = needs.get(id)
    const shortfall = (needed && shortfallOf(workers, needed)) ?? null
    const isNews = isUnfit !== (shortfall !== null) || (shortfall !== null && words !== shortfall)
    return isNews ? [{ id, shortfall }] : []
  })
  if (found.length === 0) return false
  const json = JSON.stringify(found)
  const { reason, detail } = waiting('poll')
  const words = sql`coalesce(f.value ->> '$.shortfall', ${detail})`
  const [changed] = await db.batch([
    db.all(sql`UPDATE live_stream_states SET status_reason = ${reason}, status_detail = ${words}
      FROM json_each(${json}) AS f, jobs
      WHERE jobs.live_stream_id = f.value ->> '$.id' AND jobs.state = 'queued'
        AND live_stream_states.live_stream_id = jobs.live_stream_id AND status = 'idle' AND status_detail IS NOT ${words}
        AND (f.value ->> '$.shortfall' IS NOT NULL OR status_reason = ${reason})
      RETURNING live_stream_states.live_stream_id`),
    db.run(sql`UPDATE jobs SET is_unfit = f.value ->> '$.shortfall' IS NOT NULL
      FROM json_each(${json}) AS f
      WHERE jobs.live_stream_id = f.value ->> '$.id' AND jobs.state = 'queued'`),
    db.run(sql`INSERT OR REPLACE INTO changes (live_stream_id, at)
      SELECT live_stream_id, ${now.getTime()} FROM live_stream_states, json_each(${json}) AS f
      WHERE live_stream_id = f.value ->> '$.id' AND changes() > 0 AND status_reason = ${reason}`),
  ])
  return changed.length > 0
}
