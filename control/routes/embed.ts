import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { describeRoute } from 'hono-openapi'
import * as v from 'valibot'
import { readPlaybackName } from '../delivery/playback-name.ts'
import { playbacksOf } from '../delivery/playbacks.ts'
import { wantsPage } from '../docs/lost-page.ts'
import { oembedOf, oembedSchema, playbackIdIn } from '../embed/oembed.ts'
import { ApiError } from '../errors.ts'
import { describe } from '../middleware/describe.ts'
import { publicResource, setPageHeaders } from '../middleware/security-headers.ts'
import { queryParameters } from '../middleware/validate.ts'
import { publicUrl } from '../public-url.ts'
import type { Runtime } from '../runtime.ts'
import { loadSettings } from '../settings/install-settings.ts'

const pixels = v.pipe(v.string(), v.regex(/^[1-9]\d{0,4}$/, 'Use a whole number of pixels.'), v.transform(Number))

// Consumers add parameters of their own, which mean nothing to us (oembed.com §2.2).
const oembedQuery = v.object({
  /** The address of a watch page. */
  url: v.pipe(v.string(), v.maxLength(2_000)),
  maxwidth: v.optional(pixels),
  maxheight: v.optional(pixels),
  format: v.optional(v.string(), 'json'),
})

/** A player to put into other sites: a page for a frame, and what tells programs of it (oembed.com). */
export const embedRoutes = (runtime: Runtime) => {
  const { find } = playbacksOf(runtime)
  return new Hono()
    .get(
      '/embed/:playbackId',
      describeRoute({
        summary: 'Open the player alone, for a frame in any page',
        responses: { 200: { description: 'The page', content: { 'text/html': { schema: { type: 'string' } } } } },
      }),
      publicResource,
      async (c) => {
        // With the token of signed playback in it, which the player hands on.
        const name = c.req.param('playbackId')
        const isName = wellFormed.test(name)
        const playback = isName ? await find(readPlaybackName(name).playbackId) : undefined
        // The player says it to people in words.
        if (!playback && !(isName && wantsPage(c))) throw noStream()
        const file = await runtime.assets.get('/embed.html')
        if (!file)
          return c.text('The web pages are not built yet. Run “npm run build”, then load this page again.', 503)
        const allowedOrigins = playback?.allowedOrigins ?? []
        setPageHeaders(c, allowedOrigins.length === 0 ? '*' : ["'self'", ...allowedOrigins].join(' '))
        const page = (await file.text()).replace('<weir-player>', `<weir-player playback-id="${name}">`)
        return c.html(page, playback ? 200 : 404)
      },
    )
    .get(
      '/oembed',
      describe('Learn how to embed a watch page (oembed.com)', 200, oembedSchema),
      cors({ origin: '*' }),
      publicResource,
      queryParameters(oembedQuery),
      async (c) => {
        const { url: address, maxwidth, maxheight, format } = c.req.valid('query')
        if (format !== 'json')
          throw new ApiError('format_not_there', 'The answer is JSON only: leave format out, or use format=json.')
        const url = publicUrl(runtime.config, c.req.raw)
        const playbackId = playbackIdIn(address, url)
        const playback = playbackId === undefined ? undefined : await find(playbackId)
        if (!playback) throw noStream()
        // What a stranger could not play must not be told to strangers.
        if (playback.policy === 'signed')
          throw new ApiError('unauthorized', 'This stream is not for everybody, so that its title is not told either.')
        const { brand } = await loadSettings(runtime.db)
        c.header('Cache-Control', 'public, max-age=300')
        const { title } = playback
        const sizes = { maxWidth: maxwidth, maxHeight: maxheight }
        return c.json(oembedOf({ url, playbackId: playback.playbackId, title, provider: brand.name, ...sizes }))
      },
    )
}

const wellFormed = /^[\w.~-]{1,2000}$/

const noStream = () =>
  new ApiError('not_found', 'There is no stream at this address. Copy it again from the dashboard.')
