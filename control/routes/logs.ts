import { type Context, Hono } from 'hono'
import { streamText } from 'hono/streaming'
import { describeRoute, resolver } from 'hono-openapi'
import * as v from 'valibot'
import { keptLogLine } from '#schema/contracts/log.ts'
import { logLevelSettings, patchLogLevels } from '#schema/contracts/log-levels.ts'
import { logLevels } from '#schema/log/line.ts'
import { problemSchema } from '#schema/problem.ts'
import { principalOf } from '../access/principal.ts'
import { ApiError } from '../errors.ts'
import { followLines } from '../logs/follow.ts'
import { type LogFilter, linesAfter, linesBefore, presentLine } from '../logs/read.ts'
import { linesKept } from '../logs/trim.ts'
import { mayStill } from '../middleware/auth.ts'
import { describe } from '../middleware/describe.ts'
import { jsonBody, queryParameters } from '../middleware/validate.ts'
import { createPlaces } from '../requests/places.ts'
import type { Runtime } from '../runtime.ts'
import { requireStream } from '../streams/load.ts'
import { cursorFor, pageOf, pageQuery, pageSchema, readCursor } from './page.ts'

/** Who follows logs in one process at most, and with one token; each asks the database when something may have come. */
const followersMax = 100
const ownFollowersMax = 25
/** Lines read at once for a download. */
const downloadPage = 500

const moment = v.pipe(
  v.string(),
  v.maxLength(40),
  v.check((text) => Number.isFinite(Date.parse(text)), 'Use a time like 2026-11-22T10:00:00Z.'),
  v.transform((text) => new Date(text)),
)
const flag = v.pipe(
  v.picklist(['0', '1'], 'Use 1 or 0.'),
  v.transform((text) => text === '1'),
)

const logQuery = v.strictObject({
  ...pageQuery.entries,
  level: v.optional(v.picklist(logLevels)),
  part: v.optional(v.pipe(v.string(), v.maxLength(40))),
  text: v.optional(v.pipe(v.string(), v.maxLength(200))),
  session: v.optional(v.pipe(v.string(), v.maxLength(60))),
  since: v.optional(moment),
  until: v.optional(moment),
  /** 1: goes on with each line that comes, as Server-Sent Events or, if that is asked for, application/x-ndjson. */
  follow: v.optional(flag),
  /** 1: all that is kept, oldest first, as a file with a line of JSON each. */
  download: v.optional(flag),
})

const described = describeRoute({
  summary: 'Read, follow or download the log of a live stream',
  description:
    'Newest line first, in pages. With `follow=1` the newest `limit` lines and then each that comes; with `download=1` all that is kept, oldest first.',
  responses: {
    200: {
      description: 'Done',
      content: {
        'application/json': { schema: resolver(pageSchema(keptLogLine)) },
        'text/event-stream': { schema: { type: 'string' } },
        'application/x-ndjson': { schema: { type: 'string' } },
      },
    },
    default: {
      description: 'Refused',
      content: { 'application/problem+json': { schema: resolver(problemSchema) } },
    },
  },
})

/** What is logged about one live stream, by control, its workers and their FFmpeg. */
export const streamLogRoutes = (runtime: Runtime) => {
  const takePlace = createPlaces(followersMax, ownFollowersMax)
  return new Hono().get('/:id/logs', described, queryParameters(logQuery), async (c) => {
    const id = c.req.param('id')
    const { limit, cursor, follow, download, ...filter } = c.req.valid('query')
    await requireStream(runtime.db, id)
    if (download) return downloadLines(c, runtime, id, filter)
    if (follow) {
      const over = takePlace(principalOf(c).tokenId)
      if (!over)
        throw new ApiError('rate_limited', 'Too many follow logs now. Close some pages, or try again in a minute.', {
          retryAfterSeconds: 60,
        })
      const allowed = { isAllowed: () => mayStill(runtime, c), allowedAtMs: runtime.now().getTime() }
      return followLines(c, runtime, { id, filter, limit, ...allowed }, over)
    }
    const before = cursor === undefined ? undefined : readCursor(cursor, v.number())
    const rows = await linesBefore(runtime.db, id, filter, before, limit + 1)
    const page = pageOf(rows, limit, (row) => cursorFor(row.seq))
    return c.json({ data: page.data.map(presentLine), next_cursor: page.next_cursor })
  })
}

/** How much is logged. */
export const logLevelRoutes = (runtime: Runtime) =>
  new Hono()
    .get('/', describe('Read how much is logged', 200, logLevelSettings), async (c) =>
      c.json(await runtime.logs.levels.read()),
    )
    .patch(
      '/',
      describe('Change how much is logged, while everything runs', 200, logLevelSettings),
      jsonBody(patchLogLevels),
      async (c) => {
        const wanted = c.req.valid('json')
        for (const { live_stream_id } of wanted.debug ?? []) await requireStream(runtime.db, live_stream_id)
        return c.json(await runtime.logs.levels.change(wanted))
      },
    )

function downloadLines(c: Context, { db }: Runtime, id: string, filter: LogFilter): Response {
  c.header('Content-Disposition', `attachment; filename="${id}.ndjson"`)
  c.header('Cache-Control', 'no-store')
  const answer = streamText(c, async (stream) => {
    // What comes meanwhile would not end.
    for (let after = 0, sent = 0; sent < 2 * linesKept && !stream.aborted; ) {
      const rows = await linesAfter(db, id, filter, after, downloadPage)
      for (const row of rows) await stream.write(`${JSON.stringify(presentLine(row))}\n`)
      sent += rows.length
      after = rows.at(-1)?.seq ?? after
      if (rows.length < downloadPage) break
    }
  })
  answer.headers.set('Content-Type', 'application/x-ndjson; charset=utf-8')
  return answer
}
