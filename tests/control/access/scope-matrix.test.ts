import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { neededScope, streamReach } from '#control/access/scopes.ts'
import { createApp } from '#control/app.ts'
import { auditSubject } from '#control/audit/subject.ts'
import { contractHeaders, contractNumber } from '#schema/contract-version.ts'
import { accessScopes, userRoles } from '#schema/enums.ts'
import type { Problem } from '#schema/problem.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import type { FakeWorker } from '../../support/fake-worker.ts'
import { addStream, addWorker } from '../../support/jobs.ts'
import { addUser, makeToken } from './credentials.ts'

/**
 * Who may ask for what. A route that is not here fails the test: whoever adds one decides, and writes it down. What stands
 * under `anybody` is open to the world.
 */
const table = {
  anybody: `
    GET /  GET /admin  GET /join  GET /publish  GET /logs/:id  GET /broadcasts/:id  GET /statistics/:id
    GET /watch/:playbackId  GET /embed/:playbackId  GET /oembed  GET /assets/*  GET /player@1/*
    GET /brand  GET /brand.css  GET /brand/logo  GET /docs  GET /docs/errors  GET /openapi.json
    GET /healthz  GET /readyz  GET /.well-known/jwks.json
    GET /live/:name/*  GET /v1/playback/:playbackId  POST /v1/beacons
    OPTIONS /live/:liveStreamId/whip  OPTIONS /live/:liveStreamId/whip/:sessionId
    POST /live/:liveStreamId/whip  PATCH /live/:liveStreamId/whip/:sessionId  DELETE /live/:liveStreamId/whip/:sessionId
    POST /v1/session  GET /v1/session  DELETE /v1/session  POST /v1/session/join
    POST /worker/v1/join`,
  any: 'GET /v1/sessions  DELETE /v1/sessions/:id',
  read: `
    GET /metrics  GET /v1/stream  GET /v1/live-streams  GET /v1/live-streams/:id  GET /v1/live-streams/:id/events
    GET /v1/live-streams/:id/inputs  GET /v1/live-streams/:id/inputs/:inputId
    GET /v1/live-streams/:id/destinations  GET /v1/live-streams/:id/destinations/:destinationId
    GET /v1/live-streams/:id/playback-ids  GET /v1/live-streams/:id/playback-ids/:playbackId
    GET /v1/live-streams/:id/broadcasts  GET /v1/live-streams/:id/metrics
    GET /v1/live-streams/:id/audience  GET /v1/live-streams/:id/logs  GET /v1/live-streams/:id/snapshot.jpg
    GET /v1/broadcasts/:id/report  GET /v1/broadcasts/:id/timeline.svg
    GET /v1/workers  GET /v1/workers/:id  GET /v1/workers/:id/metrics  GET /v1/log-levels  GET /v1/settings
    GET /v1/settings/start
    GET /v1/assets  GET /v1/assets/:id  GET /v1/assets/:id/content  GET /v1/alerts  GET /v1/alert-rules
    GET /v1/platforms  GET /v1/ladders  POST /v1/plan`,
  write: `
    POST /v1/live-streams  PATCH /v1/live-streams/:id  DELETE /v1/live-streams/:id
    POST /v1/live-streams/:id/enable  POST /v1/live-streams/:id/disable  POST /v1/live-streams/:id/complete
    POST /v1/live-streams/:id/reset-stream-key  POST /v1/live-streams/:id/reveal
    POST /v1/live-streams/:id/inputs  POST /v1/live-streams/:id/inputs/release
    PATCH /v1/live-streams/:id/inputs/:inputId  DELETE /v1/live-streams/:id/inputs/:inputId
    POST /v1/live-streams/:id/inputs/:inputId/activate
    POST /v1/live-streams/:id/destinations  POST /v1/live-streams/:id/destinations/check
    PATCH /v1/live-streams/:id/destinations/:destinationId  DELETE /v1/live-streams/:id/destinations/:destinationId
    POST /v1/live-streams/:id/destinations/:destinationId/retry
    POST /v1/live-streams/:id/destinations/:destinationId/start
    POST /v1/live-streams/:id/destinations/:destinationId/stop
    POST /v1/live-streams/:id/playback-ids  PATCH /v1/live-streams/:id/playback-ids/:playbackId
    DELETE /v1/live-streams/:id/playback-ids/:playbackId  POST /v1/live-streams/:id/playback-ids/:playbackId/tokens
    POST /v1/assets  DELETE /v1/assets/:id  POST /v1/alerts/:id/acknowledge`,
  admin: `
    POST /v1/tokens  GET /v1/tokens  GET /v1/tokens/:id  PATCH /v1/tokens/:id  DELETE /v1/tokens/:id
    GET /v1/users  GET /v1/users/:id  PATCH /v1/users/:id  DELETE /v1/users/:id
    POST /v1/invitations  GET /v1/invitations  GET /v1/invitations/:id  DELETE /v1/invitations/:id
    GET /v1/audit-log  GET /v1/keys  POST /v1/keys/rotate-signing-key  POST /v1/keys/reseal  DELETE /v1/keys/:id
    PATCH /v1/log-levels  GET /v1/export  POST /v1/import  PATCH /v1/settings  PATCH /v1/alert-rules
    POST /v1/webhooks  GET /v1/webhooks  GET /v1/webhooks/:id  PATCH /v1/webhooks/:id  DELETE /v1/webhooks/:id
    POST /v1/webhooks/:id/rotate-secret  POST /v1/webhooks/:id/test
    GET /v1/webhooks/:id/deliveries  POST /v1/webhooks/:id/deliveries/:deliveryId/replay
    POST /v1/join-tokens  GET /v1/join-tokens  GET /v1/join-tokens/:id  DELETE /v1/join-tokens/:id
    PATCH /v1/workers/:id  DELETE /v1/workers/:id`,
  worker: `
    POST /worker/v1/poll  POST /worker/v1/publish-claims  POST /worker/v1/heartbeat
    POST /worker/v1/destination-checks/:id  GET /worker/v1/assets/:id`,
} as const
type Access = keyof typeof table

