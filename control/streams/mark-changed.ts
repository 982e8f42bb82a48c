import { sql } from 'drizzle-orm'
import { changes } from '#schema/tables/events.ts'
import type { Database } from '../db/database.ts'

/** Puts a live stream at the end of the order of changes, from which live updates read. */
export const markChanged = (db: Database, liveStreamId: string, now: Date) =>
  db.run(sql`INSERT OR REPLACE INTO ${changes} (live_stream_id, at) VALUES (${liveStreamId}, ${now.getTime()})`)
