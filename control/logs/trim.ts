import { sql } from 'drizzle-orm'
import type { Database } from '../db/database.ts'

/** Lines kept of one live stream. */
export const linesKept = 5_000
/** The same in characters of JSON. */
export const charactersKept = 2_000_000
/** How long a line is kept, milliseconds. */
export const keptMs = 7 * 24 * 3_600_000
/** Streams that got lines since then are looked at: two minutes and a little, of a chore that comes each minute. */
const recentMs = 130_000

/**
 * Keeps the newest lines of each stream. Only streams that got some lately are looked at, one statement each, so that
 * nothing else waits long.
 */
export async function trimLogs(db: Database, now: Date): Promise<void> {
  await db.run(sql`DELETE FROM stream_logs WHERE kept_at < ${now.getTime() - keptMs}`)
  const touched = await db.all<[string]>(sql`SELECT DISTINCT live_stream_id FROM stream_logs
    WHERE kept_at > ${now.getTime() - recentMs}`)
  for (const [id] of touched) await trimStream(db, id)
}

const trimStream = (db: Database, liveStreamId: string) =>
  db.run(sql`DELETE FROM stream_logs WHERE live_stream_id = ${liveStreamId} AND seq <= (
    SELECT max(seq) FROM (
      SELECT seq, row_number() OVER newest AS lines, sum(length(line)) OVER newest AS characters
      FROM stream_logs WHERE live_stream_id = ${liveStreamId}
      WINDOW newest AS (ORDER BY seq DESC ROWS UNBOUNDED PRECEDING))
    WHERE lines > ${linesKept} OR characters > ${charactersKept})`)
