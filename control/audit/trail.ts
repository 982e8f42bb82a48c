import type { Context, Env, Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { newId } from '#schema/ids.ts'
import { auditLog } from '#schema/tables/audit-log.ts'
import type { Principal } from '../access/principal.ts'
import { isReadMethod } from '../access/scopes.ts'
import { ApiError } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import { readInternally } from './internal-read.ts'
import { type ShownFields, shownChange } from './shown-change.ts'
import { type AuditSubject, auditSubject } from './subject.ts'

interface Variables {
  readonly principal?: Principal
  readonly requestId?: string
  /** Set by {@link AuditTrail.before}. */
  auditBefore?: ShownFields | null
}
type AuditContext = Context<{ Variables: Variables }>

/** A change's answer may be as long as this to be searched for an id, characters. */
const answerMax = 200_000

/**
 * Writes a line into the audit log for each change that was done, and for each that was refused for want of a right. What
 * it was before and after is what the API's own GET answers, in which no secret ever stands. `app` is asked for that.
 */
export function auditTrail(runtime: Runtime, app: () => Pick<Hono<Env>, 'fetch'>) {
  const see = async (c: AuditContext, path: string | null): Promise<ShownFields | null> => {
    if (path === null) return null
    return readInternally(app(), c, path).catch(() => null)
  }

  /** What a PATCH answers is what GET answers from then on; what a POST answers may have more in it. */
  const after = async (c: AuditContext, path: string | null): Promise<ShownFields | null> => {
    if (c.req.method === 'DELETE') return null
    return c.req.method === 'PATCH' ? await answered(c) : await see(c, path)
  }

  /** Stands outside of what asks for credentials, so that it sees what that refuses. */
  const record = createMiddleware<{ Variables: Variables }>(async (c, next) => {
    await next()
    const subject = subjectOf(c)
    if (!subject || c.res.headers.has('Idempotency-Replayed')) return
    const principal = c.get('principal')
    if (!principal) return
    const isRefused = c.res.status === 403 && c.error instanceof ApiError && c.error.code === 'forbidden'
    if (!c.res.ok && !isRefused) return
    try {
      await write(c, subject, principal, isRefused)
    } catch (error) {
      // The change is done: better told than taken back.
      runtime.log.error({ err: error, action: subject.action }, 'could not write the audit log')
    }
  })

  /** Stands inside of it: what is about to be changed. */
  const before = createMiddleware<{ Variables: Variables }>(async (c, next) => {
    const subject = subjectOf(c)
    if (subject) c.set('auditBefore', await see(c, subject.path))
    await next()
  })

  async function write(c: AuditContext, subject: AuditSubject, principal: Principal, isRefused: boolean) {
    const id = subject.isCreation && !isRefused ? await createdId(c) : subject.targetId
    const path = subject.isCreation ? id && `${new URL(c.req.url).pathname}/${id}` : subject.path
    const [earlier, later] = isRefused ? [null, null] : [c.get('auditBefore') ?? null, await after(c, path)]
    const change = shownChange(earlier, later)
    const name = later?.name ?? earlier?.name
    await runtime.db.insert(auditLog).values({
      id: newId('aud'),
      at: runtime.now(),
      actorTokenId: principal.tokenId,
      actorUserId: principal.userId,
      actorName: principal.name,
      action: subject.action,
      outcome: isRefused ? 'refused' : 'done',
      targetType: subject.targetType,
      targetId: id,
      targetName: typeof name === 'string' ? name.slice(0, 200) : null,
      liveStreamId: subject.liveStreamId ?? (subject.targetType === 'live_stream' ? id : null),
      before: change.before,
      after: change.after,
      detail: isRefused ? (c.error?.message.slice(0, 500) ?? null) : null,
      requestId: String(c.get('requestId') ?? '').slice(0, 64),
    })
  }

  return { record, before }
}

function subjectOf(c: AuditContext): AuditSubject | undefined {
  return isReadMethod(c.req.method) ? undefined : auditSubject(c.req.method, new URL(c.req.url))
}

/** The id of what was made: at the end of `Location`, else in the answer. */
async function createdId(c: AuditContext): Promise<string | null> {
  const location = c.res.headers.get('location')?.split('/').at(-1)
  if (location) return location.slice(0, 60)
  const id = (await answered(c))?.id
  return typeof id === 'string' ? id.slice(0, 60) : null
}

/** The answer, where it is a resource. */
async function answered(c: AuditContext): Promise<ShownFields | null> {
  if (!c.res.headers.get('content-type')?.startsWith('application/json')) return null
  const text = await c.res.clone().text()
  const body: unknown = text.length > answerMax ? null : JSON.parse(text)
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as ShownFields) : null
}
