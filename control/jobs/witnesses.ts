import { sql } from 'drizzle-orm'
import { leaseSeconds } from '../config.ts'
import type { Database } from '../db/database.ts'

/**
 * Statement: origins of up to three other workers that are online: the next ones by id, in a ring, so that all are asked alike.
 * A worker that can't reach control asks them whether it is control that is away.
 */
export function selectWitnesses(db: Database, workerId: string, now: Date) {
  const isThere = sql`state <> 'offline' AND last_seen_at >= ${now.getTime() - leaseSeconds * 1_000}`
  return db.all<readonly [originUrl: string]>(sql`
    SELECT url FROM (SELECT 0 AS turn, id, origin_url AS url FROM workers WHERE id > ${workerId} AND ${isThere} ORDER BY id LIMIT 3)
    UNION ALL
    SELECT url FROM (SELECT 1 AS turn, id, origin_url AS url FROM workers WHERE id < ${workerId} AND ${isThere} ORDER BY id LIMIT 3)
    LIMIT 3`)
}
