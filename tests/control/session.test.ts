import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { setAdminToken } from '#control/secrets/admin-token.ts'
import { webSessions } from '#schema/tables/credentials.ts'
import { startTestControl, type TestControl } from '../support/control-server.ts'

let clock = new Date()
let control: TestControl
beforeAll(async () => {
  control = await startTestControl({ now: () => clock })
})
afterAll(() => control.stop())

const signIn = (token: string, headers: Record<string, string> = {}) =>
  fetch(`${control.url}/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ token }),
  })
const cookieOf = (answer: Response) => (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
const withCookie = (cookie: string, method: string, path: string, headers: Record<string, string> = {}) =>
  fetch(`${control.url}${path}`, {
    method,
    headers: { cookie, ...(method === 'POST' && { 'content-type': 'application/json' }), ...headers },
    ...(method === 'POST' && { body: '{"name":"x"}' }),
  })

const signedInAs = async (cookie: string) => {
  const answer = await withCookie(cookie, 'GET', '/v1/session')
  expect(answer.status).toBe(200)
  return ((await answer.json()) as { token_id: string | null }).token_id
}

describe('a dashboard session', () => {
  it('is a cookie that scripts and other sites do not get', async () => {
    const answer = await signIn(control.token)
    expect(answer.status).toBe(201)
    expect(answer.headers.get('set-cookie')).toMatch(
      /^weir_session=[^;]+; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/,
    )
    expect(await answer.text()).not.toContain(control.token)
  })

  it.each([
    ['https', true],
    ['https, http', true],
    ['http', false],
    ['http, https', false],
  ])('over a proxy that says the browser came by %s is Secure: %s', async (proto, secure) => {
    const cookie = (await signIn(control.token, { 'x-forwarded-proto': proto })).headers.get('set-cookie') ?? ''
    expect(cookie.includes('; Secure')).toBe(secure)
  })

  it('over TLS is of this very host: what a host beside it has set signs nobody in', async () => {
    const tls = { 'x-forwarded-proto': 'https' }
    const ask = (cookie: string, method = 'GET') => withCookie(cookie, method, '/v1/session', tls)
    const cookie = cookieOf(await signIn(control.token, tls))
    expect(cookie).toMatch(/^__Host-weir_session=/)
    expect(await (await ask(cookie)).json()).toMatchObject({ token_id: 'tok_admin' })
    expect(await (await ask(cookie.replace('__Host-', ''))).json()).toMatchObject({ token_id: null })
    const out = await ask(cookie, 'DELETE')
    expect(out.headers.get('set-cookie')).toMatch(/^__Host-weir_session=; Max-Age=0; Path=\/; Secure/)
  })

  it('reads, and changes things from our own pages only', async () => {
    const cookie = cookieOf(await signIn(control.token))
    expect(await signedInAs(cookie)).not.toBeNull()
    expect((await withCookie(cookie, 'GET', '/v1/live-streams')).status).toBe(200)
    const create = (headers: Record<string, string>) => withCookie(cookie, 'POST', '/v1/live-streams', headers)
    expect((await create({ 'sec-fetch-site': 'same-origin' })).status).toBe(201)
    expect((await create({ origin: control.url })).status).toBe(201)
    expect((await create({})).status).toBe(403)
    expect((await create({ origin: 'https://elsewhere.example' })).status).toBe(403)
    expect((await create({ 'sec-fetch-site': 'same-site', origin: control.url })).status).toBe(403)
  })

  it('ends after a week', async () => {
    const cookie = cookieOf(await signIn(control.token))
    clock = new Date(clock.getTime() + 7 * 24 * 3_600_000 + 1_000)
    expect(await signedInAs(cookie)).toBeNull()
    expect((await withCookie(cookie, 'GET', '/v1/live-streams')).status).toBe(401)
    clock = new Date()
  })

  it('ends when the token that it was made with is replaced', async () => {
    const cookie = cookieOf(await signIn(control.token))
    await setAdminToken(control.runtime, 'another-admin-token-of-32-characters')
    expect(await signedInAs(cookie)).toBeNull()
    expect((await withCookie(cookie, 'GET', '/v1/live-streams')).status).toBe(401)
    await setAdminToken(control.runtime, control.token)
  })

  it('is made and ended by our own pages and by programs, not by a page elsewhere (login CSRF)', async () => {
    expect((await signIn(control.token, { 'sec-fetch-site': 'same-origin' })).status).toBe(201)
    expect((await signIn(control.token, { origin: control.url })).status).toBe(201)
    for (const elsewhere of ['cross-site', 'same-site', 'none'])
      expect((await signIn(control.token, { 'sec-fetch-site': elsewhere })).status).toBe(403)
    expect((await signIn(control.token, { origin: 'https://elsewhere.example' })).status).toBe(403)
    expect((await signIn(control.token, { origin: 'null' })).status).toBe(403)
    // What a form of another site can send without being asked about first.
    const form = await signIn(control.token, { 'content-type': 'text/plain' })
    expect(form.status).toBe(415)
    const cookie = cookieOf(await signIn(control.token))
    const out = await withCookie(cookie, 'DELETE', '/v1/session', { 'sec-fetch-site': 'cross-site' })
    expect([out.status, await signedInAs(cookie)]).toEqual([403, 'tok_admin'])
  })

  it('works in browsers that name only their origin, behind a proxy that speaks TLS too', async () => {
    const overTls = { 'x-forwarded-proto': 'https' }
    const cookie = cookieOf(await signIn(control.token, overTls))
    const change = (origin: string) => withCookie(cookie, 'POST', '/v1/live-streams', { origin, ...overTls })
    expect((await change(control.url.replace('http:', 'https:'))).status).toBe(201)
    expect((await change('https://elsewhere.example')).status).toBe(403)
  })

  it('counts for nothing beside a token: what the token may not, the cookie does not either', async () => {
    const cookie = cookieOf(await signIn(control.token))
    const answer = await withCookie(cookie, 'GET', '/v1/live-streams', { authorization: 'Bearer nobody' })
    expect(answer.status).toBe(401)
  })

  it('says who is signed in and what they may do', async () => {
    const cookie = cookieOf(await signIn(control.token))
    const answer = await (await withCookie(cookie, 'GET', '/v1/session')).json()
    expect(answer).toEqual({
      token_id: 'tok_admin',
      user_id: null,
      name: 'Admin',
      role: null,
      scopes: ['read', 'write', 'admin'],
      live_stream_id: null,
      session_id: expect.stringMatching(/^sgn_/),
    })
  })

  it('is over once its owner signs out, wherever else the cookie still is', async () => {
    const cookie = cookieOf(await signIn(control.token))
    expect((await withCookie(cookie, 'DELETE', '/v1/session')).status).toBe(204)
    expect(await signedInAs(cookie)).toBeNull()
    expect((await withCookie(cookie, 'GET', '/v1/live-streams')).status).toBe(401)
  })

  it('is kept as a digest', async () => {
    const cookie = cookieOf(await signIn(control.token)).split('=')[1] ?? ''
    const rows = JSON.stringify(await control.runtime.db.select().from(webSessions))
    expect(rows).toContain('sgn_')
    expect(rows).not.toContain(cookie)
  })

  it('can be ended by its owner', async () => {
    const answer = await fetch(`${control.url}/v1/session`, { method: 'DELETE' })
    expect(answer.status).toBe(204)
    expect(answer.headers.get('set-cookie')).toMatch(/^weir_session=; Max-Age=0/)
  })

  it('is none without a cookie, which is no error to ask', async () => {
    expect(await signedInAs('')).toBeNull()
    expect((await fetch(`${control.url}/v1/live-streams`)).status).toBe(401)
  })
})

describe('other sites', () => {
  const from = (path: string, method = 'GET') =>
    fetch(`${control.url}${path}`, {
      method,
      headers: { origin: 'https://elsewhere.example', 'access-control-request-method': 'GET' },
    })

  it('may read playback, media and the player', async () => {
    for (const path of ['/v1/playback/pb_x', '/live/pb_x/index.m3u8', '/player@1/weir-player.js']) {
      expect((await from(path)).headers.get('access-control-allow-origin')).toBe('*')
      const preflight = await from(path, 'OPTIONS')
      expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*'])
    }
  })

  it('may read nothing else', async () => {
    for (const path of ['/v1/live-streams', '/v1/session', '/v1/stream', '/v1/workers', '/'])
      for (const method of ['GET', 'OPTIONS'])
        expect((await from(path, method)).headers.get('access-control-allow-origin')).toBeNull()
  })
})
