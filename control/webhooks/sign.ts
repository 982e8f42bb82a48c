import { Webhook } from 'standardwebhooks'

/** A new secret as Standard Webhooks has them: `whsec_` and 32 random bytes in base64. */
export const newWebhookSecret = (): string => `whsec_${crypto.getRandomValues(new Uint8Array(32)).toBase64()}`

/**
 * The headers of a message (Standard Webhooks 1.0): id, time of this attempt, and a signature for each secret, so that a
 * receiver may know the old one or the new one while they change over.
 */
export function signedHeaders(messageId: string, body: string, secrets: readonly string[], now: Date) {
  const signatures = secrets.map((secret) => new Webhook(secret).sign(messageId, now, body))
  return {
    'webhook-id': messageId,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': signatures.join(' '),
  }
}
