import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { neededScope, streamReach } from '#control/access/scopes.ts'
import { createApp } from '#control/app.ts'
import { type AccessScope, accessScopes } from '#schema/enums.ts'
import type { Problem } from '#schema/problem.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { addStream } from '../../support/jobs.ts'
import { makeToken } from './credentials.ts'

/** What anybody may ask. A route that is added here is open to the world. */
const forAnybody = [
  'POST /v1/session',
  'GET /v1/session',
  'DELETE /v1/session',
  'POST /v1/session/join',
  'GET /v1/playback/:playbackId',
  'POST /v1/beacons',
]

/** What must never be done with less than `admin`: by prefix, and whether looking is meant too. */
const forAdmins: readonly (readonly [prefix: string, looking: boolean])[] = [
  ['/v1/tokens', true],
  ['/v1/users', true],
  ['/v1/invitations', true],
  ['/v1/audit-log', true],
  ['/v1/keys', true],
  ['/v1/join-tokens', true],
  ['/v1/webhooks', true],
  ['/v1/workers', false],
  ['/v1/settings', false],
  ['/v1/log-levels', false],
  ['/v1/export', true],
  ['/v1/import', true],
  ['/v1/backup', true],
  ['/v1/alert-rules', false],
]

/** Where a token for one live stream gets beside its own stream. */
const forStreamTokens =
  /^(GET \/v1\/(live-streams|stream|platforms|ladders)$|POST \/v1\/plan$|(GET|DELETE) \/v1\/sessions(\/|$))/

interface Route {
  readonly method: string
  readonly path: string
  readonly name: string
}

let control: TestControl
let routes: Route[]
let app: ReturnType<typeof createApp>
const tokens = {} as Record<AccessScope | 'stream', string>

beforeAll(async () => {
  control = await startTestControl({ choresEveryMs: 3_600_000, environment: { WEIR_RATE_LIMIT: '0' } })
  for (const scope of accessScopes) tokens[scope] = (await makeToken(control, { scopes: [scope] })).token
  const { id } = await addStream(control)
  tokens.stream = (await makeToken(control, { scopes: ['read', 'write'], live_stream_id: id })).token
  app = createApp(control.runtime)
  const found = app.routes
    .filter(({ method, path }) => method !== 'ALL' && path.startsWith('/v1/') && !path.includes('*'))
    .map(({ method, path }) => ({ method, path, name: `${method} ${path}` }))
  routes = [...new Map(found.map((route) => [route.name, route])).values()]
})
afterAll(() => control.stop())

/** With ids that nothing has. */
const addressOf = ({ path }: Route) => path.replaceAll(/:\w+(\{[^}]*\})?/g, 'xx_none')

async function ask(route: Route, token: string | undefined) {
  const gone = new AbortController()
  const answer = await app.request(addressOf(route), {
    method: route.method,
    headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), 'content-type': 'application/json' },
    ...(route.method !== 'GET' && route.method !== 'DELETE' && { body: '{"no_such_field":true}' }),
    signal: gone.signal,
  })
  const isProblem = answer.headers.get('content-type')?.startsWith('application/problem+json')
  const problem = isProblem ? ((await answer.json()) as Problem & { required_scope?: string }) : undefined
  if (!isProblem) await answer.body?.cancel()
  gone.abort()
  return { status: answer.status, scope: problem?.required_scope, code: problem?.code }
}

const isPublic = ({ name }: Route) => forAnybody.includes(name)

