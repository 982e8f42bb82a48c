import { Hono } from 'hono'
import { installSettings, patchInstallSettings, type StartSettings, startSettings } from '#schema/contracts/settings.ts'
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
    .get('/start', describe('Read what is set where control is started', 200, startSettings), (c) => {
      const { publicUrl, corsOrigins, rateLimitPerMinute, trustedProxyHeader, metricsToken } = runtime.config
      return c.json({
        public_url: publicUrl ?? null,
        cors_origins: [...corsOrigins],
        rate_limit_per_minute: rateLimitPerMinute,
        trusted_proxy_header: trustedProxyHeader ?? null,
        has_metrics_token: metricsToken !== undefined,
      } satisfies StartSettings)
    })
    .patch(
      '/',
      describe('Change the settings of the install', 200, installSettings),
      jsonBody(patchInstallSettings),
      async (c) => {
        await changeSettings(runtime, c.req.valid('json'))
        return c.json(await loadSettings(runtime.db))
      },
    )
