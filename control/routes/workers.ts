import { Hono } from 'hono'
import * as v from 'valibot'
import {
  createdJoinToken,
  createJoinToken,
  forgetWorkerQuery,
  joinTokenSchema,
  patchWorker,
  workerDetails,
  workerSchema,
} from '#schema/contracts/worker-admin.ts'
import { describe } from '../middleware/describe.ts'
import { jsonBody, queryParameters } from '../middleware/validate.ts'
import type { Runtime } from '../runtime.ts'
import { deleteJoinToken, inviteWorker, listJoinTokens, loadJoinToken } from '../workers/join-tokens.ts'
import { changeWorker, forgetWorker, listWorkers, loadWorker } from '../workers/workers.ts'
import { cursorFor, pageOf, pageQuery, pageSchema, readCursor } from './page.ts'

const position = v.tuple([v.number(), v.string()])

/** Workers and the invitations to become one. */
export const workerRoutes = (runtime: Runtime) =>
  new Hono()
    .post(
      '/join-tokens',
      describe('Invite a worker: a token for one join, shown this once', 201, createdJoinToken),
      jsonBody(createJoinToken),
      async (c) => {
        const { id, token } = await inviteWorker(runtime, c.req.valid('json'))
        c.header('Location', `/v1/join-tokens/${id}`)
        c.header('Cache-Control', 'no-store')
        return c.json({ ...(await loadJoinToken(runtime, id)), token }, 201)
      },
    )
    .get(
      '/join-tokens',
      describe('List invitations, newest first', 200, pageSchema(joinTokenSchema)),
      queryParameters(pageQuery),
      async (c) => {
        const { limit, cursor } = c.req.valid('query')
        const after = cursor === undefined ? undefined : readCursor(cursor, position)
        const found = await listJoinTokens(runtime, { limit: limit + 1, after })
        const page = pageOf(found, limit, ({ token, createdAtMs }) => cursorFor([createdAtMs, token.id]))
        return c.json({ data: page.data.map(({ token }) => token), next_cursor: page.next_cursor })
      },
    )
    .get('/join-tokens/:id', describe('Read an invitation, without its token', 200, joinTokenSchema), async (c) =>
      c.json(await loadJoinToken(runtime, c.req.param('id'))),
    )
    .delete('/join-tokens/:id', describe('Withdraw an invitation', 204), async (c) => {
      await deleteJoinToken(runtime, c.req.param('id'))
      return c.body(null, 204)
    })
    .get(
      '/workers',
      describe('List the workers, oldest first', 200, pageSchema(workerSchema)),
      queryParameters(pageQuery),
      async (c) => {
        const { limit, cursor } = c.req.valid('query')
        const [afterMs, afterId] = cursor === undefined ? [-1, ''] : readCursor(cursor, position)
        const found = (await listWorkers(runtime)).filter(
          ({ worker, createdAtMs }) => createdAtMs > afterMs || (createdAtMs === afterMs && worker.id > afterId),
        )
        const page = pageOf(found, limit, ({ worker, createdAtMs }) => cursorFor([createdAtMs, worker.id]))
        return c.json({ data: page.data.map(({ worker }) => worker), next_cursor: page.next_cursor })
      },
    )
    .get('/workers/:id', describe('Read a worker, with what runs there', 200, workerDetails), async (c) =>
      c.json(await loadWorker(runtime, c.req.param('id'))),
    )
    .patch(
      '/workers/:id',
      describe('Rename a worker, label it, empty it or let it take work again', 200, workerDetails),
      jsonBody(patchWorker),
      async (c) => {
        await changeWorker(runtime, c.req.param('id'), c.req.valid('json'))
        return c.json(await loadWorker(runtime, c.req.param('id')))
      },
    )
    .delete(
      '/workers/:id',
      describe('Forget a worker: it is refused from now on', 204),
      queryParameters(forgetWorkerQuery),
      async (c) => {
        await forgetWorker(runtime, c.req.param('id'), c.req.valid('query').force === '1')
        return c.body(null, 204)
      },
    )
