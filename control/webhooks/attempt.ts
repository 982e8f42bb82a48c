import type { WebhookRow } from '#schema/tables/webhooks.ts'
import type { Runtime } from '../runtime.ts'
import { webhookSecretContext } from '../secrets/contexts.ts'
import { SecretUnreadable } from '../secrets/secret-box.ts'
import { answerWithinMs } from './limits.ts'
import { faultOf, type PostAnswer, PostError } from './post.ts'
import { signedHeaders } from './sign.ts'

/** What one attempt came to. */
export interface Attempt {
  /** Null: no answer. */
  readonly answer: PostAnswer | null
  /** Until the answer, or until it was given up, milliseconds. */
  readonly ms: number
  /** What went wrong, in words; null: it was taken. */
  readonly fault: string | null
}

/** What is sent, whatever it is about. */
interface Message {
  readonly messageId: string
  readonly body: string
}

/** Signs a message and sends it once; never rejects. */
export async function attempt(runtime: Runtime, webhook: WebhookRow, { messageId, body }: Message): Promise<Attempt> {
  const now = runtime.now()
  const startedMs = performance.now()
  const ms = () => Math.round(performance.now() - startedMs)
  try {
    const signed = signedHeaders(messageId, body, await secretsOf(runtime, webhook, now), now)
    const headers = { 'content-type': 'application/json', 'user-agent': 'Weir', ...signed }
    const answer = await runtime.webhookPosts.post({
      url: new URL(webhook.url),
      headers,
      body,
      withinMs: answerWithinMs,
    })
    return { answer, ms: ms(), fault: faultOf(answer) }
  } catch (error) {
    if (error instanceof PostError || error instanceof SecretUnreadable)
      return { answer: null, ms: ms(), fault: error.message }
    runtime.log.error({ err: error, webhook: webhook.id }, 'could not send to a webhook')
    return { answer: null, ms: ms(), fault: 'It could not be sent. Look into the log of control.' }
  }
}

/** The secret, and while they change over the one before. */
async function secretsOf({ secretBox }: Runtime, webhook: WebhookRow, now: Date): Promise<string[]> {
  const { id, secretSealed, previousSecretSealed, previousSecretUntil } = webhook
  const isOverlap = previousSecretSealed !== null && previousSecretUntil !== null && now < previousSecretUntil
  const sealed = isOverlap ? [secretSealed, previousSecretSealed] : [secretSealed]
  return Promise.all(sealed.map((each) => secretBox.open(each, webhookSecretContext(id))))
}
