import { and, asc, eq, type SQL, sql } from 'drizzle-orm'
import type { PatchWorker, WorkerAnswer, WorkerDetails } from '#schema/contracts/worker-admin.ts'
import { roundUnits } from '#schema/plan/planned-encodes.ts'
import { jobs } from '#schema/tables/jobs.ts'
import { liveStreamStates, liveStreams } from '#schema/tables/live-streams.ts'
import { type Drain, type WorkerRow, workers } from '#schema/tables/workers.ts'
import { ApiError, notFound } from '../errors.ts'
import { callOffMoves } from '../jobs/drain.ts'
import { type FleetWorker, readFleetWorker, readWorkers } from '../jobs/fleet.ts'
import { workerStateNow } from '../jobs/place.ts'
import { lookAgain } from '../jobs/poll.ts'
import { giveBackAll } from '../jobs/reap.ts'
import { asShown, batchAsRead, isStill } from '../requests/as-read.ts'
import type { Runtime } from '../runtime.ts'
import { forgetSamples } from '../statistics/roll-up.ts'

type Access = Pick<Runtime, 'db' | 'now'>

/** Every worker, oldest first, with what orders it. */
export async function listWorkers({ db, now }: Access): Promise<{ worker: WorkerAnswer; createdAtMs: number }[]> {
  const found = await readWorkers(db)
  return found
    .sort((a, b) => a.row.createdAt.getTime() - b.row.createdAt.getTime() || (a.id < b.id ? -1 : 1))
    .map((worker) => ({ worker: presentWorker(worker, now()), createdAtMs: worker.row.createdAt.getTime() }))
}

/** A worker with what runs there; a 404 where there is none. */
export async function loadWorker({ db, now }: Access, id: string): Promise<WorkerDetails> {
  const worker = await requireWorker(db, id)
  const streams = await db
    .select({ id: liveStreams.id, name: liveStreams.name, status: liveStreamStates.status })
    .from(jobs)
    .innerJoin(liveStreams, eq(liveStreams.id, jobs.liveStreamId))
    .innerJoin(liveStreamStates, eq(liveStreamStates.liveStreamId, jobs.liveStreamId))
    .where(and(eq(jobs.workerId, id), eq(jobs.state, 'leased')))
    .orderBy(asc(liveStreams.name), asc(liveStreams.id))
  return { ...presentWorker(worker, now()), streams }
}

/** Renames a worker, labels it, empties it or lets it take work again. */
export async function changeWorker({ db, now }: Access, id: string, wanted: PatchWorker): Promise<void> {
  const worker = await requireWorker(db, id)
  const { name, labels, draining } = wanted
  await batchAsRead(db, unchanged(worker, now()), [
    db
      .update(workers)
      .set({
        // Of nothing, drizzle makes no statement.
        name: name ?? sql`name`,
        ...(labels && { givenLabels: labels }),
        ...(draining !== undefined && { drain: draining ? drainOf(wanted, now()) : null }),
      })
      .where(eq(workers.id, id)),
    ...(wanted.draining === false ? [callOffMoves(db, id)] : []),
    lookAgain(db),
  ])
}

/**
 * Forgets a worker: its credentials end at once, and what it ran goes to others. One that is online and at work is only
 * forgotten by force; it ends its streams as soon as it hears of it.
 */
export async function forgetWorker({ db, now }: Access, id: string, isForced: boolean): Promise<void> {
  const worker = await requireWorker(db, id)
  const { row, leases } = worker
  const isAtWork = workerStateNow(row, now()) !== 'offline' && !(row.drain && leases === 0)
  if (isAtWork && !isForced)
    throw new ApiError(
      'conflict',
      'This worker is online. Empty it first (PATCH with draining: true) and wait until it runs no live stream, or force it (?force=1).',
    )
  await batchAsRead(db, unchanged(worker, now()), [
    ...giveBackAll(db, id, now()),
    db.delete(workers).where(eq(workers.id, id)),
    ...forgetSamples(db, id),
  ])
}

async function requireWorker(db: Access['db'], id: string): Promise<FleetWorker<WorkerRow>> {
  const worker = await readFleetWorker(db, id)
  if (!worker) throw notFound('worker')
  return worker
}

/** SQL: it is still as the one who changes it has read it. */
const unchanged = (worker: FleetWorker<WorkerRow>, now: Date): SQL | undefined =>
  asShown(presentWorker(worker, now), isStill(workers, worker.row, 'name', 'givenLabels', 'ownLabels', 'drain'))

function drainOf({ drain_mode, drain_within_s }: PatchWorker, now: Date): Drain {
  const lasts = drain_mode === 'finish' && drain_within_s !== null
  const until = lasts ? new Date(now.getTime() + drain_within_s * 1000).toISOString() : null
  return { mode: drain_mode, since: now.toISOString(), until }
}

function presentWorker({ row, labels, leases, encoders }: FleetWorker<WorkerRow>, now: Date): WorkerAnswer {
  const { capacity } = row
  return {
    id: row.id,
    name: row.name,
    version: row.version,
    state: workerStateNow(row, now),
    drain: row.drain,
    // A worker that does not name its encoders has the one that all have.
    capacity: { encoders: [{ name: 'software', encode_units: capacity.encode_units }], ...capacity },
    room: encoders.map(({ name, freeUnits }) => ({ name, encode_units: roundUnits(freeUnits) })),
    labels: [...labels],
    own_labels: [...row.ownLabels],
    live_streams: leases,
    origin_url: row.originUrl,
    rtmp_url: row.rtmpUrl,
    srt_url: row.srtUrl,
    last_seen_at: row.lastSeenAt.toISOString(),
    created_at: row.createdAt.toISOString(),
  }
}
