import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { forgetEntries } from '#control/audit/entries.ts'
import type { AuditEntry } from '#schema/contracts/audit-log.ts'
import type { Destination } from '#schema/contracts/destination.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { auditLog } from '#schema/tables/audit-log.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { addStream, addWorker } from '../../support/jobs.ts'
import { addUser, callAs, callSignedIn, invite, makeToken, secretOf } from '../access/credentials.ts'

let clock = new Date('2027-01-01T00:00:00Z')
let control: TestControl
beforeAll(async () => {
  control = await startTestControl({ now: () => clock, choresEveryMs: 3_600_000 })
})
afterAll(() => control.stop())

async function entries(query = ''): Promise<AuditEntry[]> {
  const answer = await control.call('GET', `/v1/audit-log?${query}`)
  expect(answer.status).toBe(200)
  return ((await answer.json()) as { data: AuditEntry[] }).data
}
const newest = async () => (await entries('limit=1'))[0]

describe('the audit log', () => {
  it('says who made what, and what it was then', async () => {
    const stream = await addStream(control, { name: 'Lecture' })
    expect(await newest()).toMatchObject({
      actor: { token_id: 'tok_admin', user_id: null, name: 'Admin' },
      action: 'live_stream.create',
      outcome: 'done',
      target: { type: 'live_stream', id: stream.id, name: 'Lecture' },
      live_stream_id: stream.id,
      before: null,
      after: { name: 'Lecture', enabled: true },
    })
  })

  it('says what a change made of it, and finds its lines in the logs', async () => {
    const { id } = await addStream(control, { name: 'Before' })
    const anna = await addUser(control, 'Anna', 'operator')
    const answer = await callSignedIn(control, anna.cookie, 'PATCH', `/v1/live-streams/${id}`, { name: 'After' })
    expect(await newest()).toMatchObject({
      actor: { user_id: anna.id, name: 'Anna' },
      action: 'live_stream.change',
      before: { name: 'Before' },
      after: { name: 'After' },
      request_id: answer.headers.get('x-request-id'),
    })
    await callAs(control, anna.token, 'POST', `/v1/live-streams/${id}/disable`)
    expect(await newest()).toMatchObject({
      action: 'live_stream.disable',
      before: { enabled: true },
      after: { enabled: false },
    })
    await callAs(control, anna.token, 'DELETE', `/v1/live-streams/${id}`)
    expect(await newest()).toMatchObject({
      action: 'live_stream.delete',
      target: { id, name: 'After' },
      before: { name: 'After' },
      after: null,
    })
  })

  it('has what was refused for want of a right, with the reason', async () => {
    const { token, id } = await makeToken(control, { name: 'Looker' })
    await callAs(control, token, 'POST', '/v1/live-streams', { name: 'x' })
    expect(await newest()).toMatchObject({
      actor: { token_id: id, name: 'Looker' },
      action: 'live_stream.create',
      outcome: 'refused',
      before: null,
      after: null,
      detail: expect.stringContaining('write'),
    })
    const vera = await addUser(control, 'Vera', 'owner')
    await fetch(`${control.url}/v1/tokens`, {
      method: 'POST',
      headers: { cookie: vera.cookie, 'sec-fetch-site': 'cross-site', 'content-type': 'application/json' },
      body: '{"name":"x"}',
    })
    expect(await newest()).toMatchObject({
      actor: { name: 'Vera' },
      outcome: 'refused',
      detail: expect.stringContaining('another site'),
    })
  })

  it('has neither what failed, what only looked, nor what was asked by nobody known', async () => {
    const before = (await newest())?.id
    await control.call('POST', '/v1/live-streams', { name: '' })
    await control.call('DELETE', '/v1/live-streams/ls_none')
    await control.call('GET', '/v1/live-streams')
    await control.call('POST', '/v1/plan', {})
    await callAs(control, 'nobody', 'POST', '/v1/live-streams', { name: 'x' })
    expect((await newest())?.id).toBe(before)
  })

  it('has a repeated request once', async () => {
    const send = () =>
      fetch(`${control.url}/v1/live-streams`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${control.token}`,
          'content-type': 'application/json',
          'idempotency-key': 'once',
        },
        body: '{"name":"Once only"}',
      })
    await send()
    await send()
    expect((await entries('limit=10')).filter(({ target }) => target.name === 'Once only')).toHaveLength(1)
  })

  it('has workers that joined, and by which token', async () => {
    const worker = await addWorker(control, undefined, { name: 'Hall', labels: ['room=hall'] })
    const [joined, invited] = await entries('limit=2')
    expect(invited).toMatchObject({ action: 'join_token.create', actor: { name: 'Admin' } })
    expect(joined).toMatchObject({
      ...{ action: 'worker.join', outcome: 'done', target: { type: 'worker', id: worker.id, name: 'Hall' } },
      ...{ actor: { token_id: invited?.target.id, user_id: null, name: 'Hall' } },
      ...{ before: null, after: { name: 'Hall', labels: expect.arrayContaining(['room=hall']) } },
      request_id: expect.stringMatching(/^req_/),
    })
  })

  it('has sign-ins, and people who came by invitation', async () => {
    const otto = await addUser(control, 'Otto', 'viewer')
    expect(await newest()).toMatchObject({ action: 'session.join', actor: { user_id: otto.id, name: 'Otto' } })
    await fetch(`${control.url}/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: otto.token }),
    })
    expect(await newest()).toMatchObject({ action: 'session.create', actor: { name: 'Otto' } })
    await callSignedIn(control, otto.cookie, 'DELETE', '/v1/session')
    const signedOut = await newest()
    expect(signedOut).toMatchObject({ action: 'session.delete', actor: { name: 'Otto' } })
    // A cookie that is over signs nobody out.
    await callSignedIn(control, otto.cookie, 'DELETE', '/v1/session')
    expect(await newest()).toEqual(signedOut)
  })

  it('is found by actor, target, live stream, action, outcome and time, and page by page', async () => {
    const stream = await addStream(control)
    clock = new Date(clock.getTime() + 60_000)
    const from = clock.toISOString()
    const made = await control.call('POST', `/v1/live-streams/${stream.id}/destinations`, {
      url: 'rtmp://host/app',
      stream_key: 'k',
    })
    const { id } = (await made.json()) as Destination
    await control.call('POST', `/v1/live-streams/${stream.id}/destinations/${id}/stop`)
    clock = new Date(clock.getTime() + 60_000)
    await control.call('DELETE', `/v1/live-streams/${stream.id}/destinations/${id}`)
    const actions = async (query: string) => (await entries(query)).map(({ action }) => action)
    const all = ['destination.delete', 'destination.stop', 'destination.create']
    expect(await actions(`target=${id}`)).toEqual(all)
    expect(await actions(`live_stream_id=${stream.id}`)).toEqual([...all, 'live_stream.create'])
    expect(await actions(`target=${id}&from=${clock.toISOString()}`)).toEqual(all.slice(0, 1))
    expect(await actions(`target=${id}&to=${from}`)).toEqual(all.slice(1))
    expect(await actions(`target=${id}&actor=tok_admin&action=destination.stop`)).toEqual(['destination.stop'])
    expect(await actions(`target=${id}&actor=usr_none`)).toEqual([])
    expect(await actions(`target=${id}&outcome=refused`)).toEqual([])
    expect(new Set(await actions('target=destination'))).toEqual(new Set(all))
    const first = (await (await control.call('GET', `/v1/audit-log?target=${id}&limit=2`)).json()) as {
      data: AuditEntry[]
      next_cursor: string
    }
    expect(first.data).toHaveLength(2)
    expect(await actions(`target=${id}&cursor=${first.next_cursor}`)).toEqual(all.slice(2))
    expect((await control.call('GET', '/v1/audit-log?from=yesterday')).status).toBe(400)
  })

  it('is a table too, in which no name is a formula', async () => {
    await addStream(control, { name: '=1+1, "quoted"' })
    const answer = await control.call('GET', '/v1/audit-log?format=csv&limit=1')
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(answer.headers.get('link')).toMatch(/^<\/v1\/audit-log\?.*cursor=.*>; rel="next"$/)
    const [names, row] = (await answer.text()).split('\r\n')
    expect(names).toMatch(/^at,actor,actor_user_id,/)
    expect(row).toContain(`"'=1+1, ""quoted"""`)
  })

  it('is for admins', async () => {
    const { token } = await makeToken(control, { scopes: ['read', 'write'] })
    expect((await callAs(control, token, 'GET', '/v1/audit-log')).status).toBe(403)
  })

  it('keeps so many changes and so many refusals, for 400 days: a flood of refusals drives no change out', async () => {
    const { db } = control.runtime
    const row = (seq: number, outcome: 'done' | 'refused') => ({
      seq,
      id: `aud_${outcome}${seq}`,
      at: clock,
      actorName: 'x',
      action: 'x.y',
      outcome,
      targetType: 'x',
      requestId: '',
    })
    await db.delete(auditLog)
    for (let at = 0; at < 12; at++)
      await db.insert(auditLog).values([row(100 + at, 'done'), row(200 + at, 'refused'), row(300 + at, 'refused')])
    await forgetEntries(control.runtime, { done: 10, refused: 3 })
    const kept = await db.select({ seq: auditLog.seq }).from(auditLog).orderBy(auditLog.seq)
    expect(kept.map(({ seq }) => seq)).toEqual([...Array.from({ length: 10 }, (_, at) => 102 + at), 309, 310, 311])
    clock = new Date(clock.getTime() + 400 * 24 * 3_600_000 + 1)
    await forgetEntries(control.runtime)
    expect(await db.$count(auditLog)).toBe(0)
  })
})

