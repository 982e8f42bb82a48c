import { Hono } from 'hono'
import * as v from 'valibot'
import {
  createWebhook as createBody,
  patchWebhook,
  rotateWebhookSecret,
  webhookDelivery,
  webhookSchema,
} from '#schema/contracts/webhook.ts'
import { deliveryStates } from '#schema/enums.ts'
import { describe } from '../middleware/describe.ts'
import { jsonBody, queryParameters } from '../middleware/validate.ts'
import type { Runtime } from '../runtime.ts'
import {
  changeWebhook,
  createWebhook,
  deleteWebhook,
  listWebhooks,
  requireWebhook,
  rotateSecret,
} from '../webhooks/configure.ts'
import { listDeliveries, replay, sendTest } from '../webhooks/deliveries.ts'
import { presentDelivery, presentWebhook } from '../webhooks/present.ts'
import { cursorFor, pageOf, pageOfAll, pageQuery, pageSchema, readCursor } from './page.ts'

const deliveryQuery = v.strictObject({
  ...pageQuery.entries,
  state: v.optional(v.picklist(deliveryStates)),
})

/** Addresses that are told what happens (Standard Webhooks), and what came of it. */
export const webhookRoutes = (runtime: Runtime) =>
  new Hono()
    .post(
      '/',
      describe('Add a webhook; its secret is shown in this answer only', 201, webhookSchema),
      jsonBody(createBody),
      async (c) => {
        const { row, secret } = await createWebhook(runtime, c.req.valid('json'))
        return c.json(presentWebhook(row, secret), 201)
      },
    )
    .get(
      '/',
      describe('List the webhooks, oldest first', 200, pageSchema(webhookSchema)),
      queryParameters(pageQuery),
      async (c) => {
        const rows = await listWebhooks(runtime.db)
        return c.json(
          pageOfAll(
            rows.map((row) => presentWebhook(row)),
            c.req.valid('query'),
            ({ id }) => id,
          ),
        )
      },
    )
    .get('/:id', describe('Read a webhook', 200, webhookSchema), async (c) =>
      c.json(presentWebhook(await requireWebhook(runtime.db, c.req.param('id')))),
    )
    .patch('/:id', describe('Change a webhook', 200, webhookSchema), jsonBody(patchWebhook), async (c) =>
      c.json(presentWebhook(await changeWebhook(runtime, c.req.param('id'), c.req.valid('json')))),
    )
    .delete('/:id', describe('Delete a webhook and its log', 204), async (c) => {
      await deleteWebhook(runtime.db, c.req.param('id'))
      return c.body(null, 204)
    })
    .post(
      '/:id/rotate-secret',
      describe('Make a new secret, shown in this answer only; the old one signs too for a while', 200, webhookSchema),
      jsonBody(rotateWebhookSecret),
      async (c) => {
        const { row, secret } = await rotateSecret(runtime, c.req.param('id'), c.req.valid('json').overlap_s)
        return c.json(presentWebhook(row, secret))
      },
    )
    .post('/:id/test', describe('Send a test event now, and show what came of it', 200, webhookDelivery), async (c) => {
      const webhook = await requireWebhook(runtime.db, c.req.param('id'))
      return c.json(presentDelivery(await sendTest(runtime, webhook)))
    })
    .get(
      '/:id/deliveries',
      describe('List what was and is to be sent, newest first', 200, pageSchema(webhookDelivery)),
      queryParameters(deliveryQuery),
      async (c) => {
        const { id } = await requireWebhook(runtime.db, c.req.param('id'))
        const { limit, cursor, state } = c.req.valid('query')
        const before = cursor === undefined ? undefined : readCursor(cursor, v.number())
        const rows = await listDeliveries(runtime.db, id, { state, before, limit: limit + 1 })
        const page = pageOf(rows, limit, (last) => cursorFor(last.seq))
        return c.json({ data: page.data.map(presentDelivery), next_cursor: page.next_cursor })
      },
    )
    .post(
      '/:id/deliveries/:deliveryId/replay',
      describe('Send a delivery once more', 200, webhookDelivery),
      async (c) => {
        const webhook = await requireWebhook(runtime.db, c.req.param('id'))
        return c.json(presentDelivery(await replay(runtime.db, webhook, c.req.param('deliveryId'))))
      },
    )
