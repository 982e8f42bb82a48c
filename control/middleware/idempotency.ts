import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { principalOf } from '../access/principal.ts'
import { ApiError } from '../errors.ts'
import { answerText } from '../requests/answer-text.ts'
import {
  beginRequest,
  forgetKey,
  type KeyedRequest,
  keepAnswer,
  type StoredAnswer,
} from '../requests/idempotency-store.ts'
import type { Runtime } from '../runtime.ts'
import { tokenDigest } from '../secrets/token-digest.ts'

/** Printable ASCII, quotes of a structured string (RFC 9651) included. */
const wellFormed = /^[\x21-\x7e]{1,255}$/
const keptHeaders = ['content-type', 'location', 'etag']

/**
 * `Idempotency-Key` on POST (draft-ietf-httpapi-idempotency-key-header-07): a request that is sent again with its key, since no
 * answer came, does nothing again and gets the first answer, with `Idempotency-Replayed: true`. A key lasts for 24 hours and
 * belongs to the token that sent it. Refusals are not kept: they changed nothing.
 */
export const idempotency = (runtime: Runtime) =>
  createMiddleware(async (c, next) => {
    const key = c.req.header('idempotency-key')
    if (c.req.method !== 'POST' || key === undefined) return next()
    if (!wellFormed.test(key)) {
      const detail = 'Use 1 to 255 printable characters without spaces, such as a UUID.'
      throw new ApiError('invalid_header', detail, { errors: [{ pointer: 'Idempotency-Key', detail }] })
    }
    const request: KeyedRequest = {
      principal: principalOf(c).tokenId,
      key,
      fingerprint: await fingerprintOf(c.req.raw, () => c.req.text()),
    }
    const before = await beginRequest(runtime, request)
    if (before) {
      c.header('Idempotency-Replayed', 'true')
      return c.newResponse(before.body === '' ? null : before.body, before.status as 200, { ...before.headers })
    }
    try {
      await next()
    } finally {
      if (c.res.ok && !c.error) await keepAnswer(runtime, request, await readAnswer(c))
      else await forgetKey(runtime.db, request)
    }
  })

/** SHA-256 of what is asked for. Of an upload the file itself is not read for it, but its type and length. */
async function fingerprintOf({ url, headers }: Request, readBody: () => Promise<string>): Promise<string> {
  const { pathname, search } = new URL(url)
  const type = headers.get('content-type') ?? ''
  const isText = type === '' || /^application\/json\b/i.test(type)
  const body = isText ? await readBody() : (headers.get('content-length') ?? '')
  return tokenDigest(JSON.stringify([pathname, search, type, body]))
}

async function readAnswer(c: Context): Promise<StoredAnswer> {
  const body = await answerText(c)
  const kept = keptHeaders.flatMap((name) => {
    const value = c.res.headers.get(name)
    return value === null ? [] : [[name, value]]
  })
  return { status: c.res.status, headers: Object.fromEntries(kept), body }
}
