import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { type OpenApiDocument, openApiDocument } from '../openapi/document.ts'
import { publicUrl } from '../public-url.ts'
import type { Runtime } from '../runtime.ts'

/** What the API is, for programs and people. Any site may read it: it holds nothing of this install but its address. */
// biome-ignore lint/suspicious/noExplicitAny: of whatever variables and routes the app has.
export function documentRoutes({ config }: Runtime, app: Hono<any, any, any>) {
  let made: OpenApiDocument | undefined
  const documentFor = async (request: Request): Promise<OpenApiDocument> => {
    made ??= await openApiDocument(app)
    return { ...made, servers: [{ url: publicUrl(config, request) }] }
  }

  return new Hono().get('/openapi.json', cors({ origin: '*' }), async (c) => {
    c.header('Cache-Control', 'public, max-age=300')
    return c.json(await documentFor(c.req.raw))
  })
}
