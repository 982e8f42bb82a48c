import { type Context, Hono } from 'hono'
import { cors } from 'hono/cors'
import { discoveryLink } from '../embed/oembed.ts'
import { ApiError } from '../errors.ts'
import { pageHeaders, publicResource } from '../middleware/security-headers.ts'
import { publicUrl } from '../public-url.ts'
import type { Runtime } from '../runtime.ts'

/** Scripts and styles of pages have a hash in their names; the player has a stable one that sites embed. */
const hashedFile = 'public, max-age=31536000, immutable'
const stableFile = 'public, max-age=300'

/**
 * `/assets/..%2findex.html` would be a page without its policy, kept for ever: how the files are stored, such a path
 * leads out of the folder that it names. Plain dot segments are gone before this (WHATWG URL §4.4).
 */
const leavesItsFolder = /%2f|%5c|\.\.|%2e/i

const html = { 'content-type': 'text/html; charset=utf-8' }

/** The built web pages and the player. */
export const pageRoutes = ({ assets, config }: Runtime) => {
  async function page(c: Context, path: string) {
    const file = await assets.get(path)
    if (file) return c.newResponse(file.body, 200, html)
    return c.text('The web pages are not built yet. Run “npm run build”, then load this page again.', 503)
  }

  /** With the link by which programs learn how to embed it. */
  async function watchPage(c: Context, playbackId: string) {
    const found = await assets.get('/watch.html')
    if (!found || !/^[\w-]{1,64}$/.test(playbackId)) return page(c, '/watch.html')
    const link = discoveryLink(publicUrl(config, c.req.raw), playbackId)
    return c.newResponse(
      (await found.text()).replace('</head>', () => `  ${link}\n  </head>`),
      200,
      html,
    )
  }

  async function file(c: Context, cacheControl: string) {
    const { pathname } = new URL(c.req.url)
    const found = leavesItsFolder.test(pathname) ? undefined : await assets.get(pathname)
    if (!found) throw new ApiError('not_found', 'There is no such file. If the pages are not built yet: npm run build.')
    return c.newResponse(found.body, 200, {
      'content-type': found.headers.get('content-type') ?? 'application/octet-stream',
      'cache-control': cacheControl,
    })
  }

  return new Hono()
    .get('/', pageHeaders('none'), (c) => page(c, '/index.html'))
    .get('/admin', pageHeaders('none'), (c) => page(c, '/admin.html'))
    .get('/join', pageHeaders('none'), (c) => page(c, '/join.html'))
    .get('/logs/:id', pageHeaders('none'), (c) => page(c, '/logs.html'))
    .get('/broadcasts/:id', pageHeaders('none'), (c) => page(c, '/broadcast.html'))
    .get('/statistics/:id', pageHeaders('none'), (c) => page(c, '/statistics.html'))
    .get('/watch/:playbackId', pageHeaders('self'), (c) => watchPage(c, c.req.param('playbackId')))
    .get('/publish', pageHeaders('none', 'capture'), (c) => page(c, '/publish.html'))
    .get('/assets/*', (c) => file(c, hashedFile))
    .use('/player@1/*', cors({ origin: '*' }), publicResource)
    .get('/player@1/*', (c) => file(c, stableFile))
}
