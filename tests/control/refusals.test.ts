import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '#control/app.ts'
import { contractHeaders, contractNumber } from '#schema/contract-version.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { type Problem, problemSchema } from '#schema/problem.ts'
import { startTestControl, type TestControl } from '../support/control-server.ts'
import type { FakeWorker } from '../support/fake-worker.ts'
import { addStream, addWorker } from '../support/jobs.ts'

let control: TestControl
let stream: LiveStream
/** With an input of each kind that has fields of its own. */
let mixed: LiveStream
let worker: FakeWorker

beforeAll(async () => {
  control = await startTestControl()
  const inputs = [
    { type: 'push' as const },
    { type: 'pull' as const, url: 'http://h/a' },
    { type: 'channel' as const, url: 'https://twitch.example/a' },
  ]
  stream = await addStream(control)
  mixed = await addStream(control, { inputs })
  worker = await addWorker(control)
})
afterAll(() => control.stop())

interface Refusal {
  readonly method?: string
  readonly path: string
  readonly body?: unknown
  /** Sent as it is, in place of `body`. */
  readonly text?: string
  readonly headers?: Record<string, string>
  readonly status: number
  readonly code: string
  /** Pointers that errors[] must name, exactly. */
  readonly pointers?: string[]
}

const streams = '/v1/live-streams'
/** A request whose body never comes to its end. */
const endless = () => ({
  method: 'POST',
  body: new ReadableStream({ start: (body) => body.enqueue(new TextEncoder().encode('{')) }),
  duplex: 'half' as const,
})
const joining = {
  name: 'w',
  version: '1',
  origin_url: 'http://h',
  rtmp_url: 'rtmp://h/live',
  srt_url: 'srt://h:8890',
  signing_key: { kty: 'OKP', crv: 'Ed25519', x: 'x' },
  sealing_key: { kty: 'OKP', crv: 'X25519', x: 'x' },
  capacity: { encode_units: 1, cpu_cores: 1, ffmpeg_version: '5.1' },
}
const destination = { url: 'rtmp://host/app', stream_key: 'secret-key' }
const certificate = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----'
const cases: Record<string, Refusal> = {
  'an unknown address': { path: '/v1/nothing', status: 404, code: 'not_found' },
  'no credential': { path: streams, headers: { authorization: '' }, status: 401, code: 'unauthorized' },
  'a wrong token': { path: streams, headers: { authorization: 'Bearer wrong' }, status: 401, code: 'unauthorized' },
  'a token of another scheme': {
    path: streams,
    headers: { authorization: 'Basic x' },
    status: 401,
    code: 'unauthorized',
  },
  'a forged session': {
    path: streams,
    headers: { authorization: '-', cookie: 'weir_session=e30.e30.e30' },
    status: 401,
    code: 'unauthorized',
  },
  'a change by a session that nobody opened, from another site': {
    method: 'POST',
    path: streams,
    headers: { authorization: '-', cookie: 'weir_session=x', 'sec-fetch-site': 'cross-site' },
    body: { name: 'x' },
    status: 401,
    code: 'unauthorized',
  },
  'a wrong token at sign-in': {
    method: 'POST',
    path: '/v1/session',
    body: { token: 'nope' },
    status: 401,
    code: 'unauthorized',
  },
  'a body that is not JSON': { method: 'POST', path: streams, text: '{"name":', status: 400, code: 'invalid_json' },
  'a body that is a form': {
    method: 'POST',
    path: streams,
    text: 'name=x',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    status: 415,
    code: 'unsupported_media_type',
  },
  'a body of 300 KiB': {
    method: 'POST',
    path: streams,
    body: { name: 'x'.repeat(300_000) },
    status: 413,
    code: 'body_too_large',
  },
  'a live stream without a name': {
    method: 'POST',
    path: streams,
    body: {},
    status: 422,
    code: 'validation_failed',
    pointers: ['/name'],
  },
  'a body that is a list': { method: 'POST', path: streams, body: [], status: 422, code: 'validation_failed' },
  'every wrong field at once': {
    method: 'POST',
    path: streams,
    body: {
      name: 'a\u0007b',
      source: { type: 'satellite' },
      reconnect_window: 86_401,
      latency_mode: 'fast',
      'a/b': 1,
      ladder: { preset: 'custom', renditions: [{ height: 721 }] },
    },
    status: 422,
    code: 'validation_failed',
    pointers: ['/a~1b', '/ladder/renditions/0/height', '/latency_mode', '/name', '/reconnect_window', '/source/type'],
  },
  'every unknown field, of each object': {
    method: 'POST',
    path: streams,
    body: {
      name: 'x',
      title: 'x',
      colour: 'red',
      __proto__x: 1,
      inputs: [
        { type: 'push', url: 'https://media.example/a', key: 'x' },
        { type: 'test', tone: 1 },
      ],
      slate: { while: 1, until: 2, during: { type: 'card', text: null, font: 'a', size: 1 } },
    },
    status: 422,
    code: 'validation_failed',
    pointers: [
      ...['/__proto__x', '/colour', '/inputs/0/key', '/inputs/0/url', '/inputs/1/tone'],
      ...['/slate/during/font', '/slate/during/size', '/slate/until', '/slate/while', '/title'],
    ],
  },
  'a source beside inputs': {
    method: 'POST',
    path: streams,
    body: { name: 'x', source: { type: 'test' }, inputs: [{ type: 'push' }] },
    status: 422,
    code: 'validation_failed',
    pointers: ['/inputs'],
  },
  'a stream without an input': {
    method: 'POST',
    path: streams,
    body: { name: 'x', inputs: [] },
    status: 422,
    code: 'validation_failed',
    pointers: ['/inputs'],
  },
  'nine inputs': {
    method: 'POST',
    path: streams,
    body: { name: 'x', inputs: Array(9).fill({ type: 'test' }) },
    status: 422,
    code: 'validation_failed',
    pointers: ['/inputs'],
  },
  'an address of a scheme that we do not fetch': {
    method: 'POST',
    path: streams,
    body: { name: 'x', source: { type: 'pull', url: 'file:///etc/passwd' } },
    status: 422,
    code: 'validation_failed',
    pointers: ['/source/url'],
  },
  'a pull without an address': {
    method: 'POST',
    path: `${streams}/:id/inputs`,
    body: { type: 'pull' },
    status: 422,
    code: 'validation_failed',
    pointers: ['/url'],
  },
  'an input of one type with fields of another': {
    method: 'POST',
    path: `${streams}/:id/inputs`,
    body: { type: 'push', url: 'http://h/a' },
    status: 422,
    code: 'validation_failed',
    pointers: ['/url'],
  },
  'a change of fields that an encoder does not have': {
    method: 'PATCH',
    path: `${streams}/:mixed/inputs/:input`,
    body: { name: 'x', url: 'http://h/a', urls: ['http://h/a'], loop: true, quality: 'best', oauth_token: 'x' },
    status: 422,
    code: 'validation_failed',
    pointers: ['/loop', '/oauth_token', '/quality', '/url', '/urls'],
  },
  "a change of an input's type": {
    method: 'PATCH',
    path: `${streams}/:mixed/inputs/:input`,
    body: { type: 'test' },
    status: 422,
    code: 'validation_failed',
    pointers: ['/type'],
  },
  'a change of a channel to what is no page': {
    method: 'PATCH',
    path: `${streams}/:mixed/inputs/:channel`,
    body: { url: 'srt://host:9000', loop: true },
    status: 422,
    code: 'validation_failed',
    pointers: ['/loop', '/url'],
  },
  'a pull with an address and a list of them': {
    method: 'PATCH',
    path: `${streams}/:mixed/inputs/:pull`,
    body: { url: 'http://h/a', urls: ['http://h/a'] },
    status: 422,
    code: 'validation_failed',
    pointers: ['/url'],
  },
  'an address that a pull can not fetch from': {
    method: 'PATCH',
    path: `${streams}/:mixed/inputs/:pull`,
    body: { url: 'ftp://h/a' },
    status: 422,
    code: 'validation_failed',
    pointers: ['/url'],
  },
  'a channel with a token of several words': {
    method: 'POST',
    path: `${streams}/:id/inputs`,
    body: { type: 'channel', url: 'https://www.twitch.tv/name', oauth_token: 'OAuth abc' },
    status: 422,
    code: 'validation_failed',
    pointers: ['/oauth_token'],
  },
  'an input of another stream': {
    method: 'DELETE',
    path: `${streams}/:id/inputs/in_unknown`,
    status: 404,
    code: 'not_found',
  },
  'to put an unknown input on air': {
    method: 'POST',
    path: `${streams}/:id/inputs/in_unknown/activate`,
    status: 404,
    code: 'not_found',
  },
  'to release the inputs of an unknown stream': {
    method: 'POST',
    path: `${streams}/ls_unknown/inputs/release`,
    status: 404,
    code: 'not_found',
  },
  'a change of what is fixed': {
    method: 'PATCH',
    path: `${streams}/:id`,
    body: { source: { type: 'test' } },
    status: 422,
    code: 'validation_failed',
    pointers: ['/source'],
  },
  'a change of another revision': {
    method: 'PATCH',
    path: `${streams}/:id`,
    body: { name: 'x' },
    headers: { 'if-match': '"999"' },
    status: 412,
    code: 'precondition_failed',
  },
  'an If-Match that is no ETag': {
    method: 'PATCH',
    path: `${streams}/:id`,
    body: { name: 'x' },
    headers: { 'if-match': 'x' },
    status: 412,
    code: 'precondition_failed',
  },
  'a change of a stream that is not there': {
    method: 'PATCH',
    path: `${streams}/ls_none`,
    body: { name: 'x' },
    status: 404,
    code: 'not_found',
  },
  'deleting a stream that is not there': {
    method: 'DELETE',
    path: `${streams}/ls_none`,
    status: 404,
    code: 'not_found',
  },
  'revealing a stream that is not there': {
    method: 'POST',
    path: `${streams}/ls_none/reveal`,
    status: 404,
    code: 'not_found',
  },
  'resetting a stream that is not there': {
    method: 'POST',
    path: `${streams}/ls_none/reset-stream-key`,
    body: {},
    status: 404,
    code: 'not_found',
  },
  'enabling a stream that is not there': {
    method: 'POST',
    path: `${streams}/ls_none/enable`,
    status: 404,
    code: 'not_found',
  },
  'completing what is not on air': { method: 'POST', path: `${streams}/:id/complete`, status: 409, code: 'conflict' },
  'an unknown query parameter': { path: `${streams}?page=2`, status: 400, code: 'invalid_query', pointers: ['?page'] },
  'two unknown query parameters': {
    path: `${streams}?page=2&size=5`,
    status: 400,
    code: 'invalid_query',
    pointers: ['?page', '?size'],
  },
  'a limit of zero': { path: `${streams}?limit=0`, status: 400, code: 'invalid_query', pointers: ['?limit'] },
  'a cursor that is not ours': {
    path: `${streams}?cursor=abc`,
    status: 400,
    code: 'invalid_query',
    pointers: ['?cursor'],
  },
  'a destination without a key': {
    method: 'POST',
    path: `${streams}/:id/destinations`,
    body: { url: 'rtmp://h/a' },
    status: 422,
    code: 'validation_failed',
    pointers: ['/stream_key'],
  },
  'a destination over http': {
    method: 'POST',
    path: `${streams}/:id/destinations`,
    body: { ...destination, url: 'http://h/a' },
    status: 422,
    code: 'validation_failed',
    pointers: ['/url'],
  },
  'a destination with a password in its address': {
    method: 'POST',
    path: `${streams}/:id/destinations`,
    body: { ...destination, url: 'rtmp://u:p@h/a' },
    status: 422,
    code: 'validation_failed',
    pointers: ['/url'],
  },
  'a destination of a height that can not be encoded': {
    method: 'POST',
    path: `${streams}/:id/destinations`,
    body: { ...destination, profile: '721p' },
    status: 422,
    code: 'validation_failed',
    pointers: ['/profile'],
  },
  'a destination with unknown and wrong fields in its own quality': {
    method: 'POST',
    path: `${streams}/:id/destinations`,
    body: { ...destination, profile: { height: '720', bogus: 1, more: 2 } },
    status: 422,
    code: 'validation_failed',
    pointers: ['/profile/bogus', '/profile/height', '/profile/more'],
  },
  'a destination that ends on a day that there is not': {
    method: 'POST',
    path: `${streams}/:id/destinations`,
    body: { ...destination, stop_at: '2127-02-30T18:00:00Z' },
    status: 422,
    code: 'validation_failed',
    pointers: ['/stop_at'],
  },
  'a destination with a private key among its certificates': {
    method: 'POST',
    path: `${streams}/:id/destinations`,
    body: { ...destination, ca_pem: `${certificate}\n-----BEGIN PRIVATE KEY-----\nMIIB` },
    status: 422,
    code: 'validation_failed',
    pointers: ['/ca_pem'],
  },
  'a destination of a stream that is not there': {
    method: 'POST',
    path: `${streams}/ls_none/destinations`,
    body: destination,
    status: 404,
    code: 'not_found',
  },
  'a destination that is not there': { path: `${streams}/:id/destinations/dst_none`, status: 404, code: 'not_found' },
  'playback by a rule that there is not': {
    method: 'POST',
    path: `${streams}/:id/playback-ids`,
    body: { policy: 'secret' },
    status: 422,
    code: 'validation_failed',
    pointers: ['/policy'],
  },
  'a playback id that is not there': {
    method: 'DELETE',
    path: `${streams}/:id/playback-ids/pb_none`,
    status: 404,
    code: 'not_found',
  },
  'an unknown playback id': { path: '/v1/playback/pb_none', status: 404, code: 'not_found' },
  'media of an unknown playback id': { path: '/live/pb_none/index.m3u8', status: 404, code: 'not_found' },
  'an asset that is not there': { path: '/assets/none.js', status: 404, code: 'not_found' },
  'a path out of the web folder': { path: '/assets/%2e%2e%2f%2e%2e%2fpackage.json', status: 404, code: 'not_found' },
  "an API token on the worker's side": {
    method: 'POST',
    path: '/worker/v1/poll',
    body: { slots: 1 },
    status: 401,
    code: 'unauthorized',
  },
  'a join without a token': {
    method: 'POST',
    path: '/worker/v1/join',
    body: joining,
    status: 401,
    code: 'unauthorized',
  },
  'a worker whose addresses could lead control or encoders elsewhere': {
    method: 'POST',
    path: '/worker/v1/join',
    body: { ...joining, origin_url: 'http://h/admin?', rtmp_url: 'http://h/live', srt_url: 'srt://u@h:1?streamid=x' },
    status: 422,
    code: 'validation_failed',
    pointers: ['/origin_url', '/rtmp_url', '/srt_url'],
  },
}

