import { Hono } from 'hono'
import { inputRequest, inputSchema, patchInput } from '#schema/contracts/input.ts'
import { liveStreamSchema } from '#schema/contracts/live-stream.ts'
import { describe } from '../middleware/describe.ts'
import { jsonBody, queryParameters } from '../middleware/validate.ts'
import type { Runtime } from '../runtime.ts'
import { addInput, changeInput, listInputs, loadInput, pinInput, releaseInput, removeInput } from '../streams/inputs.ts'
import { answerLiveStream } from './live-stream-answer.ts'
import { pageOfAll, pageQuery, pageSchema } from './page.ts'

/** Inputs of one live stream: the first choice and its backups. A stream has eight at most. */
export const inputRoutes = (runtime: Runtime) =>
  new Hono()
    .post('/:id/inputs', describe('Add an input', 201, inputSchema), jsonBody(inputRequest), async (c) =>
      c.json(await addInput(runtime, c.req.param('id'), c.req.valid('json')), 201),
    )
    .get(
      '/:id/inputs',
      describe('List the inputs, first choice first', 200, pageSchema(inputSchema)),
      queryParameters(pageQuery),
      async (c) => {
        const all = await listInputs(runtime, c.req.param('id'))
        return c.json(pageOfAll(all, c.req.valid('query'), ({ id }) => id))
      },
    )
    .post(
      '/:id/inputs/release',
      describe('Go back to automatic: the best input that sends is on air', 200, liveStreamSchema),
      async (c) => {
        await releaseInput(runtime, c.req.param('id'))
        return answerLiveStream(runtime, c, c.req.param('id'))
      },
    )
    .get('/:id/inputs/:inputId', describe('Read an input', 200, inputSchema), async (c) =>
      c.json(await loadInput(runtime, c.req.param('id'), c.req.param('inputId'))),
    )
    .patch(
      '/:id/inputs/:inputId',
      describe('Change an input; its type stays', 200, inputSchema),
      jsonBody(patchInput),
      async (c) => c.json(await changeInput(runtime, c.req.param('id'), c.req.param('inputId'), c.req.valid('json'))),
    )
    .delete('/:id/inputs/:inputId', describe('Remove an input', 204), async (c) => {
      await removeInput(runtime, c.req.param('id'), c.req.param('inputId'))
      return c.body(null, 204)
    })
    .post(
      '/:id/inputs/:inputId/activate',
      describe('Put this input on air, whatever the priorities say', 200, liveStreamSchema),
      async (c) => {
        await pinInput(runtime, c.req.param('id'), c.req.param('inputId'))
        return answerLiveStream(runtime, c, c.req.param('id'))
      },
    )
