import { sql } from 'drizzle-orm'
import { type WebhookDeliveryRow, type WebhookRow, webhookDeliveries, webhooks } from '#schema/tables/webhooks.ts'
import type { Database } from '../db/database.ts'
import { atOnce, sendLeaseMs } from './limits.ts'

/** A delivery that is ours to send now. */
export interface Claimed {
  readonly webhook: WebhookRow
  readonly delivery: WebhookDeliveryRow
}

/** How much may be taken at once. */
export interface Room {
  /** Of all webhooks. */
  readonly free: number
  /** Of each webhook. */
  readonly perWebhook: number
  /** Taken and not done, by webhook. More is taken for one only once it has no more than it sends at once. */
  readonly underWay: ReadonlyMap<string, number>
}

/**
 * Takes what is due, for as long as a lease lasts, so that no other process sends the same at the same time. Webhooks that
 * fail come last and get one at a time: a dead address holds up nobody.
 */
export async function claimDue(db: Database, now: Date, { free, perWebhook, underWay }: Room): Promise<Claimed[]> {
  if (free <= 0) return []
  const nowMs = now.getTime()
  const due = await db
    .select()
    .from(webhooks)
    .where(
      sql`${webhooks.enabled} AND EXISTS (
        SELECT 1 FROM webhook_deliveries AS due WHERE due.webhook_id = ${webhooks.id} AND due.next_attempt_at <= ${nowMs})`,
    )
    .orderBy(sql`${webhooks.failingSince} IS NOT NULL, random()`)
  const takes: { readonly webhook: WebhookRow; readonly most: number }[] = []
  let left = free
  for (const webhook of due) {
    const has = underWay.get(webhook.id) ?? 0
    const most = Math.min((webhook.failingSince ? 1 : perWebhook) - has, left)
    if (most <= 0 || has > atOnce) continue
    takes.push({ webhook, most })
    left -= most
  }
  const [first, ...others] = takes.map(({ webhook, most }) => claimOf(db, webhook.id, now, most))
  if (!first) return []
  const claimed = await db.batch([first, ...others])
  return takes.flatMap(({ webhook }, index) => (claimed[index] ?? []).map((delivery) => ({ webhook, delivery })))
}

/** Statement: gives back what was taken and never begun. */
export const release = (db: Database, deliveries: readonly WebhookDeliveryRow[]) =>
  db.run(sql`UPDATE webhook_deliveries SET state = 'waiting', next_attempt_at = 0, attempts = attempts - 1,
      first_attempt_at = CASE WHEN attempts > 1 THEN first_attempt_at END
    WHERE state = 'sending' AND (seq, attempts) IN (
      SELECT value ->> '$[0]', value ->> '$[1]'
      FROM json_each(${JSON.stringify(deliveries.map(({ seq, attempts }) => [seq, attempts]))}))`)

/** What is new goes before what is tried again. */
const claimOf = (db: Database, webhookId: string, now: Date, most: number) =>
  db
    .update(webhookDeliveries)
    .set({
      state: 'sending',
      attempts: sql`attempts + 1`,
      firstAttemptAt: sql`coalesce(first_attempt_at, ${now.getTime()})`,
      lastAttemptAt: now,
      nextAttemptAt: now.getTime() + sendLeaseMs,
    })
    .where(
      sql`${webhookDeliveries.seq} IN (
        SELECT due.seq FROM webhook_deliveries AS due
        WHERE due.webhook_id = ${webhookId} AND due.next_attempt_at <= ${now.getTime()}
        ORDER BY due.next_attempt_at, due.seq LIMIT ${most})`,
    )
    .returning()
