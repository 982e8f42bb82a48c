import { and, eq, gt, sql } from 'drizzle-orm'
import { Hono } from 'hono'
import { describeRoute, resolver } from 'hono-openapi'
import * as v from 'valibot'
import { workers } from '#schema/tables/workers.ts'
import { leaseSeconds } from '../config.ts'
import { describe } from '../middleware/describe.ts'
import type { Runtime } from '../runtime.ts'

/** Whether control runs, whether the whole is ready, and the public keys that jobs are signed with. */
export const operationRoutes = ({ db, now, signingKeys }: Runtime) =>
  new Hono()
    .get('/healthz', describe('Ask whether control runs', 200, v.strictObject({ status: v.string() })), (c) =>
      c.json({ status: 'ok' }),
    )
    .get('/readyz', describeReady, async (c) => {
      c.header('Cache-Control', 'no-store')
      const oldest = new Date(now().getTime() - leaseSeconds * 1000)
      const online = await db
        .select({ one: sql`1` })
        .from(workers)
        .where(and(eq(workers.state, 'online'), gt(workers.lastSeenAt, oldest)))
        .limit(1)
      if (online.length > 0) return c.json({ status: 'ready', detail: 'Control serves and a worker is online.' })
      c.header('Retry-After', '1')
      return c.json({ status: 'waiting', detail: 'Control serves, but no worker is online. Start a worker.' }, 503)
    })
    .get('/.well-known/jwks.json', describe('Read the keys that jobs are signed with', 200, jwksSchema), async (c) => {
      c.header('Cache-Control', 'public, max-age=300')
      return c.json({ keys: await signingKeys.published() })
    })

const stateSchema = v.strictObject({ status: v.string(), detail: v.string() })
const jwksSchema = v.strictObject({
  keys: v.array(v.looseObject({ kty: v.string(), crv: v.string(), x: v.string(), kid: v.string() })),
})

const state = { content: { 'application/json': { schema: resolver(stateSchema) } } }
const describeReady = describeRoute({
  summary: 'Ask whether control serves and a worker is online',
  responses: { 200: { description: 'Ready', ...state }, 503: { description: 'Not yet', ...state } },
})
