import { Hono } from 'hono'
import { metricsType, printMetrics } from '#schema/prometheus.ts'
import type { Principal } from '../access/principal.ts'
import { bearerToken, requirePrincipal } from '../middleware/auth.ts'
import { describe } from '../middleware/describe.ts'
import { rateLimit } from '../middleware/rate-limit.ts'
import type { Runtime } from '../runtime.ts'
import { tokenDigest } from '../secrets/token-digest.ts'
import { exportMetrics } from '../statistics/export.ts'

/**
 * `GET /metrics` for Prometheus. It wants `Authorization: Bearer` with WEIR_METRICS_TOKEN, which can do nothing else, or with an
 * API token that may read. Loopback is no credential: what a proxy on this host hands on comes from there too.
 */
export const metricsExportRoutes = (runtime: Runtime) => {
  const withPrincipal = requirePrincipal(runtime)
  return new Hono<{ Variables: { principal: Principal } }>()
    .use('/metrics', rateLimit(runtime), async (c, next) => {
      const own = runtime.config.metricsToken
      const shown = bearerToken(c.req.header('authorization'))
      // Digests are compared: how long that takes tells nothing of the token.
      if (own !== undefined && shown !== undefined && (await tokenDigest(shown)) === (await tokenDigest(own)))
        return next()
      return withPrincipal(c, next)
    })
    .get('/metrics', describe('Read figures of now, for Prometheus', 200, undefined, ['text/plain']), async (c) => {
      c.header('Content-Type', metricsType)
      c.header('Cache-Control', 'no-store')
      const ofProcess = (await runtime.processMetrics?.()) ?? ''
      return c.body(printMetrics(await exportMetrics(runtime)) + ofProcess)
    })
}
