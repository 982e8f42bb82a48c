import { eq, gt, type SQL, sql } from 'drizzle-orm'
import { joinLabels } from '#schema/contracts/placement.ts'
import type { VideoEncoder } from '#schema/enums.ts'
import type { ReservedUnits } from '#schema/tables/jobs.ts'
import { type WorkerRow, workers } from '#schema/tables/workers.ts'
import { leaseSeconds } from '../config.ts'
import type { Database } from '../db/database.ts'
import { roomsFor, type TakenUnits } from '../streams/worker-room.ts'
import { type PlaceableWorker, workerStateNow } from './place.ts'

/** A worker that is online, as placement sees it. */
export interface FleetWorker extends PlaceableWorker {
  readonly row: WorkerRow
}

/** What of its worker a leased stream takes, or is reckoned to take until that says. */
interface Taken extends TakenUnits {
  readonly worker_id: string
  readonly is_reserved: 0 | 1
}

/** Every worker that is online, by id. Two statements, however many there are. */
export async function readFleet(db: Database, now: Date): Promise<FleetWorker[]> {
  const heardSince = new Date(now.getTime() - leaseSeconds * 1000 - 1)
  const fleet = await read(db, gt(workers.lastSeenAt, heardSince), sql`true`)
  return fleet.filter(({ row }) => workerStateNow(row, now) !== 'offline')
}

/** Every worker that has joined, online or not. */
export const readWorkers = (db: Database): Promise<FleetWorker[]> => read(db, sql`true`, sql`true`)

/** One worker, online or not. */
export async function readFleetWorker(db: Database, id: string): Promise<FleetWorker | undefined> {
  const [worker] = await read(db, eq(workers.id, id), sql`jobs.worker_id = ${id}`)
  return worker
}

async function read(db: Database, which: SQL, whose: SQL): Promise<FleetWorker[]> {
  // Not a batch: that would wait for whoever writes.
  const [rows, taken] = await Promise.all([
    db.select().from(workers).where(which).orderBy(workers.id),
    db
      .select({
        worker_id: sql<string>`jobs.worker_id`,
        live_stream_id: sql<string>`jobs.live_stream_id`,
        is_reserved: sql<0 | 1>`plan IS NULL`,
        encoder: sql<VideoEncoder>`coalesce(plan ->> '$.encoder', reserved ->> '$.encoder', 'software')`,
        encode_units: sql<number>`coalesce(plan ->> '$.encode_units', reserved ->> '$.encode_units', 0)`,
        cpu_units: sql<number>`coalesce(plan ->> '$.cpu_units', reserved ->> '$.cpu_units', 0)`,
      })
      .from(sql`jobs JOIN live_stream_states USING (live_stream_id)`)
      .where(sql`jobs.state = 'leased' AND ${whose}`),
  ])
  const takenOf = Map.groupBy(taken, ({ worker_id }) => worker_id)
  return rows.map((row) => placeable(row, takenOf.get(row.id) ?? []))
}

/** The same worker once it has taken another live stream. */
export function withLease(worker: FleetWorker, { encoder, encode_units, cpu_units }: ReservedUnits): FleetWorker {
  const taken = (name: VideoEncoder) => (name === encoder ? encode_units : name === 'software' ? cpu_units : 0)
  const encoders = worker.encoders.map((each) => ({
    ...each,
    freeUnits: Math.max(0, each.freeUnits - taken(each.name)),
  }))
  return { ...worker, leases: worker.leases + 1, encoders }
}

function placeable(row: WorkerRow, taken: readonly Taken[]): FleetWorker {
  const { capacity } = row
  const hardware = (capacity.encoders ?? []).filter(({ name }) => name !== 'software')
  const all = [...hardware, { name: 'software' as const, encode_units: capacity.encode_units }]
  const free = roomsFor({ ...row, taken }, undefined)
  const claimed = roomsFor({ ...row, taken: taken.filter(({ is_reserved }) => is_reserved) }, undefined)
  const encoders = all.map(({ name, encode_units }, index) => {
    const freeUnits = free[index]?.encodeUnits ?? 0
    // What it says itself goes before what we reckon, but for what it has claimed and not planned yet.
    const told = row.room?.find((room) => room.name === name)?.encode_units
    const notPlanned = encode_units - (claimed[index]?.encodeUnits ?? encode_units)
    const left = told === undefined ? freeUnits : Math.min(freeUnits, told - notPlanned)
    return { name, encodeUnits: encode_units, freeUnits: Math.max(0, left) }
  })
  return {
    id: row.id,
    row,
    labels: joinLabels(row.ownLabels, row.givenLabels),
    leases: taken.length,
    isDraining: row.drain !== null || row.state !== 'online',
    encoders,
  }
}
