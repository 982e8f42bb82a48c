import { Hono } from 'hono'
import { except } from 'hono/combine'
import { contextStorage } from 'hono/context-storage'
import { cors } from 'hono/cors'
import { TrieRouter } from 'hono/router/trie-router'
import { auditTrail } from './audit/trail.ts'
import { apiBodyLimitBytes } from './config.ts'
import { lostPage } from './docs/lost-page.ts'
import { createCallBoard } from './jobs/call-board.ts'
import { accepted } from './middleware/accepted.ts'
import { allowedMethods, noRoute } from './middleware/allowed-methods.ts'
import { apiCors } from './middleware/api-cors.ts'
import { requirePrincipal } from './middleware/auth.ts'
import { emptyBody } from './middleware/empty-body.ts'
import { entityTags } from './middleware/etag.ts'
import { idempotency } from './middleware/idempotency.ts'
import { jsonOnly } from './middleware/json-only.ts'
import { knownInput } from './middleware/known-input.ts'
import { limitedTo } from './middleware/limited-to.ts'
import { problemHandler, problemResponse } from './middleware/problems.ts'
import { rateLimit } from './middleware/rate-limit.ts'
import { requestId } from './middleware/request-id.ts'
import { requestLog } from './middleware/request-log.ts'
import { mediaHeaders, publicResource, securityHeaders } from './middleware/security-headers.ts'
import { type RouteTable, routeTable } from './requests/route-table.ts'
import { alertRoutes, alertRuleRoutes } from './routes/alerts.ts'
import { assetRoutes } from './routes/assets.ts'
import { auditLogRoutes } from './routes/audit-log.ts'
import { beaconRoutes } from './routes/beacons.ts'
import { brandRoutes } from './routes/brand.ts'
import { broadcastRoutes, streamBroadcastRoutes } from './routes/broadcasts.ts'
import { deliveryRoutes } from './routes/delivery.ts'
import { destinationRoutes } from './routes/destinations.ts'
import { documentRoutes } from './routes/documents.ts'
import { embedRoutes } from './routes/embed.ts'
import { inputRoutes } from './routes/inputs.ts'
import { invitationRoutes } from './routes/invitations.ts'
import { keyRoutes } from './routes/keys.ts'
import { ladderRoutes } from './routes/ladders.ts'
import { liveStreamRoutes } from './routes/live-streams.ts'
import { logLevelRoutes, streamLogRoutes } from './routes/logs.ts'
import { streamMetricRoutes, workerMetricRoutes } from './routes/metrics.ts'
import { metricsExportRoutes } from './routes/metrics-export.ts'
import { operationRoutes } from './routes/operations.ts'
import { ownSessionRoutes } from './routes/own-sessions.ts'
import { pageRoutes } from './routes/pages.ts'
import { planRoutes } from './routes/plan.ts'
import { platformRoutes } from './routes/platforms.ts'
import { playbackRoutes } from './routes/playback.ts'
import { playbackIdRoutes } from './routes/playback-ids.ts'
import { sessionRoutes } from './routes/session.ts'
import { settingRoutes } from './routes/settings.ts'
import { snapshotRoutes } from './routes/snapshot.ts'
import { tokenRoutes } from './routes/tokens.ts'
import { exportRoutes, importBodyLimitBytes, importRoutes } from './routes/transfer.ts'
import { updateRoutes } from './routes/updates.ts'
import { userRoutes } from './routes/users.ts'
import { webhookRoutes } from './routes/webhooks.ts'
import { whipRoutes } from './routes/whip.ts'
import { workerApiRoutes } from './routes/worker-api.ts'
import { workerRoutes } from './routes/workers.ts'
import type { Runtime } from './runtime.ts'

/** What players ask, from any site and in any number. */
const forViewers = ['/v1/playback/*', '/v1/beacons']

/** What pages of any site may read (Fetch §3.2); a browser that asked keeps that for a day. */
const forAllSites = { origin: '*', allowMethods: ['GET', 'HEAD'], maxAge: 86_400 }

