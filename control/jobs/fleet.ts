import { eq, gt, type SQL, sql } from 'drizzle-orm'
import { joinLabels } from '#schema/contracts/placement.ts'
import type { VideoEncoder } from '#schema/enums.ts'
import type { ReservedUnits } from '#schema/tables/jobs.ts'
import { type WorkerRow, workers } from '#schema/tables/workers.ts'
import { leaseSeconds } from '../config.ts'
import type { Database } from '../db/database.ts'
import { type PlaceableWorker, workerStateNow } from './place.ts'

/** What placement reads of a worker: of thousands, each column counts. */
const placementColumns = {
  ...{ id: workers.id, state: workers.state, drain: workers.drain, lastSeenAt: workers.lastSeenAt },
  ...{ capacity: workers.capacity, room: workers.room },
  ...{ ownLabels: workers.ownLabels, givenLabels: workers.givenLabels },
  ...{ originUrl: workers.originUrl, rtmpUrl: workers.rtmpUrl, srtUrl: workers.srtUrl },
}
type PlacementRow = Pick<WorkerRow, keyof typeof placementColumns>

/** A worker as placement sees it. */
export interface FleetWorker<Row extends PlacementRow = PlacementRow> extends PlaceableWorker {
  readonly row: Row
}

/** What the leased streams of one worker take of one of its encoders: as it says, or as it is reckoned until it does. */
interface Taken {
  readonly worker_id: string
  readonly streams: number
  readonly is_reserved: 0 | 1
  readonly encoder: VideoEncoder
  readonly encode_units: number
  readonly cpu_units: number
}

/** From this number of workers on, what was read is used again for a moment: 40 ms of work for 2,000. */
const largeFleet = 200
const usedAgainMs = 250
const lastRead = new WeakMap<Database, { readonly atMs: number; readonly fleet: FleetWorker[] }>()

/**
 * Every worker that is online, by id; of a large fleet as it was a quarter of a second ago at most. Two statements, however many
 * there are.
 */
export async function readFleet(db: Database, now: Date): Promise<readonly FleetWorker[]> {
  const last = lastRead.get(db)
  if (last && Math.abs(now.getTime() - last.atMs) < usedAgainMs) return last.fleet
  const heardSince = new Date(now.getTime() - leaseSeconds * 1000 - 1)
  // Not a batch: that would wait for whoever writes.
  const [rows, taken] = await Promise.all([
    db.select(placementColumns).from(workers).where(gt(workers.lastSeenAt, heardSince)).orderBy(workers.id),
    readTaken(db, sql`true`),
  ])
  const online = rows.filter((row) => workerStateNow(row, now) !== 'offline')
  const fleet = placeAll(online, taken)
  if (fleet.length >= largeFleet) lastRead.set(db, { atMs: now.getTime(), fleet })
  return fleet
}

/** Every worker that has joined, online or not. */
export async function readWorkers(db: Database): Promise<FleetWorker<WorkerRow>[]> {
  const [rows, taken] = await Promise.all([db.select().from(workers).orderBy(workers.id), readTaken(db, sql`true`)])
  return placeAll(rows, taken)
}

/** One worker, online or not. */
export async function readFleetWorker(db: Database, id: string): Promise<FleetWorker<WorkerRow> | undefined> {
  const [rows, taken] = await Promise.all([
    db.select().from(workers).where(eq(workers.id, id)),
    readTaken(db, sql`jobs.worker_id = ${id}`),
  ])
  return placeAll(rows, taken)[0]
}

const readTaken = (db: Database, whose: SQL): Promise<Taken[]> =>
  db
    .select({
      worker_id: sql<string>`jobs.worker_id`,
      streams: sql<number>`count(*)`,
      is_reserved: sql<0 | 1>`plan IS NULL`.as('is_reserved'),
      encoder: sql<VideoEncoder>`coalesce(plan ->> '$.encoder', reserved ->> '$.encoder', 'software')`.as('encoder'),
      encode_units: sql<number>`sum(coalesce(plan ->> '$.encode_units', reserved ->> '$.encode_units', 0))`,
      cpu_units: sql<number>`sum(coalesce(plan ->> '$.cpu_units', reserved ->> '$.cpu_units', 0))`,
    })
    .from(sql`jobs JOIN live_stream_states USING (live_stream_id)`)
    .where(sql`jobs.state = 'leased' AND ${whose}`)
    .groupBy(sql`jobs.worker_id, encoder, is_reserved`)

/** The same worker once it has taken another live stream. */
export function withLease<Worker extends FleetWorker>(
  worker: Worker,
  { encoder, encode_units, cpu_units }: ReservedUnits,
): Worker {
  const taken = (name: VideoEncoder) => (name === encoder ? encode_units : name === 'software' ? cpu_units : 0)
  const encoders = worker.encoders.map((each) => ({
    ...each,
    freeUnits: Math.max(0, each.freeUnits - taken(each.name)),
  }))
  return { ...worker, leases: worker.leases + 1, encoders }
}

function placeAll<Row extends PlacementRow>(rows: readonly Row[], taken: readonly Taken[]): FleetWorker<Row>[] {
  const takenOf = Map.groupBy(taken, ({ worker_id }) => worker_id)
  return rows.map((row) => placeable(row, takenOf.get(row.id) ?? []))
}

function placeable<Row extends PlacementRow>(row: Row, taken: readonly Taken[]): FleetWorker<Row> {
  const { capacity, room } = row
  const hardware = (capacity.encoders ?? []).filter(({ name }) => name !== 'software')
  const all = [...hardware, { name: 'software' as const, encode_units: capacity.encode_units }]
  const notPlanned = taken.filter(({ is_reserved }) => is_reserved)
  const encoders = all.map(({ name, encode_units }) => {
    const free = encode_units - unitsOf(name, taken)
    // What it says itself goes before what we reckon, but for what it has claimed and not planned yet.
    const told = room?.find((each) => each.name === name)?.encode_units
    const left = told === undefined ? free : Math.min(free, told - Math.min(encode_units, unitsOf(name, notPlanned)))
    return { name, encodeUnits: encode_units, freeUnits: Math.max(0, left) }
  })
  return {
    id: row.id,
    row,
    labels: joinLabels(row.ownLabels, row.givenLabels),
    leases: taken.reduce((sum, { streams }) => sum + streams, 0),
    isDraining: row.drain !== null || row.state !== 'online',
    encoders,
  }
}

const unitsOf = (name: VideoEncoder, taken: readonly Taken[]): number =>
  taken.reduce(
    (sum, { encoder, encode_units, cpu_units }) =>
      sum + (encoder === name ? encode_units : name === 'software' ? cpu_units : 0),
    0,
  )
