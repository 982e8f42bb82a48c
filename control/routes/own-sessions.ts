import { Hono } from 'hono'
import { ownSession } from '#schema/contracts/access.ts'
import { principalOf } from '../access/principal.ts'
import { endSession, listSessions } from '../access/sessions.ts'
import { notFound } from '../errors.ts'
import { describe } from '../middleware/describe.ts'
import { queryParameters } from '../middleware/validate.ts'
import type { Runtime } from '../runtime.ts'
import { pageOfAll, pageQuery, pageSchema } from './page.ts'

/** One's own sign-ins to the dashboard. A token has 20 at most, so the list is one page. */
export const ownSessionRoutes = (runtime: Runtime) =>
  new Hono()
    .get(
      '/',
      describe('List your sign-ins, newest first', 200, pageSchema(ownSession)),
      queryParameters(pageQuery),
      async (c) => {
        const principal = principalOf(c)
        const rows = await listSessions(runtime, principal)
        const data = rows.map(({ id, browser, createdAt, expiresAt }) => ({
          id,
          browser,
          created_at: createdAt.toISOString(),
          expires_at: expiresAt.toISOString(),
          current: id === principal.sessionId,
        }))
        return c.json(pageOfAll(data, c.req.valid('query'), ({ id }) => id))
      },
    )
    .delete('/:id', describe('End one of your sign-ins', 204), async (c) => {
      if (!(await endSession(runtime, principalOf(c), c.req.param('id')))) throw notFound('sign-in')
      return c.body(null, 204)
    })
