import { Hono } from 'hono'
import { installSettings, patchInstallSettings } from '#schema/contracts/slate.ts'
import { describe } from '../middleware/describe.ts'
import { jsonBody } from '../middleware/validate.ts'
import type { Runtime } from '../runtime.ts'
import { changeInstallSlates, installSlates } from '../slates/install.ts'

/** What holds for the whole install. */
export const settingRoutes = (runtime: Runtime) => {
  const settings = async () => ({ slate: await installSlates(runtime.db) })
  return new Hono()
    .get('/', describe('Read the settings of the install', 200, installSettings), async (c) => c.json(await settings()))
    .patch(
      '/',
      describe('Change the settings of the install', 200, installSettings),
      jsonBody(patchInstallSettings),
      async (c) => {
        const { slate } = c.req.valid('json')
        if (slate) await changeInstallSlates(runtime, slate)
        return c.json(await settings())
      },
    )
}
