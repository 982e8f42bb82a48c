import { type SQL, sql } from 'drizzle-orm'
import type { Database } from '../db/database.ts'

/** Broadcasts kept per live stream. */
export const broadcastsKept = 100

/** Statements: forgets all broadcasts of a live stream. */
export const forgetBroadcasts = (db: Database, liveStreamId: string) =>
  forget(db, sql`SELECT id FROM broadcasts WHERE live_stream_id = ${liveStreamId}`)

/** Forgets all but the last 100 broadcasts of each live stream. To be called each hour or so. */
export async function forgetOldBroadcasts(db: Database): Promise<void> {
  await db.batch(
    forget(
      db,
      sql`SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY live_stream_id ORDER BY started_at DESC, id DESC) AS place
        FROM broadcasts) WHERE place > ${broadcastsKept}`,
    ),
  )
}

/** The broadcast itself comes last: the statements before it look for it. */
const forget = (db: Database, which: SQL) =>
  [
    db.run(sql`DELETE FROM broadcast_moments WHERE broadcast_id IN (${which})`),
    db.run(sql`DELETE FROM broadcast_audiences WHERE broadcast_id IN (${which})`),
    db.run(sql`DELETE FROM broadcast_points WHERE broadcast_id IN (${which})`),
    db.run(sql`DELETE FROM broadcasts WHERE id IN (${which})`),
  ] as const
