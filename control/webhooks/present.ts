import type { Webhook, WebhookDelivery } from '#schema/contracts/webhook.ts'
import type { WebhookDeliveryRow, WebhookRow } from '#schema/tables/webhooks.ts'

/** A webhook as the API answers it; `secret` only where it was made just now. */
export const presentWebhook = (row: WebhookRow, secret?: string): Webhook => ({
  id: row.id,
  url: row.url,
  events: [...row.events],
  live_stream_id: row.liveStreamId,
  description: row.description,
  enabled: row.enabled,
  disabled_reason: row.disabledReason,
  disabled_at: row.disabledAt?.toISOString() ?? null,
  failing_since: row.failingSince?.toISOString() ?? null,
  failures: row.failures,
  ...(secret !== undefined && { secret }),
  previous_secret_until: row.previousSecretUntil?.toISOString() ?? null,
  created_at: row.createdAt.toISOString(),
  updated_at: row.updatedAt.toISOString(),
})

/** A delivery as the API answers it. */
export const presentDelivery = (row: WebhookDeliveryRow): WebhookDelivery => ({
  id: row.id,
  message_id: row.messageId,
  type: row.type,
  live_stream_id: row.liveStreamId,
  at: row.at,
  state: row.state,
  attempts: row.attempts,
  last_attempt_at: row.lastAttemptAt?.toISOString() ?? null,
  next_attempt_at: row.state === 'waiting' && row.nextAttemptAt ? new Date(row.nextAttemptAt).toISOString() : null,
  response:
    row.responseStatus === null
      ? null
      : { status: row.responseStatus, ms: row.responseMs ?? 0, body: row.responseBody ?? '' },
  error: row.error,
  body: row.body,
})
