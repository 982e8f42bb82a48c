import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { forgetInvitations } from '#control/access/invitations.ts'
import type { Invitation, JoinedSession, OwnSession, User } from '#schema/contracts/access.ts'
import { invitations, users } from '#schema/tables/users.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { accept, addUser, callAs, callSignedIn, cookieOf, invite, makeToken, secretOf } from './credentials.ts'

let clock = new Date('2027-01-01T00:00:00Z')
const later = (ms: number) => {
  clock = new Date(clock.getTime() + ms)
}
let control: TestControl
beforeAll(async () => {
  control = await startTestControl({ now: () => clock, choresEveryMs: 3_600_000 })
})
afterAll(() => control.stop())

const listed = async (what: string) =>
  ((await (await control.call('GET', `/v1/${what}`)).json()) as { data: never[] }).data
const session = async (cookie: string) =>
  (await (await callSignedIn(control, cookie, 'GET', '/v1/session')).json()) as {
    name: string | null
    role: string | null
    scopes: string[]
  }

describe('an invitation', () => {
  it('is a link that is shown once, with what lets in behind #', async () => {
    const made = await invite(control, { role: 'operator', name: 'Anna & Co' })
    expect(made.link).toMatch(/^http:\/\/[^/]+\/join#weir_invite_[0-9A-Za-z]{32}&name=Anna%20%26%20Co$/)
    expect(made).toMatchObject({ role: 'operator', created_by: 'Admin', used_at: null })
    expect(JSON.stringify(await listed('invitations'))).not.toContain(secretOf(made))
    expect(await (await control.call('GET', `/v1/invitations/${made.id}`)).text()).not.toContain(secretOf(made))
    expect(JSON.stringify(await control.runtime.db.select().from(invitations))).not.toContain(secretOf(made))
  })

  it('lets one person in, who gets a token that is shown once and is signed in', async () => {
    const made = await invite(control, { role: 'operator' })
    const answer = await accept(control, secretOf(made), 'Anna')
    expect(answer.status).toBe(201)
    expect(answer.headers.get('set-cookie')).toMatch(/^weir_session=[^;]+; .*HttpOnly; SameSite=Strict$/)
    const joined = (await answer.json()) as JoinedSession
    expect(joined.token).toMatch(/^weir_user_[0-9A-Za-z]{32}$/)
    expect(joined).toMatchObject({ name: 'Anna', role: 'operator', scopes: ['read', 'write'] })
    expect(await session(cookieOf(answer))).toMatchObject({ name: 'Anna', role: 'operator' })
    expect(await listed('users')).toContainEqual(expect.objectContaining({ id: joined.user_id, role: 'operator' }))
    expect((await accept(control, secretOf(made), 'Another')).status).toBe(401)
    expect(((await listed('invitations')) as Invitation[]).find(({ id }) => id === made.id)?.used_at).not.toBeNull()
  })

  it('lets in one of two who come at once', async () => {
    const secret = secretOf(await invite(control, { role: 'viewer' }))
    const before = (await control.runtime.db.select().from(users)).length
    const answers = await Promise.all([1, 2, 3].map((n) => accept(control, secret, `Racer ${n}`)))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 401, 401])
    expect(await control.runtime.db.select().from(users)).toHaveLength(before + 1)
  })

  it('lets nobody in once it is over, taken back or made up', async () => {
    const over = await invite(control, { role: 'viewer', expires_in_s: 300 })
    later(300_000)
    expect((await accept(control, secretOf(over), 'Late')).status).toBe(401)
    const back = await invite(control, { role: 'viewer' })
    expect((await control.call('DELETE', `/v1/invitations/${back.id}`)).status).toBe(204)
    expect((await accept(control, secretOf(back), 'Late')).status).toBe(401)
    expect((await accept(control, `weir_invite_${'x'.repeat(32)}`, 'Nobody')).status).toBe(401)
  })

  it('asks for a name, and for one of role and user_id', async () => {
    const made = await invite(control, { role: 'viewer' })
    expect((await accept(control, secretOf(made), '  ')).status).toBe(422)
    expect((await control.call('POST', '/v1/invitations', {})).status).toBe(422)
    expect((await control.call('POST', '/v1/invitations', { role: 'viewer', user_id: 'usr_x' })).status).toBe(422)
    expect((await control.call('POST', '/v1/invitations', { user_id: 'usr_none' })).status).toBe(404)
    expect((await control.call('POST', '/v1/invitations', { role: 'king' })).status).toBe(422)
  })

  it('for somebody who is here replaces the token that they lost, and its sign-ins end', async () => {
    const lost = await addUser(control, 'Forgetful', 'operator')
    const made = await invite(control, { user_id: lost.id })
    expect(made).toMatchObject({ role: 'operator', name: 'Forgetful', user_id: lost.id })
    const answer = await accept(control, secretOf(made), 'ignored')
    const joined = (await answer.json()) as JoinedSession
    expect(joined).toMatchObject({ user_id: lost.id, name: 'Forgetful', role: 'operator' })
    expect((await callAs(control, lost.token, 'GET', '/v1/live-streams')).status).toBe(401)
    expect((await session(lost.cookie)).name).toBeNull()
    expect((await callAs(control, joined.token, 'GET', '/v1/live-streams')).status).toBe(200)
  })

  it('is forgotten a month after its end', async () => {
    const made = await invite(control, { role: 'viewer', expires_in_s: 300 })
    later(31 * 24 * 3_600_000)
    await forgetInvitations(control.runtime)
    expect((await control.call('GET', `/v1/invitations/${made.id}`)).status).toBe(404)
  })
})

