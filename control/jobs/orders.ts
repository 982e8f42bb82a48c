import { sql } from 'drizzle-orm'
import type { Database } from '../db/database.ts'
import { staleMs } from '../destination-checks/orders.ts'

/** What control wants of a worker. */
export interface Orders {
  /** Another text as soon as any of it is: a claim, a stop, a change, an order to try a connection, whether it is to be emptied. */
  readonly text: string
  /** Whether connections are to be tried. */
  readonly hasChecks: boolean
}

/** Statement: for each of these workers its id, and what {@link ordersIn} reads. */
export const selectOrders = (db: Database, workerIds: readonly string[], now: Date) =>
  db.all<readonly [id: string, jobs: string, checks: string, drains: 0 | 1]>(sql`SELECT workers.id,
      (SELECT count(*) || '.' || coalesce(sum(jobs.fence), 0) || '.' || coalesce(sum(live_streams.revision), 0)
          || '.' || count(jobs.stop_reason)
        FROM jobs JOIN live_streams ON live_streams.id = jobs.live_stream_id
        WHERE jobs.worker_id = workers.id AND jobs.state = 'leased'),
      (SELECT count(*) || '.' || coalesce(max(created_at), 0) FROM destination_checks
        WHERE destination_checks.worker_id = workers.id AND result IS NULL AND created_at >= ${now.getTime() - staleMs}),
      drain IS NOT NULL
    FROM json_each(${JSON.stringify(workerIds)}) AS asked JOIN workers ON workers.id = asked.value`)

/** The orders in what {@link selectOrders} gave, by worker. */
export const ordersIn = (rows: Awaited<ReturnType<typeof selectOrders>>): Map<string, Orders> =>
  new Map(
    rows.map(([id, jobs, checks, drains]) => [
      id,
      { text: `${jobs}.${checks}.${drains}`, hasChecks: checks !== '0.0' },
    ]),
  )
