import type { Webhook, WebhookDelivery } from '#schema/contracts/webhook.ts'
import type { DeliveryState } from '#schema/enums.ts'

/** How a state looks, and what it is called. */
type StateWords = readonly [look: string, words: string]

/** How a webhook is. */
export function webhookState({ enabled, disabled_reason, failing_since }: Webhook): StateWords {
  if (disabled_reason === 'gone') return ['error', 'Switched off: it answered 410']
  if (disabled_reason === 'failing') return ['error', 'Switched off: it failed for a day']
  if (!enabled) return ['rest', 'Off']
  return failing_since === null ? ['live', 'On'] : ['warning', 'Fails']
}

/** How a delivery is. */
export const deliveryWords: Record<DeliveryState, StateWords> = {
  waiting: ['warning', 'Waits'],
  sending: ['busy', 'Is sent'],
  delivered: ['live', 'Delivered'],
  failed: ['error', 'Given up'],
}

/** What was answered last, in a few words. */
export function answerWords({ response, attempts }: WebhookDelivery): string {
  if (response) return `${response.status} in ${response.ms} ms`
  return attempts === 0 ? 'Not tried yet' : 'No answer'
}

/** JSON with a line for each member; what is no JSON as it is. */
export function readable(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

/** Names of events out of what was typed: between commas or spaces. */
export const eventNames = (text: string): string[] => text.split(/[\s,]+/).filter((name) => name !== '')