describe('a person', () => {
  it.each([
    ['owner', [200, 201, 200]],
    ['operator', [200, 201, 403]],
    ['viewer', [200, 403, 403]],
  ] as const)('who is %s may do what that role may', async (role, expected) => {
    const { token, cookie } = await addUser(control, `The ${role}`, role)
    const statuses = async (call: (method: string, path: string, body?: unknown) => Promise<Response>) => [
      (await call('GET', '/v1/live-streams')).status,
      (await call('POST', '/v1/live-streams', { name: 'x' })).status,
      (await call('GET', '/v1/tokens')).status,
    ]
    expect(await statuses((...request) => callAs(control, token, ...request))).toEqual(expected)
    expect(await statuses((...request) => callSignedIn(control, cookie, ...request))).toEqual(expected)
  })

  it('is told which role lacks what', async () => {
    const { token } = await addUser(control, 'Vera', 'viewer')
    const answer = await callAs(control, token, 'POST', '/v1/live-streams', { name: 'x' })
    expect(await answer.text()).toContain('your role (viewer)')
  })

  it('who gets another role is signed out, and their tokens follow at once', async () => {
    const { id, token, cookie } = await addUser(control, 'Otto', 'owner')
    const made = await callAs(control, token, 'POST', '/v1/tokens', { name: 'his', scopes: ['read', 'write', 'admin'] })
    const his = (await made.json()) as { token: string; user_id: string }
    expect(his.user_id).toBe(id)
    expect((await control.call('PATCH', `/v1/users/${id}`, { role: 'viewer' })).status).toBe(200)
    expect((await session(cookie)).name).toBeNull()
    for (const one of [token, his.token]) {
      expect((await callAs(control, one, 'GET', '/v1/live-streams')).status).toBe(200)
      expect((await callAs(control, one, 'POST', '/v1/live-streams', { name: 'x' })).status).toBe(403)
      expect((await callAs(control, one, 'GET', '/v1/users')).status).toBe(403)
    }
  })

  it('keeps the sign-ins when only the name changes', async () => {
    const { id, cookie } = await addUser(control, 'Nina', 'viewer')
    expect((await control.call('PATCH', `/v1/users/${id}`, { name: 'Nina B.', role: 'viewer' })).status).toBe(200)
    expect(await session(cookie)).toMatchObject({ name: 'Nina B.' })
  })

  it('who is removed goes with sign-ins, tokens and invitations', async () => {
    const { id, token, cookie } = await addUser(control, 'Gone', 'owner')
    const his = (await (await callAs(control, token, 'POST', '/v1/tokens', { name: 'his' })).json()) as {
      token: string
    }
    const again = await invite(control, { user_id: id })
    expect((await control.call('DELETE', `/v1/users/${id}`)).status).toBe(204)
    for (const one of [token, his.token])
      expect((await callAs(control, one, 'GET', '/v1/live-streams')).status).toBe(401)
    expect((await callSignedIn(control, cookie, 'GET', '/v1/live-streams')).status).toBe(401)
    expect((await accept(control, secretOf(again), 'Back')).status).toBe(401)
    expect((await control.call('DELETE', `/v1/users/${id}`)).status).toBe(404)
  })

  it('lets nobody in who may do more than they', async () => {
    const half = await makeToken(control, { scopes: ['admin', 'read'] })
    expect((await callAs(control, half.token, 'POST', '/v1/invitations', { role: 'viewer' })).status).toBe(201)
    for (const role of ['operator', 'owner'])
      expect((await callAs(control, half.token, 'POST', '/v1/invitations', { role })).status).toBe(403)
    const { id } = await addUser(control, 'Vic', 'viewer')
    expect((await callAs(control, half.token, 'PATCH', `/v1/users/${id}`, { role: 'owner' })).status).toBe(403)
  })

  it('sees and ends the own sign-ins, and no others', async () => {
    const one = await addUser(control, 'Sisi', 'viewer')
    const other = await addUser(control, 'Olga', 'viewer')
    const again = await fetch(`${control.url}/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'A browser' },
      body: JSON.stringify({ token: one.token }),
    })
    const cookie = cookieOf(again)
    const mine = async () =>
      ((await (await callSignedIn(control, cookie, 'GET', '/v1/sessions')).json()) as { data: OwnSession[] }).data
    expect((await mine()).map(({ current }) => current).sort()).toEqual([false, true])
    expect((await mine()).find(({ current }) => current)?.browser).toBe('A browser')
    const first = (await mine()).find(({ current }) => !current)
    expect((await callSignedIn(control, other.cookie, 'DELETE', `/v1/sessions/${first?.id}`)).status).toBe(404)
    expect((await callSignedIn(control, cookie, 'DELETE', `/v1/sessions/${first?.id}`)).status).toBe(204)
    expect((await session(one.cookie)).name).toBeNull()
    expect(await mine()).toHaveLength(1)
  })

  it('has 20 sign-ins at most: the oldest gives way', async () => {
    const { token, cookie } = await addUser(control, 'Many', 'viewer')
    for (let count = 0; count < 20; count++) {
      later(1)
      await fetch(`${control.url}/v1/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token }),
      })
    }
    expect((await session(cookie)).name).toBeNull()
  })
})