/** The whole control plane as one fetch handler; everything about the platform comes with `runtime`. */
export function createApp(runtime: Runtime) {
  // Read when the first request needs it: all routes are there by then.
  let table: RouteTable | undefined
  const routes = (): RouteTable => {
    table ??= routeTable(app)
    return table
  }
  const fetchHere = (request: Request, bindings: unknown): Response | Promise<Response> =>
    app.fetch(request, bindings as object)
  const board = createCallBoard(runtime)
  const audit = auditTrail(runtime, () => app)
  // Hono's default RegExpRouter (4.13.19) sends POST …/destinations to …/complete with these routes.
  const app = new Hono<{ Variables: { requestId: string } }>({ router: new TrieRouter() })
    .use(requestId)
    .use(contextStorage())
    .use(requestLog(runtime))
    .use(securityHeaders)
    .use(async (c, next) => {
      await next()
      if (c.req.method === 'GET' || c.req.method === 'HEAD' || c.req.path === '/v1/beacons') return
      runtime.pulse.fire()
      if (c.req.path.startsWith('/v1/')) board.call()
    })
    .route('/live', whipRoutes(runtime))
    // What any site may read. The rest answers no CORS request, so browsers keep other sites out.
    .use(
      '/live/*',
      cors({ ...forAllSites, exposeHeaders: ['Age', 'Date', 'Content-Length'] }),
      publicResource,
      mediaHeaders,
    )
    .use('/v1/playback/*', cors(forAllSites), publicResource)
    // Rules of its own: many pages of any site tell a little, and want no more than to be heard.
    .route('/v1/beacons', beaconRoutes(runtime))
    .use('/v1/*', except(forViewers, apiCors(runtime.config)), allowedMethods(routes))
    .on('ALL', ['/v1/*', '/worker/v1/join'], except(forViewers, rateLimit(runtime)))
    // An upload has limits and types of its own (assets/receive.ts).
    .use('/v1/*', except(['/v1/assets', '/v1/import'], limitedTo(apiBodyLimitBytes)), except('/v1/assets', jsonOnly))
    .use('/worker/v1/join', limitedTo(apiBodyLimitBytes))
    .use('/worker/v1/*', jsonOnly)
    .use('/v1/*', audit.record)
    .use('/v1/*', except(['/v1/playback/*', '/v1/session', '/v1/session/join'], requirePrincipal(runtime)))
    .use('/v1/import', limitedTo(importBodyLimitBytes))
    .use('/v1/*', audit.before)
    .use('/v1/*', except(forViewers, accepted, entityTags(fetchHere)))
    .use('/v1/*', except([...forViewers, '/v1/assets'], emptyBody, knownInput(routes)))
    .use('/v1/*', except([...forViewers, '/v1/session', '/v1/session/join'], idempotency(runtime)))
    .route('/', operationRoutes(runtime))
    .route('/', metricsExportRoutes(runtime))
    .route('/v1/session', sessionRoutes(runtime))
    .route('/v1/sessions', ownSessionRoutes(runtime))
    .route('/v1/tokens', tokenRoutes(runtime))
    .route('/v1/users', userRoutes(runtime))
    .route('/v1/invitations', invitationRoutes(runtime))
    .route('/v1/audit-log', auditLogRoutes(runtime))
    .route('/v1/keys', keyRoutes(runtime))
    .route('/v1/stream', updateRoutes(runtime))
    .route('/v1/live-streams', liveStreamRoutes(runtime))
    .route('/v1/live-streams', inputRoutes(runtime))
    .route('/v1/live-streams', destinationRoutes(runtime))
    .route('/v1/live-streams', playbackIdRoutes(runtime))
    .route('/v1/live-streams', streamBroadcastRoutes(runtime))
    .route('/v1/live-streams', streamMetricRoutes(runtime))
    .route('/v1/workers', workerMetricRoutes(runtime))
    .route('/v1/live-streams', streamLogRoutes(runtime))
    .route('/v1/live-streams', snapshotRoutes(runtime))
    .route('/v1/log-levels', logLevelRoutes(runtime))
    .route('/v1/export', exportRoutes(runtime))
    .route('/v1/import', importRoutes(runtime))
    .route('/v1/broadcasts', broadcastRoutes(runtime))
    .route('/v1/assets', assetRoutes(runtime))
    .route('/v1/settings', settingRoutes(runtime))
    .route('/v1/webhooks', webhookRoutes(runtime))
    .route('/v1/alerts', alertRoutes(runtime))
    .route('/v1/alert-rules', alertRuleRoutes(runtime))
    .route('/v1/platforms', platformRoutes())
    .route('/v1/ladders', ladderRoutes())
    .route('/v1/plan', planRoutes(runtime))
    .route('/v1', workerRoutes(runtime))
    .route('/v1/playback', playbackRoutes(runtime))
    .route('/worker/v1', workerApiRoutes(runtime, board))
    .route('/live', deliveryRoutes(runtime))
    .route('/', brandRoutes(runtime))
    .route('/', embedRoutes(runtime))
    .route('/', pageRoutes(runtime))

  app.route('/', documentRoutes(runtime, app))
  app.notFound(async (c) => (await lostPage(c, runtime)) ?? problemResponse(c, runtime.config, noRoute(c, routes())))
  app.onError(problemHandler(runtime))
  return app
}

/** The type of the app, for `hc<AppType>`. */
export type AppType = ReturnType<typeof createApp>
