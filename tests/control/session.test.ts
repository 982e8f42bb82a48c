import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { setAdminToken } from '#control/secrets/admin-token.ts'
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