describe('the last owner', () => {
  it('can be neither removed nor given another role, however many ask at once', async () => {
    for (const { id, role } of (await listed('users')) as User[])
      if (role === 'owner') await control.call('DELETE', `/v1/users/${id}`)
    const [{ id: left } = { id: '' }] = ((await listed('users')) as User[]).filter(({ role }) => role === 'owner')
    const one = left || (await addUser(control, 'First', 'owner')).id
    const { id: two } = await addUser(control, 'Second', 'owner')
    const answers = await Promise.all([
      control.call('DELETE', `/v1/users/${one}`),
      control.call('PATCH', `/v1/users/${two}`, { role: 'viewer' }),
    ])
    expect(answers.map(({ status }) => status).filter((status) => status === 409)).toHaveLength(1)
    const owners = ((await listed('users')) as User[]).filter(({ role }) => role === 'owner')
    expect(owners).toHaveLength(1)
    const last = owners[0]?.id
    expect((await control.call('DELETE', `/v1/users/${last}`)).status).toBe(409)
    expect((await control.call('PATCH', `/v1/users/${last}`, { role: 'operator' })).status).toBe(409)
    expect((await control.call('PATCH', `/v1/users/${last}`, { role: 'owner', name: 'Same' })).status).toBe(200)
  })
})
