import type { AddressRules } from '#schema/address-rules.ts'
import { refusalOf } from './address.ts'
import { keptAnswerBytes } from './limits.ts'
import { PostError, readRetryAfter, type WebhookPosts } from './post.ts'

/**
 * Sends over `fetch`. Nobody tells here what a name leads to: private addresses and local names are refused as they are
 * written, and Cloudflare's network, where this runs, reaches none of ours through a name either.
 */
export const edgeWebhookPosts = (rules: AddressRules): WebhookPosts => ({
  refusal: (url) => refusalOf(url, rules, { resolves: false }),
  async post({ url, headers, body, withinMs }) {
    const refusal = refusalOf(url, rules, { resolves: false })
    if (refusal !== null) throw new PostError(refusal)
    const late = AbortSignal.timeout(withinMs)
    try {
      const answer = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: late })
      const retryAfterMs = readRetryAfter(answer.headers.get('retry-after'))
      return { status: answer.status, body: await beginningOf(answer), retryAfterMs }
    } catch (cause) {
      const words = late.aborted
        ? `It did not answer within ${withinMs / 1000} s.`
        : `${url.hostname} can't be reached. Check the address, and that the receiver runs.`
      throw new PostError(words, { cause })
    }
  },
})

/** The first KiB, or what has come of it in time. */
async function beginningOf({ body }: Response): Promise<string> {
  if (body === null) return ''
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  try {
    for (let size = 0; size < keptAnswerBytes; ) {
      const { done, value } = await reader.read()
      if (done) break
      text += decoder.decode(value.subarray(0, keptAnswerBytes - size), { stream: true })
      size += value.length
    }
  } catch {
    // Its head has come, and that counts.
  }
  await reader.cancel().catch(() => {})
  return text.replaceAll('\0', '')
}
