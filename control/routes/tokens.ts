import { Hono } from 'hono'
import * as v from 'valibot'
import { createdToken, createToken, patchToken, tokenSchema } from '#schema/contracts/access.ts'
import { principalOf } from '../access/principal.ts'
import { changeToken, createApiToken, deleteToken, listTokens, loadToken } from '../access/tokens.ts'
import { describe } from '../middleware/describe.ts'
import { jsonBody, queryParameters } from '../middleware/validate.ts'
import type { Runtime } from '../runtime.ts'
import { cursorFor, pageOf, pageQuery, pageSchema, readCursor } from './page.ts'

/** Tokens of programs and people. */
export const tokenRoutes = (runtime: Runtime) =>
  new Hono()
    .post('/', describe('Make a token; it is shown this once', 201, createdToken), jsonBody(createToken), async (c) => {
      const { id, token } = await createApiToken(runtime, principalOf(c), c.req.valid('json'))
      c.header('Location', `/v1/tokens/${id}`)
      c.header('Cache-Control', 'no-store')
      return c.json({ ...(await loadToken(runtime, id)), token }, 201)
    })
    .get(
      '/',
      describe('List tokens, newest first', 200, pageSchema(tokenSchema)),
      queryParameters(pageQuery),
      async (c) => {
        const { limit, cursor } = c.req.valid('query')
        const after = cursor === undefined ? undefined : readCursor(cursor, v.tuple([v.number(), v.string()]))
        const found = await listTokens(runtime, { limit: limit + 1, after })
        const page = pageOf(found, limit, ({ token, createdAtMs }) => cursorFor([createdAtMs, token.id]))
        return c.json({ data: page.data.map(({ token }) => token), next_cursor: page.next_cursor })
      },
    )
    .get('/:id', describe('Read a token, without the token itself', 200, tokenSchema), async (c) =>
      c.json(await loadToken(runtime, c.req.param('id'))),
    )
    .patch('/:id', describe('Rename a token, or move its end', 200, tokenSchema), jsonBody(patchToken), async (c) => {
      await changeToken(runtime, principalOf(c), c.req.param('id'), c.req.valid('json'))
      return c.json(await loadToken(runtime, c.req.param('id')))
    })
    .delete('/:id', describe('Delete a token: it is refused from now on', 204), async (c) => {
      await deleteToken(runtime, c.req.param('id'))
      return c.body(null, 204)
    })
