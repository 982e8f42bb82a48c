import type { WorkerState } from '#schema/enums.ts'
import type { WorkerRow } from '#schema/tables/workers.ts'
import { leaseSeconds } from '../config.ts'

/** A worker with the number of live streams that it leases. */
export type WorkerLoad = Pick<WorkerRow, 'id' | 'state' | 'lastSeenAt' | 'capacity'> & {
  readonly leases: number
}

/** What a worker is now: what it said last, or `offline` once it has been silent for the length of a lease. */
export function workerStateNow(worker: Pick<WorkerRow, 'state' | 'lastSeenAt'>, now: Date): WorkerState {
  return now.getTime() - worker.lastSeenAt.getTime() > leaseSeconds * 1000 ? 'offline' : worker.state
}

/** The online worker with the fewest leases for what it can encode; ties go to the lower id, so that answers are stable. */
export function leastLoaded<Worker extends WorkerLoad>(workers: readonly Worker[], now: Date): Worker | undefined {
  const load = (worker: Worker) => worker.leases / Math.max(worker.capacity.encode_units, 0.01)
  return workers
    .filter((worker) => workerStateNow(worker, now) === 'online')
    .sort((a, b) => load(a) - load(b) || (a.id < b.id ? -1 : 1))[0]
}
