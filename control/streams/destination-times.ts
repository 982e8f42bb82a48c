import { and, eq, sql } from 'drizzle-orm'
import type { DestinationStart } from '#schema/enums.ts'
import { destinations } from '#schema/tables/destinations.ts'
import type { Database } from '../db/database.ts'
import { ApiError } from '../errors.ts'
import { asRead } from '../requests/as-read.ts'

/** Statement, before it gets this `start`: one that is on air with its stream and shall wait for somebody goes on until the broadcast ends. */
export const keepOnAir = (db: Database, id: string, start: DestinationStart | undefined, at: Date) =>
  db
    .update(destinations)
    .set({ ordered: 'start', orderedAt: at })
    .where(
      and(
        eq(destinations.id, id),
        asRead(destinations.updatedAt),
        sql`${start ?? null} = 'manually' AND start = 'with_stream' AND ordered IS NULL`,
        isOnAir,
      ),
    )

const isOnAir = sql`enabled AND EXISTS (SELECT 1 FROM jobs JOIN live_stream_states AS states
  ON states.live_stream_id = jobs.live_stream_id
  WHERE jobs.live_stream_id = destinations.live_stream_id AND jobs.state = 'leased'
    AND states.status IN ('active', 'reconnecting'))`

/** A 422 for a time to stop that is over. */
export function requireFuture(stopAt: string | null | undefined, now: Date, before: Date | null = null): void {
  if (!stopAt) return
  const time = Date.parse(stopAt)
  if (time > now.getTime() || time === before?.getTime()) return
  const detail = `This time is over: it is ${now.toISOString()} now. Give a later one; to stop at once, use POST …/stop.`
  throw new ApiError('validation_failed', detail, { errors: [{ pointer: '/stop_at', detail }] })
}
