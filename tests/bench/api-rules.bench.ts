import { Hono, type MiddlewareHandler } from 'hono'
import { TrieRouter } from 'hono/router/trie-router'
import { readControlConfig } from '#control/config.ts'
import { accepted } from '#control/middleware/accepted.ts'
import { apiCors } from '#control/middleware/api-cors.ts'
import { entityTags } from '#control/middleware/etag.ts'
import { idempotency } from '#control/middleware/idempotency.ts'
import { knownInput } from '#control/middleware/known-input.ts'
import { rateLimit } from '#control/middleware/rate-limit.ts'
import { requestId } from '#control/middleware/request-id.ts'
import { routeTable } from '#control/requests/route-table.ts'
import { startTestControl } from '../support/control-server.ts'
import { printTable } from './table.ts'

// What the rules of the API cost a request: each alone, and all of them, beside the same app without any.
const requests = 5_000
const rounds = 5

const control = await startTestControl({ environment: { WEIR_RATE_LIMIT: '9999999' } })
const stream = await (await control.call('POST', '/v1/live-streams', { name: 'Bench' })).json()
const text = JSON.stringify(stream)
const config = readControlConfig({ WEIR_CORS_ORIGINS: 'https://app.example', WEIR_RATE_LIMIT: '9999999' })
const runtime = { ...control.runtime, config }

function appWith(...rules: MiddlewareHandler[]) {
  const app = new Hono({ router: new TrieRouter() })
  for (const rule of rules) app.use('/v1/*', rule)
  return app.get('/v1/live-streams/:id', (c) => c.body(text, 200, { 'content-type': 'application/json' }))
}

const table = routeTable(appWith())
const each: Record<string, () => MiddlewareHandler> = {
  'request id': () => requestId,
  CORS: () => apiCors(config),
  'rate limit': () => rateLimit(runtime),
  Accept: () => accepted,
  'known input': () => knownInput(() => table),
  ETag: () => entityTags(() => new Response()),
  'Idempotency-Key, without one': () => idempotency(runtime),
}
const apps = new Map(Object.entries(each).map(([name, make]) => [name, appWith(make())]))
apps.set('all of them', appWith(...Object.values(each).map((make) => make())))
const bare = appWith()

const init = {
  headers: { authorization: 'Bearer 12345678901234567890123456789012', accept: '*/*', origin: 'https://app.example' },
}
async function microsecondsOf(app: Hono): Promise<number> {
  const startedMs = performance.now()
  for (let index = 0; index < requests; index++) await (await app.request('/v1/live-streams/ls_1', init)).text()
  return ((performance.now() - startedMs) / requests) * 1_000
}

const best = new Map<string, number>()
for (let round = 0; round < rounds; round++)
  for (const [name, app] of [['none', bare] as const, ...apps])
    best.set(name, Math.min(best.get(name) ?? Infinity, await microsecondsOf(app)))
await control.stop()

const none = best.get('none') ?? 0
printTable(`The rules of the API, for an answer of ${text.length} bytes`, [
  ['rule', 'µs a request', 'more than none', 'ratio'],
  ...[...best].map(([name, us]) => [name, us.toFixed(1), (us - none).toFixed(1), (us / none).toFixed(2)]),
])