/** What shows nothing of any stream, or to a token for one stream nothing but that: where such a token gets beside its own. */
const openToStreamTokens = new Set([
  ...['GET /v1/live-streams', 'GET /v1/stream', 'GET /v1/platforms', 'GET /v1/ladders', 'POST /v1/plan'],
  ...['GET /v1/sessions', 'DELETE /v1/sessions/:id'],
])

interface Route {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly access: Access
}

const routes: readonly Route[] = Object.entries(table).flatMap(([access, names]) =>
  Array.from(names.matchAll(/([A-Z]+) (\S+)/g), ([name, method = '', path = '']) => {
    return { name, method, path, access: access as Access }
  }),
)
const ofTheApi = routes.filter(({ access }) => accessScopes.some((scope) => scope === access) || access === 'any')

type Credential = Readonly<Record<string, string>>
const bearer = (token: string): Credential => ({ authorization: `Bearer ${token}` })
const signedIn = (cookie: string): Credential => ({ cookie, 'sec-fetch-site': 'same-origin' })

let control: TestControl
let app: ReturnType<typeof createApp>
let aheadMs = 0
let ownId: string
let otherId: string
/** Good ones, and what each may do. */
const good: { name: string; credential: Credential; scopes: readonly string[] }[] = []
/** Such that are nobody's, or no one's any more. */
const bad: Record<string, Credential> = { 'no credential': {} }
let ofOneStream: Credential
let worker: FakeWorker

beforeAll(async () => {
  control = await startTestControl({
    ...{ choresEveryMs: 3_600_000, environment: { WEIR_RATE_LIMIT: '0' } },
    now: () => new Date(Date.now() + aheadMs),
  })
  app = createApp(control.runtime)
  ownId = (await addStream(control)).id
  otherId = (await addStream(control)).id
  for (const scope of accessScopes) {
    const { token } = await makeToken(control, { scopes: [scope] })
    good.push({ name: `a token for ${scope}`, credential: bearer(token), scopes: [scope] })
  }
  const rights = { owner: accessScopes, operator: ['read', 'write'], viewer: ['read'] }
  for (const role of userRoles) {
    const { cookie } = await addUser(control, role, role)
    good.push({ name: `the session of a ${role}`, credential: signedIn(cookie), scopes: rights[role] })
  }
  ofOneStream = bearer((await makeToken(control, { scopes: ['read', 'write'], live_stream_id: ownId })).token)
  worker = await addWorker(control)

  bad['a token that nobody has'] = bearer('x'.repeat(32))
  bad["a worker's token"] = bearer(await worker.token())
  const soon = new Date(Date.now() + 10_000).toISOString()
  bad['a token that is over'] = bearer((await makeToken(control, { scopes: accessScopes, expires_at: soon })).token)
  aheadMs = 11_000
  const revoked = await makeToken(control, { scopes: accessScopes })
  await control.call('DELETE', `/v1/tokens/${revoked.id}`)
  bad['a token that was deleted'] = bearer(revoked.token)
  const gone = await addUser(control, 'Gone', 'owner')
  await control.call('DELETE', `/v1/users/${gone.id}`)
  bad['the session of one who was removed'] = signedIn(gone.cookie)
  const left = await addUser(control, 'Left', 'owner')
  await app.request('/v1/session', { method: 'DELETE', headers: signedIn(left.cookie) })
  bad['a session that has ended'] = signedIn(left.cookie)
})
afterAll(() => control.stop())

