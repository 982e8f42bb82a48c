import { Hono } from 'hono'
import * as v from 'valibot'
import { auditEntry } from '#schema/contracts/audit-log.ts'
import { auditCsv } from '../audit/csv.ts'
import { listEntries } from '../audit/entries.ts'
import { describe } from '../middleware/describe.ts'
import { queryParameters } from '../middleware/validate.ts'
import type { Runtime } from '../runtime.ts'
import { cursorFor, pageOf, pageQuery, pageSchema, readCursor } from './page.ts'

const id = v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(60)))
const time = v.optional(
  v.pipe(
    v.string(),
    v.check((text) => !Number.isNaN(Date.parse(text)), 'Use a time such as 2027-01-31T12:00:00Z.'),
    v.transform((text) => new Date(text)),
  ),
)
const auditQuery = v.strictObject({
  ...pageQuery.entries,
  /** Id of a user or a token. */
  actor: id,
  /** Id of what was changed, or its type (`destination`). */
  target: id,
  live_stream_id: id,
  /** Such as `token.create`. */
  action: id,
  outcome: v.optional(v.picklist(['done', 'refused'])),
  from: time,
  to: time,
  /** `csv`: a page as a table; the header `Link` leads to the next one. */
  format: v.optional(v.picklist(['json', 'csv']), 'json'),
})

/** Who changed what. */
export const auditLogRoutes = (runtime: Runtime) =>
  new Hono().get(
    '/',
    describe('List changes, newest first', 200, pageSchema(auditEntry)),
    queryParameters(auditQuery),
    async (c) => {
      const { limit, cursor, format, live_stream_id: liveStreamId, ...filter } = c.req.valid('query')
      const before = cursor === undefined ? undefined : readCursor(cursor, v.number())
      const found = await listEntries(runtime, { ...filter, liveStreamId }, { limit: limit + 1, before })
      const page = pageOf(found, limit, ({ seq }) => cursorFor(seq))
      const data = page.data.map(({ entry }) => entry)
      if (format === 'json') return c.json({ data, next_cursor: page.next_cursor })
      if (page.next_cursor !== null) {
        const next = new URL(c.req.url)
        next.searchParams.set('cursor', page.next_cursor)
        c.header('Link', `<${next.pathname}${next.search}>; rel="next"`)
      }
      c.header('Content-Disposition', 'attachment; filename="audit-log.csv"')
      return c.body(auditCsv(data), 200, { 'content-type': 'text/csv; charset=utf-8' })
    },
  )
