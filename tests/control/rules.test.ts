import { Hono } from 'hono'
import { contextStorage } from 'hono/context-storage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '#control/app.ts'
import { ApiError } from '#control/errors.ts'
import { rateLimit } from '#control/middleware/rate-limit.ts'
import { forgetOldKeys } from '#control/requests/idempotency-store.ts'
import { beaconBox } from '#control/statistics/beacons.ts'
import { changeDestination, removeDestination } from '#control/streams/destinations.ts'
import { changeInput } from '#control/streams/inputs.ts'
import type { Destination } from '#schema/contracts/destination.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { destinations } from '#schema/tables/destinations.ts'
import { idempotencyKeys } from '#schema/tables/idempotency-keys.ts'
import { inputs } from '#schema/tables/inputs.ts'
import { workers } from '#schema/tables/workers.ts'
import { startTestControl, type TestControl } from '../support/control-server.ts'
import { eventually } from '../support/eventually.ts'
import { addWorker } from '../support/jobs.ts'

let control: TestControl
let nowMs = Date.now()
const site = 'https://app.example'
beforeAll(async () => {
  control = await startTestControl({
    environment: { WEIR_CORS_ORIGINS: site },
    now: () => new Date(nowMs),
    choresEveryMs: 3_600_000,
  })
})
afterAll(() => control.stop())

interface Wanted {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: unknown
  readonly token?: string | null
}

