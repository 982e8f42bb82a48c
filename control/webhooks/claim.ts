import { sql } from 'drizzle-orm'
import { type WebhookDeliveryRow, type WebhookRow, webhookDeliveries, webhooks } from '#schema/tables/webhooks.ts'
import type { Database } from '../db/database.ts'
import { sendLeaseMs } from './limits.ts'

/** A delivery that is ours to send now. */
export interface Claimed {
  readonly webhook: WebhookRow
  readonly delivery: WebhookDeliveryRow
}

/** How much may be under way at once. */
export interface Room {
  /** Of all webhooks, beside what is under way. */
  readonly free: number
  /** Of each webhook. */
  readonly perWebhook: number
  /** Under way by webhook. */
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
    const most = Math.min((webhook.failingSince ? 1 : perWebhook) - (underWay.get(webhook.id) ?? 0), left)
    if (most <= 0) continue
    takes.push({ webhook, most })
    left -= most
  }
  const [first, ...others] = takes.map(({ webhook, most }) => claimOf(db, webhook.id, now, most))
  if (!first) return []
  const claimed = await db.batch([first, ...others])
  return takes.flatMap(({ webhook }, index) => (claimed[index] ?? []).map((delivery) => ({ webhook, delivery })))
}

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