const inputId = (type: string) => mixed.inputs.find((input) => input.type === type)?.id ?? ''

async function send({ method = 'GET', path, body, text, headers = {} }: Refusal): Promise<Response> {
  const authorization = headers.authorization ?? `Bearer ${control.token}`
  const payload = text ?? (body === undefined ? undefined : JSON.stringify(body))
  const all = { 'content-type': 'application/json', ...headers, authorization }
  const names = {
    ':id': stream.id,
    ':mixed': mixed.id,
    ':input': inputId('push'),
    ':pull': inputId('pull'),
    ':channel': inputId('channel'),
  }
  const named = Object.entries(names).reduce((text, [name, id]) => text.replace(name, id), path)
  return fetch(`${control.url}${named}`, {
    method,
    headers: Object.fromEntries(
      Object.entries(all).filter(([name, value]) => name !== 'authorization' || value !== '-'),
    ),
    ...(payload !== undefined && { body: payload }),
  })
}

describe('the API refuses', () => {
  it.each(Object.entries(cases))('%s', async (_, refusal) => {
    const answer = await send(refusal)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    const problem: Problem = v.parse(problemSchema, await answer.json())
    expect({ status: answer.status, code: problem.code }).toEqual({ status: refusal.status, code: refusal.code })
    expect(problem.detail).toMatch(/^[A-Z].{10,}\.$/)
    expect(problem.request_id).toBe(answer.headers.get('x-request-id'))
    if (refusal.pointers) expect(problem.errors?.map((error) => error.pointer).sort()).toEqual(refusal.pointers)
    for (const error of problem.errors ?? []) expect(error.detail).not.toMatch(/^Invalid|received|Must be (string|\/)/)
  })

  it('a field of another kind in everyday words', async () => {
    const body = { name: 5, always_on: 'yes', reconnect_window: '60', inputs: {}, audio: [] }
    const { errors } = v.parse(problemSchema, await (await control.call('POST', streams, body)).json())
    expect(Object.fromEntries(errors?.map(({ pointer, detail }) => [pointer, detail]) ?? [])).toMatchObject({
      '/name': 'Must be text, in quotes.',
      '/always_on': 'Must be true or false, without quotes.',
      '/reconnect_window': 'Must be a number, without quotes.',
      '/inputs': 'Must be a list.',
    })
  })

  it('an id that nothing has, and says where all that there is can be read', async () => {
    const webhook = await control.call('POST', '/v1/webhooks', { url: 'https://h.example/' })
    const { id } = (await webhook.json()) as { id: string }
    const kinds = {
      ...{ 'webhooks/x': '', 'tokens/x': '', 'users/x': '', 'workers/x': '', 'join-tokens/x': '', 'assets/x': '' },
      ...{ 'invitations/x': '', 'live-streams/x': '', 'broadcasts/x/report': stream.id },
      ...{ [`live-streams/${stream.id}/destinations/x`]: stream.id, [`live-streams/${stream.id}/inputs/x`]: stream.id },
      [`live-streams/${stream.id}/playback-ids/x`]: stream.id,
    }
    const refused = await Promise.all([
      ...Object.keys(kinds).map((path) => control.call('GET', `/v1/${path}`)),
      control.call('POST', `/v1/webhooks/${id}/deliveries/x/replay`),
      control.call('POST', '/v1/alerts/x/acknowledge'),
      control.call('DELETE', '/v1/sessions/x'),
      control.call('DELETE', '/v1/keys/x'),
    ])
    for (const [index, answer] of refused.entries()) {
      const { detail } = v.parse(problemSchema, await answer.json())
      const list = /GET (\S+) shows/.exec(detail)?.[1]?.replace('{id}', Object.values(kinds)[index] ?? id)
      expect([answer.status, detail, (await control.call('GET', list ?? '/')).status]).toEqual([404, detail, 200])
    }
  })

  it('never repeats what was sent in a secret field', async () => {
    const secret = 'my very secret key'
    const bad = [
      { url: 'rtmp://h/a', stream_key: secret },
      { url: 'rtmp://h/a', stream_key: [secret] },
      { url: `http://${encodeURIComponent(secret)}/`, stream_key: 'k' },
      { url: 'rtmp://h/a', stream_key: 'k', [secret.replaceAll(' ', '_')]: secret, name: { secret } },
    ]
    for (const body of bad) {
      const answer = await control.call('POST', `${streams}/${stream.id}/destinations`, body)
      expect(answer.status).toBe(422)
      const text = await answer.text()
      expect(text).not.toContain(secret)
    }
  })
})