/** With ids that nothing has, and a body that no route takes: whoever gets through changes nothing. */
async function ask({ method, path }: Pick<Route, 'method' | 'path'>, credential: Credential, streamId = 'ls_none') {
  const gone = new AbortController()
  const answer = await app.request(
    path.replace('/live-streams/:id', `/live-streams/${streamId}`).replaceAll(/:\w+/g, 'xx_none'),
    {
      method,
      headers: {
        ...{ 'content-type': 'application/json', [contractHeaders.contract]: String(contractNumber) },
        ...credential,
      },
      ...(method !== 'GET' && method !== 'HEAD' && method !== 'DELETE' && { body: '{"no_such_field":true}' }),
      signal: gone.signal,
    },
  )
  const isProblem = answer.headers.get('content-type')?.startsWith('application/problem+json')
  const problem: Partial<Problem & { required_scope: string }> =
    isProblem && method !== 'HEAD' ? await answer.json() : {}
  await answer.body?.cancel().catch(() => {})
  gone.abort()
  return { status: answer.status, scope: problem.required_scope, code: problem.code }
}

/** Whether an answer says anything else than that one may not. */
const isThrough = ({ status }: { status: number }) => status !== 401 && status !== 403

describe('every route', () => {
  it('has its place in the table, and the table no other', () => {
    const found = app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`)
    expect(routes.map(({ name }) => name).sort()).toEqual([...new Set(found)].sort())
  })

  it('that changes something has a line of its own in the audit log', () => {
    const changes = routes.filter(({ name }) => /^(POST|PUT|PATCH|DELETE) \/v1\//.test(name))
    const actionOf = ({ method, path }: Route) =>
      auditSubject(method, new URL(path.replaceAll(/:(\w+)/g, 'x_$1'), control.url))?.action
    const unseen = changes.filter((route) => actionOf(route) === undefined).map(({ name }) => name)
    expect(unseen.sort()).toEqual(['POST /v1/beacons', 'POST /v1/live-streams/:id/destinations/check', 'POST /v1/plan'])
    const actions = changes.flatMap((route) => actionOf(route) ?? [])
    const alike = actions.filter((action, index) => actions.indexOf(action) !== index)
    // To sign out, and to end another sign-in of one's own.
    expect(alike).toEqual(['session.delete'])
  })

  it('is for those whom the table names', async () => {
    for (const route of ofTheApi)
      for (const { name, credential, scopes } of good) {
        const said = await ask(route, credential)
        const expected =
          route.access === 'any' || scopes.includes(route.access)
            ? { through: true, scope: undefined }
            : { through: false, scope: route.access }
        expect([route.name, name, { through: isThrough(said), scope: said.scope }]).toEqual([
          route.name,
          name,
          expected,
        ])
      }
  })

  it('is closed to what is nobody’s credential, or no longer', async () => {
    for (const route of ofTheApi)
      for (const [name, credential] of Object.entries(bad))
        expect([route.name, name, (await ask(route, credential)).status]).toEqual([route.name, name, 401])
    for (const route of ofTheApi.filter(({ method }) => method === 'GET'))
      expect([route.name, (await ask({ ...route, method: 'HEAD' }, {})).status]).toEqual([route.name, 401])
  })

  it('that changes something takes a session from pages of ours alone', async () => {
    const { cookie = '' } = good.find(({ name }) => name.includes('owner'))?.credential ?? {}
    for (const route of ofTheApi.filter(({ method }) => method !== 'GET'))
      for (const from of [
        {},
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
        { origin: 'null' },
      ])
        expect([route.name, from, (await ask(route, { cookie, ...from })).code]).toEqual([
          route.name,
          from,
          'forbidden',
        ])
  })

  it('of the API shows a token for one live stream that one, and what shows none', async () => {
    for (const route of ofTheApi) {
      const isOfStreams = route.path.startsWith('/v1/live-streams/:id')
      const said = await ask(route, ofOneStream, otherId)
      const isOpen = openToStreamTokens.has(route.name)
      const expected = isOpen ? true : isOfStreams || route.path.startsWith('/v1/broadcasts/') ? 404 : 403
      expect([route.name, isOpen ? isThrough(said) : said.status]).toEqual([route.name, expected])
      if (isOfStreams && route.method === 'GET')
        expect([route.name, isThrough(await ask(route, ofOneStream, ownId))]).toEqual([route.name, true])
    }
  })

  it('for workers takes a worker’s own token', async () => {
    for (const route of routes.filter(({ access }) => access === 'worker')) {
      for (const { name, credential } of good)
        expect([route.name, name, (await ask(route, credential)).status]).toEqual([route.name, name, 401])
      expect([route.name, (await ask(route, {})).status]).toEqual([route.name, 401])
      expect([route.name, isThrough(await ask(route, bearer(await worker.token())))]).toEqual([route.name, true])
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
    const { credential } = good.find(({ scopes }) => scopes.join() === 'write') ?? { credential: {} }
    const raw = await fetch(`${control.url}${path}`, { headers: credential })
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
