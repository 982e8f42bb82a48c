import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { ApiError } from '../errors.ts'
import { answerText } from '../requests/answer-text.ts'
import { versionAt, versionOf, versionOfAnswer } from '../requests/as-read.ts'
import { fingerprint } from '../requests/fingerprint.ts'

/** Answers a request as the app does, from its beginning. */
type Fetch = (request: Request, bindings: unknown) => Response | Promise<Response>

/** An answer that is longer is no configuration, characters. */
const configurationMax = 64 * 1024

/**
 * ETag, If-None-Match and If-Match (RFC 9110 §13) on every resource of the API. An ETag is `"version-digest"`: the digest is
 * of the answer, so that 304 is only said where nothing is other than before; the version is that of the configuration (its
 * revision, when it was changed last, or a digest of what is not observed), and what If-Match asks for: a bit rate that moved
 * refuses nobody's change. It is looked at here, before anything is done, and again within the transaction that changes it
 * (requests/as-read.ts): another request, of this process or another, may come between.
 */
export const entityTags = (fetchApp: Fetch) =>
  createMiddleware(async (c, next) => {
    const wanted = ['PATCH', 'PUT', 'DELETE'].includes(c.req.method) ? c.req.header('if-match') : undefined
    if (wanted !== undefined && wanted.trim() !== '*') await requireMatch(c, wanted, fetchApp)
    await next()
    return tag(c)
  })

async function tag(c: Context): Promise<void> {
  const { res } = c
  const isJson = res.headers.get('content-type')?.startsWith('application/json') === true
  if (!isJson || (res.status !== 200 && res.status !== 201)) return
  // A file to keep, such as an export with its pictures, is not read twice.
  if (res.headers.has('content-disposition')) return
  const body = await answerText(c)
  // The answer is our own by now: its headers can be set in place, where `c.header` would copy all of it.
  const { headers } = c.res
  const isRead = c.req.method === 'GET' || c.req.method === 'HEAD'
  // Secrets stand in answers to POST alone; nobody keeps any of them, one that is sent again with its Idempotency-Key included.
  if (!headers.has('cache-control')) headers.set('Cache-Control', isRead ? 'private, no-cache' : 'no-store')
  const version = versionIn(c, headers.get('etag'), body)
  if (!isRead) {
    if (version !== '') headers.set('ETag', `"${version}"`)
    return
  }
  const digest = fingerprint(body, 1).toString(36) + fingerprint(body, 2).toString(36)
  const etag = version === '' ? `"${digest}"` : `"${version}-${digest}"`
  headers.set('ETag', etag)
  if (
    c.req
      .header('if-none-match')
      ?.split(',')
      .some((each) => each.trim().replace(/^W\//, '') === etag)
  )
    c.res = new Response(null, { status: 304, headers })
}

/** What the route says, else when the resource was changed last (`updated_at`), else a digest of what is not observed. */
function versionIn(c: Context, etag: string | null, body: string): string {
  if (etag !== null) return versionOf(etag)
  if (!body.startsWith('{') || body.startsWith('{"data":[') || body.length > configurationMax) return ''
  const fields = JSON.parse(body) as Record<string, unknown>
  const updatedAt = new Date(typeof fields.updated_at === 'string' ? fields.updated_at : Number.NaN)
  if (!Number.isNaN(updatedAt.getTime())) return versionAt(updatedAt)
  // An answer to POST may have more in it than there is to read.
  return c.req.method === 'POST' ? '' : versionOfAnswer(fields)
}

async function requireMatch(c: Context, wanted: string, fetchApp: Fetch): Promise<void> {
  const { raw } = c.req
  const headers = new Headers()
  for (const name of ['authorization', 'cookie', 'host', 'x-forwarded-proto']) {
    const value = raw.headers.get(name)
    if (value !== null) headers.set(name, value)
  }
  const url = new URL(raw.url)
  url.search = ''
  const now = await fetchApp(new Request(url, { headers }), c.env)
  await now.body?.cancel()
  // Nothing is there: the route itself says so.
  if (now.status === 404) return
  const etag = now.headers.get('etag') ?? ''
  const version = versionOf(etag)
  if (version !== '' && wanted.split(',').some((each) => versionOf(each) === version)) return
  throw new ApiError(
    'precondition_failed',
    'It was changed since you read it, or If-Match is not the ETag of your last read. Read it again and repeat your change.',
  )
}