function send(path: string, { method = 'GET', headers = {}, body, token = control.token }: Wanted = {}) {
  return fetch(`${control.url}${path}`, {
    method,
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

const streams = '/v1/live-streams'
const newStream = async (name: string) => (await (await control.call('POST', streams, { name })).json()) as LiveStream

/** Does `work` as an answer to `request`; rejects as it does. */
async function asRequested(request: Request, work: () => Promise<unknown>): Promise<unknown> {
  let done: Promise<unknown> | undefined
  const app = new Hono().use(contextStorage()).all('*', async (c) => {
    done = work()
    await done.catch(() => {})
    return c.body(null)
  })
  await app.request(request)
  return done
}

async function refusal(answer: Response) {
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  const { code, type, errors, request_id } = await answer.json()
  expect(type).toBe(`${control.url}/docs/errors#${code}`)
  expect(request_id).toBe(answer.headers.get('x-request-id'))
  return {
    status: answer.status,
    code,
    ...(errors && { pointers: errors.map((each: { pointer: string }) => each.pointer) }),
  }
}

describe('the name of a request', () => {
  it('is the caller’s, if it is well-formed, and ours otherwise', async () => {
    const named = async (id: string) =>
      (await send('/v1/workers', { headers: { 'x-request-id': id } })).headers.get('x-request-id')
    expect(await named('case-7.A_b')).toBe('case-7.A_b')
    for (const bad of ['x'.repeat(65), 'two words', 'a;b', '<b>']) expect(await named(bad)).toMatch(/^req_\w{20}$/)
  })

  it('stands on every answer, refusals and pages included', async () => {
    for (const path of ['/healthz', '/v1/nothing', '/nothing', '/v1/workers?x=1'])
      expect((await send(path)).headers.get('x-request-id')).toMatch(/^req_/)
  })
})

describe('an address', () => {
  it('says which methods it takes, to 405 and to OPTIONS', async () => {
    const wrong = await send('/v1/workers', { method: 'PUT', body: {} })
    expect(wrong.headers.get('allow')).toBe('GET, HEAD, OPTIONS')
    expect(await refusal(wrong)).toEqual({ status: 405, code: 'method_not_allowed' })
    const asked = await send(`${streams}/ls_x`, { method: 'OPTIONS', token: null })
    expect([asked.status, asked.headers.get('allow')]).toEqual([204, 'GET, HEAD, PATCH, DELETE, OPTIONS'])
    expect((await send('/v1/workers', { method: 'HEAD' })).status).toBe(200)
  })

  it('that is not there is 404 below /v1', async () => {
    expect(await refusal(await send('/v1/nothing'))).toEqual({ status: 404, code: 'not_found' })
  })

  it('refuses parameters and fields that it does not know, each by name', async () => {
    const { id } = await newStream('Strict')
    expect(await refusal(await send(`${streams}/${id}?a=1&b=2`))).toEqual({
      status: 400,
      code: 'invalid_query',
      pointers: ['?a', '?b'],
    })
    const body = { stream_key: 'x', 'a/b': 1 }
    expect(await refusal(await send(`${streams}/${id}/enable`, { method: 'POST', body }))).toEqual({
      status: 422,
      code: 'validation_failed',
      pointers: ['/stream_key', '/a~1b'],
    })
    expect(await refusal(await send(`${streams}/${id}/enable`, { method: 'POST', body: [] }))).toMatchObject({
      status: 422,
    })
    expect((await send(`${streams}/${id}/enable`, { method: 'POST', body: {} })).status).toBe(200)
    expect(await (await send(`${streams}?limit=1&limit=2`)).json()).toMatchObject({
      errors: [{ pointer: '?limit', detail: 'Name it once.' }],
    })
  })

  it('takes a body with nothing in it for {}, which changes nothing', async () => {
    const { id } = await newStream('Empty')
    const headers = { 'content-type': 'application/json' }
    expect((await send(`${streams}/${id}/reset-stream-key`, { method: 'POST', headers })).status).toBe(200)
    const before = await (await send(`${streams}/${id}`)).json()
    const changed = await send(`${streams}/${id}`, { method: 'PATCH', headers })
    expect([changed.status, await changed.json()]).toEqual([200, { ...(before as object), effects: [] }])
    expect(await refusal(await send(streams, { method: 'POST', headers }))).toMatchObject({ pointers: ['/name'] })
  })

  it('is 406 for who accepts nothing that it has, and 415 for a body of another type', async () => {
    expect(await refusal(await send('/v1/workers', { headers: { accept: 'text/html' } }))).toMatchObject({
      code: 'not_acceptable',
    })
    expect((await send('/v1/workers', { headers: { accept: 'text/html, application/*;q=0.1' } })).status).toBe(200)
    const refused = await send(streams, {
      method: 'POST',
      headers: { accept: 'application/json;q=0, */*' },
      body: { name: 'Not made' },
    })
    expect(await refusal(refused)).toMatchObject({ status: 406 })
    const list = (await (await control.call('GET', streams)).json()) as { data: LiveStream[] }
    expect(list.data.map(({ name }) => name)).not.toContain('Not made')
    const form = await send(streams, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: { name: 'x' } })
    expect(await refusal(form)).toMatchObject({ status: 415, code: 'unsupported_media_type' })
  })
})

describe('CORS', () => {
  const preflight = (origin: string, path = streams) =>
    send(path, { method: 'OPTIONS', token: null, headers: { origin, 'access-control-request-method': 'POST' } })

  it('lets the pages of a named origin call, without cookies', async () => {
    const answer = await preflight(site)
    expect(answer.status).toBe(204)
    expect(answer.headers.get('access-control-allow-origin')).toBe(site)
    const { components } = await (await send('/openapi.json')).json()
    const taken = Object.values(components.parameters as Record<string, { name: string }>).map(({ name }) => name)
    expect(answer.headers.get('access-control-allow-headers')?.split(', ')).toEqual(expect.arrayContaining(taken))
    const refused = await send('/v1/nothing', { headers: { origin: site } })
    expect(refused.headers.get('access-control-allow-origin')).toBe(site)
    expect(refused.headers.get('access-control-expose-headers')).toContain('X-Request-Id')
    expect(refused.headers.get('vary')).toContain('Origin')
    expect(refused.headers.get('access-control-allow-credentials')).toBeNull()
  })

  it('says nothing to any other origin', async () => {
    for (const origin of ['https://evil.example', `${site}.evil.example`, 'null'])
      expect((await preflight(origin)).headers.get('access-control-allow-origin')).toBeNull()
    expect(
      (await send('/v1/workers', { headers: { origin: 'https://evil.example' } })).headers.get(
        'access-control-allow-origin',
      ),
    ).toBeNull()
  })

  it('is closed where nobody was named, and open to all with *, still without cookies', async () => {
    for (const [named, wanted] of [
      ['', null],
      ['*', '*'],
    ] as const) {
      const other = await startTestControl({ environment: { WEIR_CORS_ORIGINS: named } })
      const answer = await fetch(`${other.url}/v1/workers`, {
        headers: { origin: site, authorization: `Bearer ${other.token}` },
      })
      expect(answer.headers.get('access-control-allow-origin')).toBe(wanted)
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
      await other.stop()
    }
  })
})

describe('an Idempotency-Key', () => {
  const create = (key: string, name = 'Once', path = streams) =>
    send(path, { method: 'POST', headers: { 'idempotency-key': key }, body: { name } })

  it('does once what is sent twice, and answers both alike, the stream key included', async () => {
    const [first, again] = [await create('key-1'), await create('key-1')]
    expect([first.headers.get('idempotency-replayed'), again.headers.get('idempotency-replayed')]).toEqual([
      null,
      'true',
    ])
    expect([again.status, again.headers.get('location')]).toEqual([201, first.headers.get('location')])
    const made = (await first.json()) as LiveStream
    expect(await again.json()).toEqual(made)
    expect([first, again].map(({ headers }) => headers.get('cache-control'))).toEqual(['no-store', 'no-store'])
    const [row] = await control.runtime.db.select().from(idempotencyKeys)
    expect(row?.answerSealed).toMatch(/^v1\./)
    expect(JSON.stringify(row)).not.toContain(made.stream_key)
  })

  it('that stood for another body or address is refused', async () => {
    expect(await refusal(await create('key-1', 'Other'))).toEqual({ status: 422, code: 'idempotency_key_reused' })
    expect(await refusal(await create('key-1', 'Once', `${streams}?x=1`))).toMatchObject({ status: 400 })
    expect(await refusal(await create('key-1', 'Once', '/v1/plan'))).toMatchObject({ status: 422 })
  })

  it('of a request that goes on now is refused, and one that died is forgotten', async () => {
    const both = await Promise.all([create('key-2'), create('key-2')])
    const made = both.filter(({ status }) => status === 201)
    expect(made.length).toBeGreaterThan(0)
    for (const answer of both.filter(({ status }) => status !== 201))
      expect(await refusal(answer)).toEqual({ status: 409, code: 'idempotency_key_in_use' })
    const ids = await Promise.all(made.map(async (answer) => ((await answer.json()) as LiveStream).id))
    expect(new Set(ids).size).toBe(1)
    await control.runtime.db.update(idempotencyKeys).set({ answerSealed: null })
    const held = await create('key-2')
    expect([held.status, held.headers.get('retry-after')]).toEqual([409, '1'])
    nowMs += 121_000
    expect((await create('key-2')).headers.get('idempotency-replayed')).toBeNull()
  })

  it('of a refused request can be used again', async () => {
    expect((await create('key-3', '')).status).toBe(422)
    expect((await create('key-3', 'Right')).status).toBe(201)
  })

  it('belongs to one token', async () => {
    const made = await control.call('POST', '/v1/tokens', { name: 'other', scopes: ['read', 'write'] })
    const { token } = (await made.json()) as { token: string }
    const other = await send(streams, {
      method: 'POST',
      token,
      headers: { 'idempotency-key': 'key-3' },
      body: { name: 'Mine' },
    })
    expect([other.status, other.headers.get('idempotency-replayed')]).toEqual([201, null])
  })

  it('must be well-formed, and is over after a day', async () => {
    expect(await refusal(await create('two words'))).toMatchObject({ status: 400, code: 'invalid_header' })
    nowMs += 24 * 3_600_000 + 1_000
    expect((await create('key-3', 'Another')).status).toBe(201)
    await forgetOldKeys(control.runtime.db, new Date(nowMs))
    expect(await control.runtime.db.select().from(idempotencyKeys)).toHaveLength(1)
  })
})

describe('an ETag', () => {
  let stream: LiveStream
  let destination: Destination
  beforeAll(async () => {
    stream = await newStream('Tagged')
    const body = { url: 'rtmp://h.example/app', stream_key: 'k' }
    destination = (await (
      await control.call('POST', `${streams}/${stream.id}/destinations`, body)
    ).json()) as Destination
  })
  const pathOf = () => `${streams}/${stream.id}/destinations/${destination.id}`

  it('lets a client read only what is other than before', async () => {
    const first = await send(`${streams}/${stream.id}`)
    const etag = first.headers.get('etag') ?? ''
    expect(etag).toMatch(/^"\d+-[0-9a-z]{12,24}"$/)
    const same = await send(`${streams}/${stream.id}`, { headers: { 'if-none-match': `"other", W/${etag}` } })
    expect([same.status, await same.text(), same.headers.get('etag')]).toEqual([304, '', etag])
    await control.call('PATCH', `${streams}/${stream.id}`, { name: 'Tagged anew' })
    expect((await send(`${streams}/${stream.id}`, { headers: { 'if-none-match': etag } })).status).toBe(200)
  })

  it.each(['/v1/settings', '/v1/workers', '/v1/platforms', streams])('stands on %s', async (path) => {
    const etag = (await send(path)).headers.get('etag') ?? ''
    expect((await send(path, { headers: { 'if-none-match': etag } })).status).toBe(304)
  })

  it('guards a change against an older read, on any resource', async () => {
    const etag = (await send(pathOf())).headers.get('etag') ?? ''
    nowMs += 1_000
    const change = (ifMatch: string, name: string) =>
      send(pathOf(), { method: 'PATCH', headers: { 'if-match': ifMatch }, body: { name } })
    const changed = await change(etag, 'First')
    expect(changed.status).toBe(200)
    nowMs += 1_000
    expect(await refusal(await change(etag, 'Second'))).toEqual({ status: 412, code: 'precondition_failed' })
    expect(((await (await send(pathOf())).json()) as Destination).name).toBe('First')
    expect((await change(changed.headers.get('etag') ?? '', 'Third')).status).toBe(200)
    expect((await change('*', 'Fourth')).status).toBe(200)
    const removed = await send(pathOf(), { method: 'DELETE', headers: { 'if-match': etag } })
    expect(await refusal(removed)).toMatchObject({ status: 412 })
    const gone = await send(`${pathOf()}x`, { method: 'DELETE', headers: { 'if-match': etag } })
    expect(await refusal(gone)).toMatchObject({ status: 404 })
  })

  it('is as good for what is used meanwhile, such as a token or a worker', async () => {
    const tokens = (name: string) => control.call('POST', '/v1/tokens', { name }).then((answer) => answer.json())
    const { id, token } = (await tokens('Used')) as { id: string; token: string }
    const worker = await addWorker(control)
    for (const path of [`/v1/tokens/${id}`, `/v1/workers/${worker.id}`]) {
      const read = async () => (await send(path)).headers.get('etag') ?? ''
      const etag = await read()
      nowMs += 120_000
      await send(streams, { token })
      await control.runtime.db.update(workers).set({ lastSeenAt: new Date(nowMs) })
      await eventually('it was used since', async () => (await read()) !== etag)
      const change = (ifMatch: string, name: string) =>
        send(path, { method: 'PATCH', headers: { 'if-match': ifMatch }, body: { name } })
      const changed = await change(etag, 'Renamed')
      expect([path, changed.status]).toEqual([path, 200])
      expect((await change(etag, 'Late')).status).toBe(412)
      expect((await change(changed.headers.get('etag') ?? '', 'Again')).status).toBe(200)
    }
  })

  it('is looked at once more by the statement that changes, for another process may have changed it', async () => {
    const { db } = control.runtime
    const paths = [pathOf(), `${streams}/${stream.id}/inputs/${stream.inputs[0]?.id}`]
    const versions = async () => [
      ...(await db.select({ at: destinations.updatedAt, name: destinations.name }).from(destinations)),
      ...(await db.select({ at: inputs.updatedAt, name: inputs.name }).from(inputs)),
    ]
    for (const path of paths) {
      const etag = (await send(path)).headers.get('etag') ?? ''
      const { status } = await send(path, { method: 'PATCH', headers: { 'if-match': etag }, body: { name: 'Mine' } })
      expect([path, status]).toEqual([path, 200])
      const before = await versions()
      const { revision } = (await (await send(`${streams}/${stream.id}`)).json()) as LiveStream
      const stale = new Request(`http://control.invalid${path}`, { headers: { 'if-match': etag } })
      // As if it had been found unchanged a moment ago.
      for (const change of [
        () => changeDestination(control.runtime, stream.id, destination.id, { name: 'Theirs' }),
        () => changeInput(control.runtime, stream.id, stream.inputs[0]?.id ?? '', { name: 'Theirs' }),
        () => removeDestination(control.runtime, stream.id, destination.id),
      ])
        await expect(asRequested(stale, change)).rejects.toMatchObject({ code: 'precondition_failed' })
      expect(await versions()).toEqual(before)
      expect(((await (await send(`${streams}/${stream.id}`)).json()) as LiveStream).revision).toBe(revision)
    }
  })

  it('stands on a playback id too', async () => {
    const path = `${streams}/${stream.id}/playback-ids/${stream.playback_ids[0]?.id}`
    const etag = (await send(path)).headers.get('etag') ?? ''
    const change = () => send(path, { method: 'PATCH', headers: { 'if-match': etag }, body: { policy: 'signed' } })
    expect([(await change()).status, (await change()).status]).toEqual([200, 412])
  })
})

describe('a limit', () => {
  it('says what is left, and refuses what is beyond it', async () => {
    const limited = await startTestControl({ environment: { WEIR_RATE_LIMIT: '3' } })
    const ask = () => fetch(`${limited.url}/v1/workers`, { headers: { authorization: `Bearer ${limited.token}` } })
    const first = await ask()
    expect([first.headers.get('ratelimit-policy'), first.headers.get('ratelimit')]).toEqual([
      '"default";q=3;w=60',
      '"default";r=2;t=20',
    ])
    await ask()
    await ask()
    const beyond = await ask()
    expect([beyond.status, Number(beyond.headers.get('retry-after'))]).toEqual([429, expect.closeTo(20, -1)])
    expect(await beyond.json()).toMatchObject({ code: 'rate_limited' })
    expect((await fetch(`${limited.url}/v1/playback/pb_none`)).status).toBe(404)
    expect((await fetch(`${limited.url}/healthz`)).status).toBe(200)
    await limited.stop()
  })

  it('is of an address too, for all who ask from there together', async () => {
    // A clock that stands: how quick this machine is makes no difference.
    const config = { ...control.runtime.config, rateLimitPerMinute: 2, trustedProxyHeader: 'x-real-ip' }
    const app = new Hono().use(rateLimit({ ...control.runtime, config }, () => 0)).get('/', (c) => c.body(null, 204))
    app.onError((error, c) => c.body(null, error instanceof ApiError ? (error.status as 429) : 500))
    const ask = (address: string, token?: number) =>
      app.request('/', { headers: { 'x-real-ip': address, ...(token && { authorization: `Bearer ${token}` }) } })
    const told = await ask('192.0.2.1')
    expect([told.headers.get('ratelimit-policy'), told.headers.get('ratelimit')]).toEqual([
      '"default";q=8;w=60',
      '"default";r=7;t=8',
    ])
    for (let token = 1; token <= 7; token++) expect((await ask('192.0.2.1', token)).status).toBe(204)
    expect([(await ask('192.0.2.1', 8)).status, (await ask('192.0.2.1')).status]).toEqual([429, 429])
    expect((await ask('192.0.2.2', 8)).status).toBe(204)
    // Who has an IPv6 address has 2^64 of them.
    for (let host = 1; host <= 8; host++) expect((await ask(`2001:db8::${host}`)).status).toBe(204)
    expect([(await ask('2001:db8::9')).status, (await ask('2001:db8:0:1::1')).status]).toEqual([429, 204])
  })

  it('stops an address that makes playback ids up, and nobody who plays one that is there', async () => {
    const box = beaconBox(control.runtime)
    const { playback_ids: ids } = await newStream('Watched')
    const tell = (playback_id: string, network: string) => {
      const figures = { age_s: 30, played_s: 10, stalled_s: 0, stalls: 0 }
      return box.take({ playback_id, page_id: 'a'.repeat(36), protocol: 'hls', ...figures }, undefined, network)
    }
    const known = ids[0]?.id ?? ''
    expect(await tell(known, 'a school')).toBe(true)
    const told = []
    for (let id = 0; id < 300; id++) told.push(await tell(`pb_${id}`, 'a school'))
    expect([told.indexOf(false) >= 100, told.at(-1)]).toEqual([true, false])
    // What is known of an id is looked up anew each minute.
    nowMs += 61_000
    expect([await tell(known, 'a school'), await tell('pb_x', 'elsewhere')]).toEqual([true, true])
  })

  it('stops an address that publishes with made-up keys', async () => {
    const app = createApp(control.runtime)
    const publish = () => app.request('/live/ls_none/whip', { method: 'POST', body: 'offer' })
    const statuses: number[] = []
    while (statuses.at(-1) !== 429 && statuses.length < 3_000) statuses.push((await publish()).status)
    expect([statuses[0], statuses.indexOf(429) >= 300]).toEqual([404, true])
    const refused = await publish()
    expect([refused.headers.has('retry-after'), refused.headers.get('access-control-allow-origin')]).toEqual([
      true,
      '*',
    ])
  })

  it('stops an address that guesses, and nobody else there', async () => {
    const guess = (token: string) => send('/v1/workers', { token })
    const whoAmI = (token: string) => send('/v1/session', { token })
    const statuses = []
    // Who asks who he is guesses too.
    const guesses = Array.from({ length: 20 }, (_, index) => [guess, whoAmI].map((ask) => () => ask(`guess-${index}`)))
    for (const next of guesses.flat()) statuses.push((await next()).status)
    expect([statuses[0], statuses[1], statuses.indexOf(429) < 35, statuses.at(-1)]).toEqual([401, 200, true, 429])
    const signIn = await send('/v1/session', { method: 'POST', token: null, body: { token: control.token } })
    expect([signIn.status, signIn.headers.has('retry-after')]).toEqual([429, true])
    const join = await send('/worker/v1/join', { method: 'POST', token: 'guess', body: {} })
    expect(join.status).toBe(429)
    expect((await guess(control.token)).status).toBe(200)
    expect((await send('/v1/workers', { token: null })).status).toBe(401)
  })
})
