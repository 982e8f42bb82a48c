import { type SQL, sql } from 'drizzle-orm'
import { changes } from '#schema/tables/events.ts'
import type { Database } from '../db/database.ts'

/** Statement: puts a live stream at the end of the order of changes, from which live updates read, if `condition` holds. */
export const markChanged = (db: Database, liveStreamId: string, now: Date, condition: SQL = sql`true`) =>
  db.run(sql`INSERT OR REPLACE INTO ${changes} (live_stream_id, at)
    SELECT ${liveStreamId}, ${now.getTime()} WHERE ${condition}`)
