import { sql } from 'drizzle-orm'
import type { Database } from '../db/database.ts'
import { finishedMax, waitingMax } from './limits.ts'

/** Forgets old deliveries, and gives up the oldest of those that wait where there are too many. */
export async function trimDeliveries(db: Database): Promise<void> {
  await db.batch([
    db.run(sql`UPDATE webhook_deliveries SET state = 'failed', next_attempt_at = NULL,
        error = 'Too many events waited for this webhook, so the oldest were given up.'
      WHERE seq IN (${beyond('waiting', waitingMax)})`),
    db.run(sql`DELETE FROM webhook_deliveries WHERE seq IN (${beyond('delivered', finishedMax)})`),
    db.run(sql`DELETE FROM webhook_deliveries WHERE seq IN (${beyond('failed', finishedMax)})`),
  ])
}

/** SQL: all but the last `kept` of each webhook in this state. Which is the first to go is looked for once per webhook. */
const beyond = (state: string, kept: number) => sql`
  SELECT old.seq FROM webhooks CROSS JOIN webhook_deliveries AS old
  WHERE old.webhook_id = webhooks.id AND old.state = ${state}
    AND old.seq <= (SELECT newer.seq FROM webhook_deliveries AS newer
      WHERE newer.webhook_id = webhooks.id AND newer.state = ${state} ORDER BY newer.seq DESC LIMIT 1 OFFSET ${kept})`
