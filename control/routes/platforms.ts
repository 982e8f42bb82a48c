import { Hono } from 'hono'
import { platformSchema } from '#schema/contracts/platform.ts'
import { platforms } from '#schema/platforms.ts'
import { describe } from '../middleware/describe.ts'
import { queryParameters } from '../middleware/validate.ts'
import { pageOfAll, pageQuery, pageSchema } from './page.ts'

/** The catalogue of platforms: the same on every install of this version. */
export const platformRoutes = () =>
  new Hono().get(
    '/',
    describe(
      'List the platforms: addresses, limits and advice, each figure with its source',
      200,
      pageSchema(platformSchema),
    ),
    queryParameters(pageQuery),
    (c) => c.json(pageOfAll(platforms, c.req.valid('query'), ({ id }) => id)),
  )
