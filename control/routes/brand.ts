import { Hono } from 'hono'
import { type PublicBrand, publicBrand } from '#schema/contracts/settings.ts'
import { serveContent } from '../assets/serve.ts'
import { requireAsset } from '../assets/store.ts'
import { ApiError } from '../errors.ts'
import { describe } from '../middleware/describe.ts'
import type { Runtime } from '../runtime.ts'
import { brandStyle } from '../settings/brand-style.ts'
import { loadSettings } from '../settings/install-settings.ts'

/** How the pages of this install look, for anybody who opens one. */
export const brandRoutes = ({ db }: Runtime) => {
  const load = async () => (await loadSettings(db)).brand
  const aMinute = 'public, max-age=60'
  return new Hono()
    .get('/brand', describe('Read how the pages look', 200, publicBrand), async (c) => {
      const { name, accent, logo_asset_id: logo } = await load()
      c.header('Cache-Control', aMinute)
      return c.json({ name, accent, logo_url: logo === null ? null : `/brand/logo?${logo}` } satisfies PublicBrand)
    })
    .get('/brand.css', async (c) =>
      c.body(brandStyle(await load()), 200, { 'content-type': 'text/css; charset=utf-8', 'cache-control': aMinute }),
    )
    .get('/brand/logo', async (c) => {
      const { logo_asset_id: logo } = await load()
      if (logo === null) throw new ApiError('not_found', 'This install has no logo of its own.')
      const answer = serveContent(c, db, await requireAsset(db, logo))
      answer.headers.set('cache-control', aMinute)
      return answer
    })
}
