import { Hono } from 'hono'
import { installSettings, patchInstallSettings } from '#schema/contracts/settings.ts'
import { describe } from '../middleware/describe.ts'
import { jsonBody } from '../middleware/validate.ts'
import type { Runtime } from '../runtime.ts'
import { changeSettings, loadSettings } from '../settings/install-settings.ts'

/** What holds for the whole install. */
export const settingRoutes = (runtime: Runtime) =>
  new Hono()
    .get('/', describe('Read the settings of the install', 200, installSettings), async (c) =>
      c.json(await loadSettings(runtime.db)),
    )
    .patch(
      '/',
      describe('Change the settings of the install', 200, installSettings),
      jsonBody(patchInstallSettings),
      async (c) => {
        await changeSettings(runtime, c.req.valid('json'))
        return c.json(await loadSettings(runtime.db))
      },
    )
