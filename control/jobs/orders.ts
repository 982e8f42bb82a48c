import { sql } from 'drizzle-orm'
import type { Database } from '../db/database.ts'
import { staleMs } from '../destination-checks/orders.ts'

/**
 * What control wants of each of these workers, as one short text that is another one as soon as any of it is: a claim, a stop,
 * a change, an order to try a connection, whether it is to be emptied. One statement, however many there are.
 */
export async function ordersOf(db: Database, workerIds: readonly string[], now: Date): Promise<Map<string, string>> {
  const rows = await db.all<[string, string]>(sql`SELECT workers.id,
      (SELECT count(*) || '.' || coalesce(sum(jobs.fence), 0) || '.' || coalesce(sum(live_streams.revision), 0)
          || '.' || count(jobs.stop_reason)
        FROM jobs JOIN live_streams ON live_streams.id = jobs.live_stream_id
        WHERE jobs.worker_id = workers.id AND jobs.state = 'leased')
      || '.' || (SELECT count(*) || '.' || coalesce(max(created_at), 0) FROM destination_checks
        WHERE destination_checks.worker_id = workers.id AND result IS NULL AND created_at >= ${now.getTime() - staleMs})
      || '.' || (drain IS NOT NULL)
    FROM json_each(${JSON.stringify(workerIds)}) AS asked JOIN workers ON workers.id = asked.value`)
  return new Map(rows.map((row) => [row[0], row[1]]))
}