describe('the worker API refuses', () => {
  const poll = (token: string) =>
    fetch(`${control.url}/worker/v1/poll`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{"slots":0}',
    })

  it('a token that lives too long, is too old, or is meant for somebody else', async () => {
    expect((await poll(await worker.token())).status).toBe(200)
    expect((await poll(await worker.token({ lifeSeconds: 3_600 }))).status).toBe(401)
    expect((await poll(await worker.token({ issuedAt: new Date(Date.now() - 200_000) }))).status).toBe(401)
    expect((await poll(await worker.token({ audience: 'elsewhere' }))).status).toBe(401)
  })

  it('a token that another worker signed', async () => {
    const other = await addWorker(control)
    const [header, , signature] = (await other.token()).split('.')
    const [, payload] = (await worker.token()).split('.')
    expect((await poll([header, payload, signature].join('.'))).status).toBe(401)
  })

  it('an unsigned token', async () => {
    const [, payload] = (await worker.token()).split('.')
    expect((await poll(`${btoa('{"alg":"none"}')}.${payload}.`)).status).toBe(401)
  })

  it('a body without an end of one that it does not know, before it is read', async () => {
    const answer = await createApp(control.runtime).request('/worker/v1/heartbeat', {
      ...endless(),
      headers: { 'content-type': 'application/json', [contractHeaders.contract]: String(contractNumber) },
    })
    expect(answer.status).toBe(401)
  })

  it('an unknown stream key, and a key of a stream that makes its own picture', async () => {
    const unknown = await worker.post('publish-claims', { stream_key_digest: '0'.repeat(64) })
    expect(unknown.status).toBe(404)
    expect(await unknown.json()).toMatchObject({ code: 'unknown_stream_key' })
  })
})

it('refuses an import that says it is too long before it is read, with an Idempotency-Key too', async () => {
  const answer = await createApp(control.runtime).request('/v1/import', {
    ...endless(),
    headers: {
      authorization: `Bearer ${control.token}`,
      ...{ 'content-type': 'application/json', 'content-length': String(2 ** 40), 'idempotency-key': 'key-1' },
    },
  })
  expect(answer.status).toBe(413)
})
