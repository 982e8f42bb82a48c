import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { forgetTokens } from '#control/access/tokens.ts'
import type { Token } from '#schema/contracts/access.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { Problem } from '#schema/problem.ts'
import { apiTokens } from '#schema/tables/credentials.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { eventually } from '../../support/eventually.ts'
import { addStream } from '../../support/jobs.ts'
import { callAs, callSignedIn, cookieOf, makeToken } from './credentials.ts'

let clock = new Date('2027-01-01T00:00:00Z')
const later = (ms: number) => {
  clock = new Date(clock.getTime() + ms)
}
let control: TestControl
beforeAll(async () => {
  control = await startTestControl({ now: () => clock, choresEveryMs: 3_600_000 })
})
afterAll(() => control.stop())

const statusAs = async (token: string, method: string, path: string, body?: unknown) =>
  (await callAs(control, token, method, path, body)).status
const read = async (id: string) => (await (await control.call('GET', `/v1/tokens/${id}`)).json()) as Token

describe('a token', () => {
  it('is shown once, has a prefix that scanners know, and is kept as a digest', async () => {
    const made = await makeToken(control, { name: 'Wall display' })
    expect(made.token).toMatch(/^weir_api_[0-9A-Za-z]{32}$/)
    expect(made).toMatchObject({ scopes: ['read'], live_stream_id: null, created_by: 'Admin', kind: 'api' })
    const list = await (await control.call('GET', '/v1/tokens')).text()
    expect(list).toContain(made.id)
    expect(list).not.toContain(made.token)
    expect(await (await control.call('GET', `/v1/tokens/${made.id}`)).text()).not.toContain(made.token)
    const rows = JSON.stringify(await control.runtime.db.select().from(apiTokens))
    expect(rows).not.toContain(made.token)
  })

  it('does what its scopes say and is told which one is missing', async () => {
    const { token } = await makeToken(control, { name: 'Looker' })
    expect(await statusAs(token, 'GET', '/v1/live-streams')).toBe(200)
    const refused = await callAs(control, token, 'POST', '/v1/live-streams', { name: 'x' })
    expect(refused.status).toBe(403)
    const problem = (await refused.json()) as Problem & { required_scope: string }
    expect(problem).toMatchObject({ code: 'forbidden', required_scope: 'write' })
    expect(problem.detail).toContain('write')
    expect(problem.detail).toContain('Looker')
  })

  it('ends at its end, and can be given a later one before', async () => {
    const { id, token } = await makeToken(control, { expires_at: new Date(clock.getTime() + 60_000).toISOString() })
    expect(await statusAs(token, 'GET', '/v1/live-streams')).toBe(200)
    later(60_000)
    expect(await statusAs(token, 'GET', '/v1/live-streams')).toBe(401)
    const far = new Date(clock.getTime() + 60_000).toISOString()
    expect((await control.call('PATCH', `/v1/tokens/${id}`, { expires_at: far, name: 'Longer' })).status).toBe(200)
    expect(await read(id)).toMatchObject({ name: 'Longer', expires_at: far })
    expect(await statusAs(token, 'GET', '/v1/live-streams')).toBe(200)
  })

  it('that ended in the past or names a stream that is not there is not made', async () => {
    const make = async (body: object) => {
      const answer = await control.call('POST', '/v1/tokens', { name: 'x', ...body })
      return [answer.status, ((await answer.json()) as Problem).errors?.map(({ pointer }) => pointer)]
    }
    expect(await make({ expires_at: '2020-01-01T00:00:00Z' })).toEqual([422, ['/expires_at']])
    expect(await make({ live_stream_id: 'ls_none' })).toEqual([422, ['/live_stream_id']])
    expect(await make({ scopes: [] })).toEqual([422, ['/scopes']])
    expect(await make({ scopes: ['all'] })).toEqual([422, ['/scopes/0']])
    const stream = await addStream(control)
    expect(await make({ live_stream_id: stream.id, scopes: ['admin'] })).toEqual([422, ['/scopes']])
  })

  it('makes none that can do more than it, or lasts longer', async () => {
    const end = new Date(clock.getTime() + 3_600_000).toISOString()
    const weak = await makeToken(control, { scopes: ['admin', 'read'], expires_at: end })
    const make = (body: object) => callAs(control, weak.token, 'POST', '/v1/tokens', { name: 'x', ...body })
    expect((await make({ scopes: ['read'], expires_at: end })).status).toBe(201)
    const more = await make({ scopes: ['read', 'write'], expires_at: end })
    expect([more.status, ((await more.json()) as { required_scope: string }).required_scope]).toEqual([403, 'write'])
    expect((await make({ scopes: ['read'] })).status).toBe(403)
    expect((await make({ scopes: ['read'], expires_at: '2030-01-01T00:00:00Z' })).status).toBe(403)
    expect(await statusAs(weak.token, 'PATCH', `/v1/tokens/${weak.id}`, { expires_at: null })).toBe(403)
    expect(await statusAs(weak.token, 'POST', '/v1/invitations', { role: 'viewer' })).toBe(403)
  })

  it('is refused once it is deleted, and so are the sign-ins made with it', async () => {
    const { id, token } = await makeToken(control, {})
    const signedIn = await fetch(`${control.url}/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    })
    const cookie = cookieOf(signedIn)
    expect((await callSignedIn(control, cookie, 'GET', '/v1/live-streams')).status).toBe(200)
    expect((await control.call('DELETE', `/v1/tokens/${id}`)).status).toBe(204)
    expect(await statusAs(token, 'GET', '/v1/live-streams')).toBe(401)
    expect((await callSignedIn(control, cookie, 'GET', '/v1/live-streams')).status).toBe(401)
    expect((await control.call('DELETE', `/v1/tokens/${id}`)).status).toBe(404)
  })

  it('of the start can be neither deleted nor ended', async () => {
    expect((await control.call('DELETE', '/v1/tokens/tok_admin')).status).toBe(409)
    const ended = await control.call('PATCH', '/v1/tokens/tok_admin', { expires_at: '2030-01-01T00:00:00Z' })
    expect(ended.status).toBe(409)
    expect((await control.call('GET', '/v1/tokens')).status).toBe(200)
  })

  it('says when it was used last, to the minute', async () => {
    const { id, token } = await makeToken(control, {})
    expect((await read(id)).last_used_at).toBeNull()
    const first = clock.toISOString()
    await callAs(control, token, 'GET', '/v1/live-streams')
    await eventually('the first use is noted', async () => (await read(id)).last_used_at === first)
    later(59_000)
    const writes = vi.spyOn(control.runtime, 'background')
    await callAs(control, token, 'GET', '/v1/live-streams')
    expect(writes).not.toHaveBeenCalled()
    writes.mockRestore()
    later(1_000)
    await callAs(control, token, 'GET', '/v1/live-streams')
    await eventually('the next use is noted', async () => (await read(id)).last_used_at === clock.toISOString())
  })

  it('is forgotten a month after its end', async () => {
    const { id } = await makeToken(control, { expires_at: new Date(clock.getTime() + 1_000).toISOString() })
    later(30 * 24 * 3_600_000)
    await forgetTokens(control.runtime)
    expect((await control.call('GET', `/v1/tokens/${id}`)).status).toBe(200)
    later(2_000)
    await forgetTokens(control.runtime)
    expect((await control.call('GET', `/v1/tokens/${id}`)).status).toBe(404)
  })

  it.each(['', 'nonsense', 'weir_api_', `weir_api_${'x'.repeat(32)}`, 'x'.repeat(4_000)])(
    'that nobody made (%#) is refused in the same words',
    async (token) => {
      const answer = await callAs(control, token, 'GET', '/v1/live-streams')
      expect(answer.status).toBe(401)
      const { detail } = (await answer.json()) as Problem
      expect(detail).toBe('This token is not valid. Check it, or make a new one.')
    },
  )

  it('is listed page by page, newest first', async () => {
    for (let made = 0; made < 3; made++) {
      later(1_000)
      await makeToken(control, { name: `page ${made}` })
    }
    const first = (await (await control.call('GET', '/v1/tokens?limit=2')).json()) as {
      data: Token[]
      next_cursor: string
    }
    const second = (await (
      await control.call('GET', `/v1/tokens?limit=2&cursor=${first.next_cursor}`)
    ).json()) as typeof first
    expect([...first.data, ...second.data].slice(0, 3).map(({ name }) => name)).toEqual(['page 2', 'page 1', 'page 0'])
  })
})

describe('a token for one live stream', () => {
  let mine: LiveStream
  let other: LiveStream
  let token: string
  beforeAll(async () => {
    ;[mine, other] = [await addStream(control), await addStream(control)]
    token = (await makeToken(control, { scopes: ['read', 'write'], live_stream_id: mine.id })).token
  })

  it('lists that stream and no other', async () => {
    const { data } = (await (await callAs(control, token, 'GET', '/v1/live-streams')).json()) as { data: LiveStream[] }
    expect(data.map(({ id }) => id)).toEqual([mine.id])
  })

  it('changes that stream and what hangs on it', async () => {
    expect(await statusAs(token, 'PATCH', `/v1/live-streams/${mine.id}`, { name: 'Mine' })).toBe(200)
    const destination = { url: 'rtmp://host/app', stream_key: 'k' }
    expect(await statusAs(token, 'POST', `/v1/live-streams/${mine.id}/destinations`, destination)).toBe(201)
    expect(await statusAs(token, 'POST', `/v1/live-streams/${mine.id}/reveal`)).toBe(200)
    expect(await statusAs(token, 'POST', '/v1/plan', { live_stream_id: mine.id })).toBe(200)
  })

  it('can not even see that there are others', async () => {
    const [real, made] = await Promise.all(
      [other.id, 'ls_none'].map(async (id) => {
        const answer = await callAs(control, token, 'GET', `/v1/live-streams/${id}`)
        const { detail, code } = (await answer.json()) as Problem
        return { status: answer.status, detail, code }
      }),
    )
    expect(real).toEqual(made)
    expect(real?.status).toBe(404)
    expect(await statusAs(token, 'POST', `/v1/live-streams/${other.id}/reveal`)).toBe(404)
    expect(await statusAs(token, 'DELETE', `/v1/live-streams/${other.id}`)).toBe(404)
    expect(await statusAs(token, 'POST', '/v1/live-streams', { name: 'x' })).toBe(403)
    expect(await statusAs(token, 'POST', '/v1/plan', { live_stream_id: other.id })).toBe(403)
    expect(await statusAs(token, 'POST', '/v1/plan', {})).toBe(403)
    for (const path of ['/v1/workers', '/v1/assets', '/v1/settings', '/v1/tokens', '/v1/broadcasts/brd_x/report'])
      expect([403, 404]).toContain(await statusAs(token, 'GET', path))
  })

  it('goes with its stream', async () => {
    expect((await control.call('DELETE', `/v1/live-streams/${mine.id}`)).status).toBe(204)
    expect(await statusAs(token, 'GET', '/v1/live-streams')).toBe(401)
    const left = await control.runtime.db.select().from(apiTokens).where(eq(apiTokens.liveStreamId, mine.id))
    expect(left).toEqual([])
  })
})
