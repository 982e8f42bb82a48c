import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { ApiError } from '../errors.ts'
import { answerText } from '../requests/answer-text.ts'
import { fingerprint } from '../requests/fingerprint.ts'

/** Answers a request as the app does, from its beginning. */
type Fetch = (request: Request, bindings: unknown) => Response | Promise<Response>

/** Requests with a condition that go on now, by path: those on one resource wait for each other. */
type Turns = Map<string, Promise<void>>

/**
 * ETag, If-None-Match and If-Match (RFC 9110 §13) on every resource of the API. An ETag is `"version-digest"`: the digest is
 * of the answer, so that 304 is only said where nothing is other than before; the version is that of the configuration (its
 * revision, or when it was changed last), and what If-Match asks for: a bit rate that moved refuses nobody's change. What
 * has no version has the digest alone. A live stream's revision is checked again within the change itself; that of another
 * resource just before it, one request after the other in this process.
 */
export function entityTags(fetchApp: Fetch) {
  const turns: Turns = new Map()
  return createMiddleware(async (c, next) => {
    const wanted = c.req.header('if-match')
    const changes = c.req.method === 'PATCH' || c.req.method === 'DELETE' || c.req.method === 'PUT'
    if (!changes || wanted === undefined || wanted.trim() === '*') {
      await next()
      return tag(c)
    }
    await inTurn(turns, c.req.path, async () => {
      await requireMatch(c, wanted, fetchApp)
      await next()
    })
    return tag(c)
  })
}

/** The part of an ETag that changes with the configuration alone. */
export const versionOf = (etag: string): string => /^"([^"-]+)(?:-[^"-]*)?"$/.exec(etag.trim())?.[1] ?? ''

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
  const version = versionIn(headers.get('etag'), body)
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

/** What the route says, else when the resource was changed last, which stands in its answer as `updated_at`. */
function versionIn(etag: string | null, body: string): string {
  if (etag !== null) return versionOf(etag)
  const isOne = body.startsWith('{') && !body.startsWith('{"data":[') && body.includes('"updated_at"')
  const updatedAt = isOne ? lastUpdate(body) : undefined
  return updatedAt === undefined ? '' : Date.parse(updatedAt).toString(36)
}

function lastUpdate(body: string): string | undefined {
  const { updated_at: updatedAt } = JSON.parse(body) as { updated_at?: unknown }
  return typeof updatedAt === 'string' && !Number.isNaN(Date.parse(updatedAt)) ? updatedAt : undefined
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

/** Runs `work` after those of the same path that came before. */
async function inTurn(turns: Turns, path: string, work: () => Promise<void>): Promise<void> {
  const before = turns.get(path)
  const mine = (before ?? Promise.resolve()).then(work)
  const over = mine.catch(() => {})
  turns.set(path, over)
  try {
    await mine
  } finally {
    if (turns.get(path) === over) turns.delete(path)
  }
}
