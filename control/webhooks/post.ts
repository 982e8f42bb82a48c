/** What came back from one attempt. */
export interface PostAnswer {
  readonly status: number
  /** The first KiB of the body. */
  readonly body: string
  /** What Retry-After asks for, milliseconds. */
  readonly retryAfterMs: number | undefined
}

/**
 * Sends one POST and follows no redirect. Each runtime has its own: Node connects to the very address that it has checked.
 * Throws a {@link PostError} where no answer came in time or the address is one that nothing is sent to.
 */
export type WebhookPost = (request: {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly withinMs: number
}) => Promise<PostAnswer>

/** How this runtime sends, and which addresses it refuses beforehand. */
export interface WebhookPosts {
  readonly post: WebhookPost
  /** Why nothing may be sent there, as far as it can be told at once; null: nothing speaks against it. */
  refusal(url: URL): string | null
}

/** Why nothing came back. The words say what to do; they hold no more of an address than its host. */
export class PostError extends Error {
  override readonly name = 'PostError'
}

/** Seconds, or a date (RFC 9110 §10.2.3). */
export function readRetryAfter(header: string | null | undefined, nowMs = Date.now()): number | undefined {
  if (!header) return undefined
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - nowMs
  return ms > 0 ? ms : undefined
}

/** What is wrong with an answer, in words; null: it is a success (2xx). */
export function faultOf({ status }: PostAnswer): string | null {
  if (status >= 200 && status < 300) return null
  if (status === 410) return 'It answered 410: nobody wants these events any more. The webhook was switched off.'
  if (status >= 300 && status < 400)
    return `It answered ${status}, a redirect. These are not followed: enter the address where it leads.`
  if (status === 401 || status === 403)
    return `It answered ${status}. Check that the receiver has the webhook's present secret, and lets Weir in.`
  if (status === 404 || status === 405) return `It answered ${status}. Check the address of the webhook.`
  if (status === 429) return 'It answered 429: too many events for it. It is tried again later.'
  return `It answered ${status}. Look into the receiver's log; 2xx means that it has the event.`
}
