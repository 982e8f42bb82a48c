import * as v from 'valibot'
import { deliveryStates, webhookDisabledReasons } from '../enums.ts'

/**
 * `stream.active`, or several with `*`: `stream.*`, `*.changed`, `*`. SQLite's GLOB reads it, so nothing else that has a
 * meaning there may stand in it.
 */
const eventFilter = v.pipe(
  v.string(),
  v.trim(),
  v.maxLength(80, 'Use at most 80 characters.'),
  v.regex(/^[a-z_*]+(\.[a-z_*]+)*$/, 'Use a name like stream.active, or stream.* for all of a kind.'),
)

/** An address on the web. Whether Weir may send there depends on the install; control looks at that. */
const webhookUrl = v.pipe(
  v.string(),
  v.trim(),
  v.maxLength(2_000, 'Use at most 2,000 characters.'),
  v.check((text) => {
    const url = URL.parse(text)
    return (url?.protocol === 'https:' || url?.protocol === 'http:') && url.username === '' && url.password === ''
  }, 'Use an address like https://example.com/hooks, without user and password.'),
)

const webhookRequest = v.strictObject({
  /** Where events are sent by POST. `http:` only for addresses that `WEIR_WEBHOOK_ALLOW` names. */
  url: webhookUrl,
  /**
   * Names of events, `*` for any characters. There are `stream.*` (`active`, `reconnecting`, `idle`, `worker_lost`, `created`,
   * `changed`, `enabled`, `disabled`, `deleted`, …), `input.*`, `destination.*` (`broadcasting`, `retrying`, `errored`, …),
   * `encoder.*`, and `alert.*` (`raised`, `reminder`, `resolved`, `digest`). The events of a live stream show more of them.
   */
  events: v.optional(
    v.pipe(v.array(eventFilter), v.minLength(1, 'Name at least one event, or * for all.'), v.maxLength(50)),
    ['*'],
  ),
  /** Only what is about this live stream; null: of all, and of the install. */
  live_stream_id: v.optional(v.nullable(v.string()), null),
  /** For people. */
  description: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(200, 'Use at most 200 characters.')), ''),
  /** While it is false nothing is put down for it. */
  enabled: v.optional(v.boolean(), true),
})
/** Body of `POST /v1/webhooks`. */
export const createWebhook = webhookRequest
export type CreateWebhook = v.InferOutput<typeof createWebhook>

/** Body of `PATCH /v1/webhooks/:id`; what is left out stays. */
export const patchWebhook = v.strictObject({
  url: v.optional(webhookUrl),
  events: v.optional(v.unwrap(webhookRequest.entries.events)),
  live_stream_id: v.optional(v.nullable(v.string())),
  description: v.optional(v.unwrap(webhookRequest.entries.description)),
  /** True also takes back that Weir switched it off. */
  enabled: v.optional(v.boolean()),
})
export type PatchWebhook = v.InferOutput<typeof patchWebhook>

/** Body of `POST /v1/webhooks/:id/rotate-secret`. */
export const rotateWebhookSecret = v.strictObject({
  /** The secret before signs beside the new one for so long, seconds; 0: not at all. */
  overlap_s: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(7 * 86_400)), 86_400),
})

/** A webhook as the API answers it. */
export const webhookSchema = v.strictObject({
  id: v.string(),
  url: v.string(),
  events: v.array(v.string()),
  live_stream_id: v.nullable(v.string()),
  description: v.string(),
  enabled: v.boolean(),
  /** Why Weir itself switched it off; null: it did not. */
  disabled_reason: v.nullable(v.picklist(webhookDisabledReasons)),
  disabled_at: v.nullable(v.string()),
  /** Since when every attempt has failed; null: the last one did not. */
  failing_since: v.nullable(v.string()),
  /** Attempts that failed since then. */
  failures: v.number(),
  /** `whsec_…`, for Standard Webhooks' libraries; only in answers to creation and rotation. */
  secret: v.optional(v.string()),
  /** Until when the secret before signs as well. */
  previous_secret_until: v.nullable(v.string()),
  created_at: v.string(),
  updated_at: v.string(),
})
export type Webhook = v.InferOutput<typeof webhookSchema>

/** One event for one webhook, and what came of it. */
export const webhookDelivery = v.strictObject({
  id: v.string(),
  /** `webhook-id`, the same in all attempts. */
  message_id: v.string(),
  type: v.string(),
  live_stream_id: v.nullable(v.string()),
  /** When it happened. */
  at: v.string(),
  state: v.picklist(deliveryStates),
  /** Counted from the first one, or from the last replay. */
  attempts: v.number(),
  last_attempt_at: v.nullable(v.string()),
  next_attempt_at: v.nullable(v.string()),
  /** Of the last attempt; null: none came. `body` has the first KiB of it. */
  response: v.nullable(v.strictObject({ status: v.number(), ms: v.number(), body: v.string() })),
  /** What went wrong last, and what to do. */
  error: v.nullable(v.string()),
  /** What is sent. */
  body: v.string(),
})
export type WebhookDelivery = v.InferOutput<typeof webhookDelivery>
