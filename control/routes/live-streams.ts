import { and, desc, eq, lt, or } from 'drizzle-orm'
import { type Context, Hono } from 'hono'
import * as v from 'valibot'
import { dryRunQuery } from '#schema/contracts/effect.ts'
import { createLiveStream, liveStreamSchema, patchLiveStream, resetStreamKey } from '#schema/contracts/live-stream.ts'
import { streamEvent } from '#schema/contracts/worker.ts'
import { events } from '#schema/tables/events.ts'
import { liveStreams } from '#schema/tables/live-streams.ts'
import { principalOf } from '../access/principal.ts'
import { describe } from '../middleware/describe.ts'
import { jsonBody, queryParameters } from '../middleware/validate.ts'
import { publicUrl } from '../public-url.ts'
import type { Runtime } from '../runtime.ts'
import { changeStream } from '../streams/configure.ts'
import { createStream } from '../streams/create.ts'
import { streamEffects } from '../streams/effects.ts'
import { presentEvent } from '../streams/events.ts'
import type { StreamSecrets } from '../streams/ingest.ts'
import { loadLiveStream, loadLiveStreams, requireStream } from '../streams/load.ts'
import { completeStream, disableStream, enableStream } from '../streams/orders.ts'
import { deleteStream } from '../streams/remove.ts'
import { resetStreamSecrets, revealStreamSecrets } from '../streams/stream-secrets.ts'
import { answerLiveStream } from './live-stream-answer.ts'
import { cursorFor, pageOf, pageQuery, pageSchema, readCursor } from './page.ts'

/** Live streams: wanted state, orders, secrets and events. */
export const liveStreamRoutes = (runtime: Runtime) => {
  const answer = (c: Context, id: string, secrets?: StreamSecrets) =>
    answerLiveStream(runtime, c, id, { ...(secrets && { secrets }) })

  return new Hono()
    .post('/', describe('Make a live stream', 201, liveStreamSchema), jsonBody(createLiveStream), async (c) => {
      const { id, secrets } = await createStream(runtime, c.req.valid('json'))
      c.header('Location', `/v1/live-streams/${id}`)
      return answerLiveStream(runtime, c, id, { secrets, status: 201 })
    })
    .get(
      '/',
      describe('List live streams, newest first', 200, pageSchema(liveStreamSchema)),
      queryParameters(pageQuery),
      async (c) => {
        const { limit, cursor } = c.req.valid('query')
        const after = cursor === undefined ? undefined : readCursor(cursor, v.tuple([v.number(), v.string()]))
        const { liveStreamId: only } = principalOf(c)
        const rows = await runtime.db
          .select({ id: liveStreams.id, createdAt: liveStreams.createdAt })
          .from(liveStreams)
          .where(
            and(
              only === null ? undefined : eq(liveStreams.id, only),
              after &&
                or(
                  lt(liveStreams.createdAt, new Date(after[0])),
                  and(eq(liveStreams.createdAt, new Date(after[0])), lt(liveStreams.id, after[1])),
                ),
            ),
          )
          .orderBy(desc(liveStreams.createdAt), desc(liveStreams.id))
          .limit(limit + 1)
        const page = pageOf(rows, limit, (row) => cursorFor([row.createdAt.getTime(), row.id]))
        const data = await loadLiveStreams(
          runtime,
          page.data.map((row) => row.id),
          publicUrl(runtime.config, c.req.raw),
        )
        return c.json({ data, next_cursor: page.next_cursor })
      },
    )
    .get('/:id', describe('Read a live stream', 200, liveStreamSchema), (c) => answer(c, c.req.param('id')))
    .patch(
      '/:id',
      describe('Change a live stream, or with dry_run only say what the change would do', 200, liveStreamSchema),
      queryParameters(dryRunQuery),
      jsonBody(patchLiveStream),
      async (c) => {
        const wanted = c.req.valid('json')
        const before = await loadLiveStream(runtime, c.req.param('id'), publicUrl(runtime.config, c.req.raw))
        await changeStream(runtime, before.id, wanted, c.req.valid('query').dry_run)
        return answerLiveStream(runtime, c, before.id, { effects: streamEffects(before, wanted) })
      },
    )
    .delete('/:id', describe('Delete a live stream', 204), async (c) => {
      await deleteStream(runtime, c.req.param('id'))
      return c.body(null, 204)
    })
    .post('/:id/enable', describe('Switch a live stream on', 200, liveStreamSchema), async (c) => {
      await enableStream(runtime, c.req.param('id'))
      return answer(c, c.req.param('id'))
    })
    .post('/:id/disable', describe('Switch a live stream off', 200, liveStreamSchema), async (c) => {
      await disableStream(runtime, c.req.param('id'))
      return answer(c, c.req.param('id'))
    })
    .post('/:id/complete', describe('End the broadcast', 200, liveStreamSchema), async (c) => {
      await completeStream(runtime, c.req.param('id'))
      return answer(c, c.req.param('id'))
    })
    .post(
      '/:id/reset-stream-key',
      describe(
        'Replace the stream key and the SRT passphrase, the old ones at once or after a while; an encoder that is connected stays',
        200,
        liveStreamSchema,
      ),
      jsonBody(resetStreamKey),
      async (c) => {
        const { grace_s: graceS } = c.req.valid('json')
        return answer(c, c.req.param('id'), await resetStreamSecrets(runtime, c.req.param('id'), graceS))
      },
    )
    .post('/:id/reveal', describe('Show the stream key and the SRT passphrase', 200, liveStreamSchema), async (c) => {
      return answer(c, c.req.param('id'), await revealStreamSecrets(runtime, c.req.param('id')))
    })
    .get(
      '/:id/events',
      describe('List events, newest first', 200, pageSchema(streamEvent)),
      queryParameters(pageQuery),
      async (c) => {
        const id = c.req.param('id')
        await requireStream(runtime.db, id)
        const { limit, cursor } = c.req.valid('query')
        const before = cursor === undefined ? undefined : readCursor(cursor, v.number())
        const rows = await runtime.db
          .select()
          .from(events)
          .where(and(eq(events.liveStreamId, id), before === undefined ? undefined : lt(events.seq, before)))
          .orderBy(desc(events.seq))
          .limit(limit + 1)
        const page = pageOf(rows, limit, (row) => cursorFor(row.seq))
        return c.json({ data: page.data.map(presentEvent), next_cursor: page.next_cursor })
      },
    )
}
