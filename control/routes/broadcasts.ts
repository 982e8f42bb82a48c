import { Hono } from 'hono'
import * as v from 'valibot'
import { broadcastReport, broadcastSummary } from '#schema/contracts/broadcast.ts'
import { describe } from '../middleware/describe.ts'
import { mediaHeaders } from '../middleware/security-headers.ts'
import { queryParameters } from '../middleware/validate.ts'
import { listBroadcasts, loadReport } from '../reports/load.ts'
import { timelineSvg } from '../reports/timeline-svg.ts'
import type { Runtime } from '../runtime.ts'
import { requireStream } from '../streams/load.ts'
import { cursorFor, pageOf, pageQuery, pageSchema, readCursor } from './page.ts'

/** Broadcasts of one live stream. */
export const streamBroadcastRoutes = ({ db }: Runtime) =>
  new Hono().get(
    '/:id/broadcasts',
    describe('List the broadcasts of a live stream, newest first', 200, pageSchema(broadcastSummary)),
    queryParameters(pageQuery),
    async (c) => {
      const id = c.req.param('id')
      await requireStream(db, id)
      const { limit, cursor } = c.req.valid('query')
      const after = cursor === undefined ? undefined : readCursor(cursor, v.tuple([v.string(), v.string()]))
      const found = await listBroadcasts(db, id, { limit: limit + 1, after })
      return c.json(pageOf(found, limit, (last) => cursorFor([last.started_at, last.id])))
    },
  )

/** What is known of one broadcast. */
export const broadcastRoutes = ({ db }: Runtime) =>
  new Hono()
    .get(
      '/:id/report',
      describe('Read what happened in a broadcast; of one that is live, so far', 200, broadcastReport),
      async (c) => c.json(await loadReport(db, c.req.param('id'))),
    )
    .get(
      '/:id/timeline.svg',
      describe('Draw the timelines of a broadcast', 200, undefined, ['image/svg+xml']),
      mediaHeaders,
      async (c) => {
        c.header('Cache-Control', 'no-store')
        c.header('Content-Type', 'image/svg+xml')
        return c.body(timelineSvg(await loadReport(db, c.req.param('id'))))
      },
    )