describe('secrets', () => {
  it('stand in no row of the audit log, whatever was made, changed and shown', async () => {
    const secrets: string[] = [control.token]
    const keep = async (answer: Promise<Response>, ...names: string[]) => {
      const body = (await (await answer).json()) as Record<string, unknown>
      const found = names.map((name) => name.split('.').reduce<unknown>((from, key) => (from as never)?.[key], body))
      for (const [at, secret] of found.entries()) {
        expect(secret, names[at]).toBeTypeOf('string')
        secrets.push(secret as string)
      }
      return body as { id: string }
    }
    const ofIngest = ['stream_key', 'ingest.rtmp.stream_key', 'ingest.srt.passphrase', 'ingest.whip.bearer']
    const destinationKey = 'destination-stream-key-1'
    const passphrase = 'destination-passphrase-1'
    const pullPassword = 'pull-password-1'
    const oauthToken = 'oauth0token0of0a0channel'
    secrets.push(destinationKey, passphrase, pullPassword, oauthToken)

    const { id } = await keep(control.call('POST', '/v1/live-streams', { name: 'Secretive' }), ...ofIngest)
    const path = `/v1/live-streams/${id}`
    await keep(control.call('POST', `${path}/reveal`), ...ofIngest)
    await keep(control.call('POST', `${path}/reset-stream-key`), ...ofIngest)
    const added = await control.call('POST', `${path}/destinations`, {
      url: 'rtmp://host/app',
      stream_key: destinationKey,
    })
    const destination = (await added.json()) as Destination
    expect(added.status).toBe(201)
    await control.call('PATCH', `${path}/destinations/${destination.id}`, { stream_key: `${destinationKey}x` })
    expect(
      (await control.call('POST', `${path}/destinations`, { url: 'srt://host:9000', srt_passphrase: passphrase }))
        .status,
    ).toBe(201)
    const pull = { type: 'pull', url: `https://user:${pullPassword}@example.org/live.m3u8?token=${pullPassword}` }
    expect((await control.call('POST', `${path}/inputs`, pull)).status).toBe(201)
    const channel = { type: 'channel', url: 'https://www.twitch.tv/weir', oauth_token: oauthToken }
    expect((await control.call('POST', `${path}/inputs`, channel)).status).toBe(201)
    await keep(control.call('POST', '/v1/tokens', { name: 'secret' }), 'token')
    await keep(control.call('POST', '/v1/join-tokens'), 'token')
    const invitation = await invite(control, { role: 'viewer' })
    secrets.push(secretOf(invitation))
    const person = await addUser(control, 'Person', 'owner')
    secrets.push(person.token, person.cookie.split('=')[1] ?? '')
    await callSignedIn(control, person.cookie, 'POST', '/v1/tokens', { name: person.token.slice(0, 9) })
    await addWorker(control)
    const hook = await control.call('POST', '/v1/webhooks', { url: 'https://example.org/hook' })
    if (hook.status === 201) {
      const { secret } = (await hook.json()) as { secret?: string }
      if (secret) secrets.push(secret)
    }
    await control.call('DELETE', path)

    const rows = await control.runtime.db.select().from(auditLog)
    expect(rows.length).toBeGreaterThan(12)
    const text = JSON.stringify(rows)
    const csv = await (await control.call('GET', '/v1/audit-log?format=csv&limit=200')).text()
    expect(new Set(secrets).size).toBeGreaterThan(12)
    for (const secret of secrets) {
      expect(text).not.toContain(secret)
      expect(csv).not.toContain(secret)
    }
    expect(rows.every((row) => JSON.stringify(row).length < 16_384)).toBe(true)
    const stream = (rows.find(({ action }) => action === 'live_stream.delete')?.before ?? {}) as Partial<LiveStream>
    expect(stream.name).toBe('Secretive')
  })
})
