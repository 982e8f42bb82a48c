import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import { jobs } from '#schema/tables/jobs.ts'
import type { WorkerRow } from '#schema/tables/workers.ts'
import type { Runtime } from '../runtime.ts'
import { readFleet } from './fleet.ts'
import { loadNeeds } from './needs.ts'
import { fitOf } from './place.ts'
import { isFresh } from './poll.ts'

/** Live streams of one worker that are on their way to others at a time: each has the other worker's start to itself. */
const movingMax = 2

/**
 * Orders a worker that is being emptied to let go of some of its live streams, if others have room for them now. It is asked
 * at each of its heartbeats, so the next ones follow as soon as these are gone. What no other worker may take stays.
 * Gives whether it ordered anything.
 */
export async function orderMoves({ db, now, log }: Runtime, worker: WorkerRow): Promise<boolean> {
  const { drain } = worker
  const isDue = drain ? isHandOver(drain, now()) : worker.state === 'draining'
  if (!isDue) return false
  const held = await db
    .select()
    .from(jobs)
    .where(and(eq(jobs.workerId, worker.id), eq(jobs.state, 'leased')))
  const moving = held.filter(({ stopReason }) => stopReason === 'worker_draining').length
  const movable = held.filter(({ stopReason }) => stopReason === null)
  if (moving >= movingMax || movable.length === 0) return false
  const [fleet, needs] = await Promise.all([
    readFleet(db, now()),
    loadNeeds(
      db,
      movable.map(({ liveStreamId }) => liveStreamId),
    ),
  ])
  const others = fleet.filter((other) => other.id !== worker.id && isFresh(other, now()))
  const next = movable
    .filter(({ liveStreamId }) => {
      const needed = needs.get(liveStreamId)
      return needed && others.some((other) => fitOf(other, needed).fits)
    })
    .slice(0, movingMax - moving)
    .map(({ liveStreamId }) => liveStreamId)
  if (next.length === 0) return false
  await db
    .update(jobs)
    .set({ stopReason: 'worker_draining' })
    .where(
      and(
        inArray(jobs.liveStreamId, next),
        ...[eq(jobs.workerId, worker.id), eq(jobs.state, 'leased'), isNull(jobs.stopReason)],
      ),
    )
  log.info({ worker: worker.id, streams: next }, 'streams go to other workers, for this one is being emptied')
  return true
}

const isHandOver = ({ mode, until }: NonNullable<WorkerRow['drain']>, now: Date): boolean =>
  mode === 'hand_over' || (until !== null && Date.parse(until) <= now.getTime())

/** Statement: streams that were to go elsewhere and have not gone yet stay, for their worker is not to be emptied any more. */
export const callOffMoves = (db: Runtime['db'], workerId: string) =>
  db
    .update(jobs)
    .set({ stopReason: null })
    .where(sql`worker_id = ${workerId} AND state = 'leased' AND stop_reason = 'worker_draining'`)
