import { and, desc, eq, lt, type SQL, sql } from 'drizzle-orm'
import type { DeliveryState } from '#schema/enums.ts'
import { newId } from '#schema/ids.ts'
import { type WebhookDeliveryRow, type WebhookRow, webhookDeliveries } from '#schema/tables/webhooks.ts'
import type { Database } from '../db/database.ts'
import { ApiError, notFound } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import { attempt } from './attempt.ts'
import { attemptColumns } from './settle.ts'

/** Deliveries of a webhook, newest first. */
export const listDeliveries = (
  db: Database,
  webhookId: string,
  { state, before, limit }: { state: DeliveryState | undefined; before: number | undefined; limit: number },
): Promise<WebhookDeliveryRow[]> =>
  db
    .select()
    .from(webhookDeliveries)
    .where(
      and(
        eq(webhookDeliveries.webhookId, webhookId),
        state && eq(webhookDeliveries.state, state),
        before === undefined ? undefined : lt(webhookDeliveries.seq, before),
      ),
    )
    .orderBy(desc(webhookDeliveries.seq))
    .limit(limit)

/** Puts a delivery up once more, at once and with all its attempts: what failed, what was taken, or what waits. */
export async function replay(db: Database, webhook: WebhookRow, deliveryId: string): Promise<WebhookDeliveryRow> {
  if (!webhook.enabled)
    throw new ApiError('conflict', 'The webhook is switched off, so nothing is sent to it. Switch it on first.')
  const own = and(eq(webhookDeliveries.id, deliveryId), eq(webhookDeliveries.webhookId, webhook.id))
  const put: SQL = sql`${own} AND ${webhookDeliveries.state} <> 'sending'`
  const [row] = await db
    .update(webhookDeliveries)
    .set({ state: 'waiting', attempts: 0, firstAttemptAt: null, nextAttemptAt: 0 })
    .where(put)
    .returning()
  if (row) return row
  const [found] = await db.select().from(webhookDeliveries).where(own)
  if (!found) throw notFound('delivery')
  throw new ApiError('conflict', 'It is being sent just now. Look again in a few seconds.')
}

/** Sends a test event now, once, whether the webhook is on or off; gives what came of it, which is also kept in the log. */
export async function sendTest(runtime: Runtime, webhook: WebhookRow): Promise<WebhookDeliveryRow> {
  const at = runtime.now()
  const messageId = newId('evt')
  const type = 'webhook.test'
  const data = { id: messageId, sequence: 0, webhook_id: webhook.id, detail: 'A test. Nothing has happened.' }
  const body = JSON.stringify({ type, timestamp: at.toISOString(), data })
  const outcome = await attempt(runtime, webhook, { messageId, body })
  const [row] = await runtime.db
    .insert(webhookDeliveries)
    .values({
      id: newId('whd'),
      webhookId: webhook.id,
      messageId,
      type,
      at: at.toISOString(),
      body,
      state: outcome.fault === null ? 'delivered' : 'failed',
      attempts: 1,
      firstAttemptAt: at,
      lastAttemptAt: at,
      ...attemptColumns(outcome),
    })
    .returning()
  if (!row) throw notFound('webhook')
  return row
}
