import { Hono } from 'hono'
import { createDestination, destinationSchema, patchDestination } from '#schema/contracts/destination.ts'
import { checkDestination, destinationCheckResult } from '#schema/contracts/destination-check.ts'
import { dryRunQuery } from '#schema/contracts/effect.ts'
import { checkConnection } from '../destination-checks/check.ts'
import { describe } from '../middleware/describe.ts'
import { jsonBody, queryParameters } from '../middleware/validate.ts'
import type { Runtime } from '../runtime.ts'
import { startDestination, stopDestination } from '../streams/destination-orders.ts'
import {
  addDestination,
  changeDestination,
  listDestinations,
  loadDestination,
  removeDestination,
  retryDestination,
} from '../streams/destinations.ts'
import { pageOfAll, pageQuery, pageSchema } from './page.ts'

/** Destinations of one live stream. A stream has 200 at most. */
export const destinationRoutes = (runtime: Runtime) =>
  new Hono()
    .post(
      '/:id/destinations',
      describe('Add a destination', 201, destinationSchema),
      jsonBody(createDestination),
      async (c) => c.json(await addDestination(runtime, c.req.param('id'), c.req.valid('json')), 201),
    )
    .post(
      '/:id/destinations/check',
      describe('Try the connection to a destination, without publishing', 200, destinationCheckResult),
      jsonBody(checkDestination),
      async (c) => c.json(await checkConnection(runtime, c.req.param('id'), c.req.valid('json'))),
    )
    .get(
      '/:id/destinations',
      describe('List the destinations, oldest first', 200, pageSchema(destinationSchema)),
      queryParameters(pageQuery),
      async (c) => {
        const all = await listDestinations(runtime, c.req.param('id'))
        return c.json(pageOfAll(all, c.req.valid('query'), ({ id }) => id))
      },
    )
    .get('/:id/destinations/:destinationId', describe('Read a destination', 200, destinationSchema), async (c) =>
      c.json(await loadDestination(runtime, c.req.param('id'), c.req.param('destinationId'))),
    )
    .patch(
      '/:id/destinations/:destinationId',
      describe(
        'Change, pause or resume a destination, or with dry_run only say what that does',
        200,
        destinationSchema,
      ),
      queryParameters(dryRunQuery),
      jsonBody(patchDestination),
      async (c) => {
        const { id, destinationId } = c.req.param()
        const { dry_run: dryRun } = c.req.valid('query')
        return c.json(await changeDestination(runtime, id, destinationId, c.req.valid('json'), dryRun))
      },
    )
    .delete('/:id/destinations/:destinationId', describe('Remove a destination', 204), async (c) => {
      await removeDestination(runtime, c.req.param('id'), c.req.param('destinationId'))
      return c.body(null, 204)
    })
    .post(
      '/:id/destinations/:destinationId/retry',
      describe('Try a waiting destination now', 200, destinationSchema),
      async (c) => c.json(await retryDestination(runtime, c.req.param('id'), c.req.param('destinationId'))),
    )
    .post(
      '/:id/destinations/:destinationId/start',
      describe('Start a destination for the broadcast that is on, or else the next', 200, destinationSchema),
      async (c) => c.json(await startDestination(runtime, c.req.param('id'), c.req.param('destinationId'))),
    )
    .post(
      '/:id/destinations/:destinationId/stop',
      describe('Stop a destination for the broadcast that is on, or else the next', 200, destinationSchema),
      async (c) => c.json(await stopDestination(runtime, c.req.param('id'), c.req.param('destinationId'))),
    )
