import { type Context, Hono } from 'hono'
import { cors } from 'hono/cors'
import { describeRoute } from 'hono-openapi'
import { filledPage, type Markup } from '../docs/markup.ts'
import { problemPage } from '../docs/problem-page.ts'
import { referencePage } from '../docs/reference-page.ts'
import { pageHeaders } from '../middleware/security-headers.ts'
import { type OpenApiDocument, openApiDocument } from '../openapi/document.ts'
import { publicUrl } from '../public-url.ts'
import type { Runtime } from '../runtime.ts'

/** What the API is, for programs and people. Any site may read the document: it holds nothing of this install but its address. */
// biome-ignore lint/suspicious/noExplicitAny: of whatever variables and routes the app has.
export function documentRoutes({ config, assets }: Runtime, app: Hono<any, any, any>) {
  let made: OpenApiDocument | undefined
  /** The reference as it was made last, with the address that it was made for. */
  let reference: { readonly url: string; readonly markup: Markup } | undefined

  const documentFor = async (url: string): Promise<OpenApiDocument> => {
    made ??= await openApiDocument(app)
    return { ...made, servers: [{ url }] }
  }

  async function page(c: Context, title: string, content: () => Markup | Promise<Markup>) {
    const template = await assets.get('/docs.html')
    if (!template)
      return c.text('The web pages are not built yet. Run “npm run build”, then load this page again.', 503)
    return c.html(await filledPage(await template.text(), title, await content()))
  }

  return new Hono()
    .get('/openapi.json', describeDocument, cors({ origin: '*' }), async (c) => {
      c.header('Cache-Control', 'public, max-age=300')
      return c.json(await documentFor(publicUrl(config, c.req.raw)))
    })
    .get('/docs', pageHeaders('none'), (c) =>
      page(c, 'API · Weir', async () => {
        const url = publicUrl(config, c.req.raw)
        if (reference?.url !== url) reference = { url, markup: await referencePage(await documentFor(url)) }
        return reference.markup
      }),
    )
    .get('/docs/errors', pageHeaders('none'), (c) => page(c, 'Problems · Weir', problemPage))
}

const describeDocument = describeRoute({
  summary: 'Read this document (OpenAPI 3.1)',
  responses: { 200: { description: 'The document', content: { 'application/json': { schema: { type: 'object' } } } } },
})
