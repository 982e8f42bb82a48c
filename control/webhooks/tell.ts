import { type SQL, sql } from 'drizzle-orm'
import type { Database } from '../db/database.ts'

/** Something to tell that is no event of a live stream: those a trigger puts down. */
interface Told {
  /** `webhook-id`; told twice, it is put down once. */
  readonly id: string
  /** `alert.raised` */
  readonly type: string
  readonly at: Date
  /** Null: it is about no live stream. */
  readonly liveStreamId: string | null
  readonly data: object
}

/** Which webhooks hear of it: those for all live streams, those for its own, or both. */
type Audience = 'install' | 'stream' | 'both'

/** Statement: puts it down for each webhook that wants it, if `condition` holds. */
export function tellWebhooks(
  db: Database,
  { id, type, at, liveStreamId, data }: Told,
  audience: Audience = 'both',
  condition: SQL = sql`true`,
) {
  const timestamp = at.toISOString()
  const body = JSON.stringify({ type, timestamp, data })
  const ofInstall = sql`webhooks.live_stream_id IS NULL`
  const ofStream = sql`webhooks.live_stream_id = ${liveStreamId}`
  const heard = { install: ofInstall, stream: ofStream, both: sql`(${ofInstall} OR ${ofStream})` }[audience]
  return db.run(sql`INSERT OR IGNORE INTO webhook_deliveries
      (id, webhook_id, message_id, type, live_stream_id, at, body, state, attempts, next_attempt_at)
    SELECT 'whd_' || lower(hex(randomblob(10))), webhooks.id, ${id}, ${type}, ${liveStreamId}, ${timestamp}, ${body},
      'waiting', 0, 0
    FROM webhooks
    WHERE webhooks.enabled AND ${heard} AND ${condition}
      AND EXISTS (SELECT 1 FROM json_each(webhooks.events) AS wanted WHERE ${type} GLOB wanted.value)`)
}
