import { Hono } from 'hono'
import { patchUser, userSchema } from '#schema/contracts/access.ts'
import { principalOf } from '../access/principal.ts'
import { changeUser, listUsers, loadUser, removeUser } from '../access/users.ts'
import { describe } from '../middleware/describe.ts'
import { jsonBody, queryParameters } from '../middleware/validate.ts'
import type { Runtime } from '../runtime.ts'
import { pageOfAll, pageQuery, pageSchema } from './page.ts'

/** People who use the dashboard. They come by invitation. An install has 500 at most. */
export const userRoutes = (runtime: Runtime) =>
  new Hono()
    .get(
      '/',
      describe('List people, longest here first', 200, pageSchema(userSchema)),
      queryParameters(pageQuery),
      async (c) => c.json(pageOfAll(await listUsers(runtime), c.req.valid('query'), ({ id }) => id)),
    )
    .get('/:id', describe('Read a person', 200, userSchema), async (c) =>
      c.json(await loadUser(runtime, c.req.param('id'))),
    )
    .patch(
      '/:id',
      describe('Rename a person, or give them another role, which ends their sign-ins', 200, userSchema),
      jsonBody(patchUser),
      async (c) => {
        await changeUser(runtime, principalOf(c), c.req.param('id'), c.req.valid('json'))
        return c.json(await loadUser(runtime, c.req.param('id')))
      },
    )
    .delete('/:id', describe('Remove a person with their sign-ins and tokens', 204), async (c) => {
      await removeUser(runtime, c.req.param('id'))
      return c.body(null, 204)
    })
