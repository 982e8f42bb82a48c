import { and, desc, eq, lt, or } from 'drizzle-orm'
import { Hono } from 'hono'
import { describeRoute, resolver } from 'hono-openapi'
import * as v from 'valibot'
import { type AssetType, assetContentTypes } from '#schema/asset-types.ts'
import { assetSchema } from '#schema/contracts/asset.ts'
import { problemSchema } from '#schema/problem.ts'
import { assets } from '#schema/tables/assets.ts'
import { deleteAsset } from '../assets/delete.ts'
import { receiveAsset } from '../assets/receive.ts'
import { serveContent } from '../assets/serve.ts'
import { isComplete, presentAsset, requireAsset } from '../assets/store.ts'
import { ApiError } from '../errors.ts'
import { describe } from '../middleware/describe.ts'
import { queryParameters } from '../middleware/validate.ts'
import type { Runtime } from '../runtime.ts'
import { cursorFor, pageOf, pageQuery, pageSchema, readCursor } from './page.ts'

const uploadQuery = v.strictObject({
  /** For people; usually the file's name. */
  name: v.optional(
    v.pipe(
      v.string(),
      v.trim(),
      v.minLength(1, 'Give a name of at least one character.'),
      v.maxLength(200, 'Use at most 200 characters.'),
      v.check((text) => !/\p{Cc}/u.test(text), 'Leave out control characters and line breaks.'),
    ),
    'Untitled',
  ),
})

/** Pictures and videos for slates. */
export const assetRoutes = (runtime: Runtime) => {
  const { db } = runtime
  return new Hono()
    .post('/', describeUpload, queryParameters(uploadQuery), async (c) => {
      const { body } = c.req.raw
      const type = typeOf(c.req.header('content-type'))
      if (!body) throw new ApiError('validation_failed', 'Send the file as the body of the request.')
      const length = Number(c.req.header('content-length') ?? Number.NaN)
      const announcedBytes = Number.isSafeInteger(length) ? length : undefined
      const asset = await receiveAsset(runtime, { name: c.req.valid('query').name, type, announcedBytes, body })
      c.header('Location', `/v1/assets/${asset.id}`)
      return c.json(asset, 201)
    })
    .get(
      '/',
      describe('List uploads, newest first', 200, pageSchema(assetSchema)),
      queryParameters(pageQuery),
      async (c) => {
        const { limit, cursor } = c.req.valid('query')
        const after = cursor === undefined ? undefined : readCursor(cursor, v.tuple([v.number(), v.string()]))
        const older =
          after &&
          or(
            lt(assets.createdAt, new Date(after[0])),
            and(eq(assets.createdAt, new Date(after[0])), lt(assets.id, after[1])),
          )
        const rows = await db
          .select()
          .from(assets)
          .where(and(isComplete, older))
          .orderBy(desc(assets.createdAt), desc(assets.id))
          .limit(limit + 1)
        const page = pageOf(rows, limit, (row) => cursorFor([row.createdAt.getTime(), row.id]))
        return c.json({ data: page.data.map(presentAsset), next_cursor: page.next_cursor })
      },
    )
    .get('/:id', describe('Read what is known of an upload', 200, assetSchema), async (c) =>
      c.json(presentAsset(await requireAsset(db, c.req.param('id')))),
    )
    .get('/:id/content', describe('Read an upload itself', 200, undefined, assetContentTypes), async (c) =>
      serveContent(c, db, await requireAsset(db, c.req.param('id'))),
    )
    .delete('/:id', describe('Delete an upload that no slate uses', 204), async (c) => {
      await deleteAsset(db, c.req.param('id'))
      return c.body(null, 204)
    })
}

const describeUpload = describeRoute({
  summary: 'Upload a picture (10 MB at most) or a video (100 MB) for slates; the body is the file',
  requestBody: {
    required: true,
    content: Object.fromEntries(
      assetContentTypes.map((type) => [type, { schema: { type: 'string' as const, format: 'binary' } }]),
    ),
  },
  responses: {
    201: { description: 'Done', content: { 'application/json': { schema: resolver(assetSchema) } } },
    default: { description: 'Refused', content: { 'application/problem+json': { schema: resolver(problemSchema) } } },
  },
})

function typeOf(header: string | undefined): AssetType {
  const essence = (header ?? '').split(';')[0]?.trim().toLowerCase()
  const type = assetContentTypes.find((each) => each === essence)
  if (type) return type
  throw new ApiError(
    'unsupported_media_type',
    `Say with Content-Type what the file is. Taken are ${assetContentTypes.join(', ')}.`,
  )
}
