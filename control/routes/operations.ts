import { and, eq, gt, sql } from 'drizzle-orm'
import { Hono } from 'hono'
import { workers } from '#schema/tables/workers.ts'
import { leaseSeconds } from '../config.ts'
import type { Runtime } from '../runtime.ts'

/** Whether control runs, whether the whole is ready, and the public keys that jobs are signed with. */
export const operationRoutes = ({ db, now, signingKeys }: Runtime) =>
  new Hono()
    .get('/healthz', (c) => c.json({ status: 'ok' }))
    .get('/readyz', async (c) => {
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
    .get('/.well-known/jwks.json', async (c) => {
      c.header('Cache-Control', 'public, max-age=300')
      return c.json({ keys: await signingKeys.published() })
    })
