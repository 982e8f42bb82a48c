import { and, eq, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import { type WebhookDeliveryRow, webhookDeliveries } from '#schema/tables/webhooks.ts'
import type { Runtime } from '../runtime.ts'
import type { Attempt } from './attempt.ts'
import { disabledAfterFailures, disabledAfterMs, outageMs } from './limits.ts'
import { nextAttempt } from './schedule.ts'

/** Of one batch, all or nothing. */
export type Statements = readonly [BatchItem<'sqlite'>, ...BatchItem<'sqlite'>[]]

/** The columns that tell of an attempt. */
export const attemptColumns = ({ answer, ms, fault }: Attempt) => ({
  responseStatus: answer?.status ?? null,
  responseMs: ms,
  responseBody: answer?.body ?? null,
  error: fault,
})

/**
 * Statements: write down what an attempt came to, unless its lease ran out and another one has begun since. When a receiver is
 * back after an outage, all that waits for it is due, and goes in the order in which it happened.
 */
export function settle({ db, now }: Runtime, delivery: WebhookDeliveryRow, attempt: Attempt): Statements {
  const { seq, webhookId, attempts, firstAttemptAt } = delivery
  const nowMs = now().getTime()
  const isTaken = attempt.fault === null
  const isGone = attempt.answer?.status === 410
  const firstAttemptMs = firstAttemptAt?.getTime() ?? nowMs
  const retryAfterMs = attempt.answer?.retryAfterMs
  const next = isTaken || isGone ? null : nextAttempt({ attempts, firstAttemptMs, nowMs, retryAfterMs }, Math.random())
  const settled = db
    .update(webhookDeliveries)
    .set({
      ...attemptColumns(attempt),
      state: isTaken ? 'delivered' : next === null ? 'failed' : 'waiting',
      nextAttemptAt: next,
    })
    .where(
      and(
        eq(webhookDeliveries.seq, seq),
        eq(webhookDeliveries.state, 'sending'),
        eq(webhookDeliveries.attempts, attempts),
      ),
    )
  if (isTaken) {
    const wasAway = sql`SELECT 1 FROM webhooks WHERE id = ${webhookId} AND failing_since <= ${nowMs - outageMs}`
    const due = sql`UPDATE webhook_deliveries SET next_attempt_at = ${nowMs}
      WHERE webhook_id = ${webhookId} AND state = 'waiting' AND next_attempt_at > ${nowMs} AND EXISTS (${wasAway})`
    const recovered = sql`UPDATE webhooks SET failing_since = NULL, failures = 0
      WHERE id = ${webhookId} AND failing_since IS NOT NULL`
    return [settled, db.run(due), db.run(recovered)]
  }
  return [
    settled,
    db.run(sql`UPDATE webhooks SET failing_since = coalesce(failing_since, ${nowMs}), failures = failures + 1
      WHERE id = ${webhookId}`),
    db.run(sql`UPDATE webhooks SET enabled = 0, disabled_at = ${nowMs}, updated_at = ${nowMs},
        disabled_reason = ${isGone ? 'gone' : 'failing'}
      WHERE id = ${webhookId} AND enabled AND (${isGone}
        OR (failures >= ${disabledAfterFailures} AND failing_since <= ${nowMs - disabledAfterMs}))`),
    giveUpOfDisabled({ db }, webhookId),
  ]
}

/** Statement: of a webhook that is switched off nothing waits. */
export const giveUpOfDisabled = ({ db }: Pick<Runtime, 'db'>, webhookId: string) =>
  db.run(sql`UPDATE webhook_deliveries SET state = 'failed', next_attempt_at = NULL,
      error = coalesce(error || ' ', '') || 'Then the webhook was switched off. Replay it once that is on again.'
    WHERE webhook_id = ${webhookId} AND state = 'waiting'
      AND EXISTS (SELECT 1 FROM webhooks WHERE webhooks.id = ${webhookId} AND NOT webhooks.enabled)`)