describe('every route of the API', () => {
  it('is there to be walked', () => {
    expect(routes.length).toBeGreaterThan(60)
    expect(routes.map(({ name }) => name)).toEqual(expect.arrayContaining(forAnybody.slice(0, 5)))
  })

  it('needs a credential, but for a few', async () => {
    for (const route of routes.filter((each) => !isPublic(each)))
      expect([route.name, (await ask(route, undefined)).status]).toEqual([route.name, 401])
  })

  it('is refused with a scope that does not cover it, which is named, and with no other', async () => {
    for (const route of routes.filter((each) => !isPublic(each))) {
      const needed = neededScope(route.method, addressOf(route))
      for (const scope of accessScopes) {
        if (needed === 'any' || scope === needed) {
          // With a body that no route takes and ids that nothing has, nothing is changed.
          if (route.method === 'GET' || route.path.includes(':'))
            expect([route.name, scope, (await ask(route, tokens[scope])).scope]).toEqual([route.name, scope, undefined])
        } else
          expect([route.name, scope, await ask(route, tokens[scope])]).toEqual([
            route.name,
            scope,
            { status: 403, scope: needed, code: 'forbidden' },
          ])
      }
    }
  })

  it('asks for admin where who and what belongs to the install is at stake', () => {
    for (const { method, path, name } of routes)
      for (const [prefix, looking] of forAdmins)
        if ((path === prefix || path.startsWith(`${prefix}/`)) && (looking || method !== 'GET'))
          expect([name, neededScope(method, path)]).toEqual([name, 'admin'])
  })

  it('changes nothing for those who may only look', () => {
    for (const { method, path, name } of routes.filter((each) => !isPublic(each)))
      if (method !== 'GET' && path !== '/v1/plan' && !path.startsWith('/v1/sessions/'))
        expect([name, ['write', 'admin'].includes(neededScope(method, path))]).toEqual([name, true])
  })

  it('is closed to a token for another live stream, but for what shows no stream', async () => {
    for (const route of routes.filter((each) => !isPublic(each) && !forStreamTokens.test(each.name))) {
      const { status } = await ask(route, tokens.stream)
      expect([route.name, [403, 404].includes(status)]).toEqual([route.name, true])
    }
  })

  it.each([
    '/v1//tokens',
    '/v1/%74okens',
    '/v1/tokens/',
    '/V1/tokens',
    '//v1/tokens',
    '/v1/./tokens',
    '/v1/x/../tokens',
  ])('is guarded however it is written: %s', async (path) => {
    const raw = await fetch(`${control.url}${path}`, { headers: { authorization: `Bearer ${tokens.write}` } })
    expect([401, 403, 404]).toContain(raw.status)
  })
})

describe('the table of scopes', () => {
  it.each([
    ['GET', '/v1/live-streams', 'read'],
    ['HEAD', '/v1/live-streams', 'read'],
    ['POST', '/v1/live-streams', 'write'],
    ['DELETE', '/v1/live-streams/ls_1/destinations/dst_1', 'write'],
    ['GET', '/v1/workers', 'read'],
    ['PATCH', '/v1/workers/wrk_1', 'admin'],
    ['GET', '/v1/settings', 'read'],
    ['PATCH', '/v1/settings', 'admin'],
    ['GET', '/v1/tokens', 'admin'],
    ['GET', '/v1/tokens-of-mine', 'read'],
    ['POST', '/v1/plan', 'read'],
    ['GET', '/v1/sessions', 'any'],
  ])('%s %s needs %s', (method, path, scope) => {
    expect(neededScope(method, path)).toBe(scope)
  })

  it.each([
    ['GET', '/v1/live-streams', { kind: 'open' }],
    ['POST', '/v1/live-streams', { kind: 'closed' }],
    ['PATCH', '/v1/live-streams/ls_1/inputs/in_1', { kind: 'stream', id: 'ls_1' }],
    ['GET', '/v1/broadcasts/brd_1/report', { kind: 'broadcast', id: 'brd_1' }],
    ['GET', '/v1/broadcasts', { kind: 'closed' }],
    ['GET', '/v1/what-comes-one-day', { kind: 'closed' }],
    ['GET', '/v1/stream', { kind: 'open' }],
    ['GET', '/v1/streams', { kind: 'closed' }],
  ])('a token for one stream gets with %s %s to %o', (method, path, reach) => {
    expect(streamReach(method, path)).toEqual(reach)
  })
})
