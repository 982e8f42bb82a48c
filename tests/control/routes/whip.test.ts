import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { reportOf } from '../../support/fake-worker.ts'
import { addStream, addWorker, claimed, publishTo } from '../../support/jobs.ts'
import { type MediaOrigin, startMediaOrigin } from '../../support/media-origin.ts'

interface Seen {
  readonly worker: string
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

let control: TestControl
let stream: LiveStream
let origins: MediaOrigin[]
const seen: Seen[] = []
let reply: { status: number; headers: Record<string, string | string[]>; body: string }

beforeEach(() => {
  seen.length = 0
  reply = {
    status: 201,
    headers: {
      'content-type': 'application/sdp',
      location: `/live/${stream.id}/whip/session-1`,
      etag: '"one"',
      link: ['<stun:a:1>; rel="ice-server"', '<turn:b:2>; rel="ice-server"; username="u"; credential="p"'],
      'set-cookie': 'inside=1',
    },
    body: 'v=0\r\n',
  }
})

beforeAll(async () => {
  control = await startTestControl()
  origins = await Promise.all(
    ['first', 'second'].map((worker) =>
      startMediaOrigin(async (request, response) => {
        const { method, url, headers } = request
        const body = await text(request)
        // Control asks there whether a worker lives that it has not heard of.
        if (url !== '/witness') seen.push({ worker, method, url, headers, body })
        response.writeHead(reply.status, reply.headers).end(reply.body)
      }),
    ),
  )
  stream = await addStream(control)
})
afterAll(async () => {
  await control.stop()
  await Promise.all(origins.map((origin) => origin.stop()))
})

const publish = (path = `${stream.id}/whip`, init: RequestInit = {}) =>
  fetch(`${control.url}/live/${path}`, {
    method: 'POST',
    body: 'offer',
    ...init,
    headers: { 'content-type': 'application/sdp', authorization: 'Bearer the-key', cookie: 'a=b', ...init.headers },
  })

describe('publishing over WebRTC through control', () => {
  it('says in words that no worker is there', async () => {
    const answer = await publish()
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('2')
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(await answer.json()).toMatchObject({
      code: 'worker_unreachable',
      detail: expect.stringContaining('No worker is online'),
    })
  })

  it('goes to the least loaded worker, with the bearer, and comes back with what RFC 9725 names', async () => {
    await addWorker(control, { originUrl: origins[0]?.url ?? '' })
    const answer = await publish(`${stream.id}/whip?input=in_1&secret=2`)
    expect(answer.status).toBe(201)
    expect(await answer.text()).toBe('v=0\r\n')
    expect(seen).toMatchObject([
      {
        worker: 'first',
        method: 'POST',
        url: `/live/${stream.id}/whip?input=in_1`,
        body: 'offer',
        headers: { authorization: 'Bearer the-key', 'content-type': 'application/sdp' },
      },
    ])
    expect(seen[0]?.headers.cookie).toBeUndefined()
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/sdp',
      location: `/live/${stream.id}/whip/session-1`,
      etag: '"one"',
      link: '<stun:a:1>; rel="ice-server", <turn:b:2>; rel="ice-server"; username="u"; credential="p"',
      'cache-control': 'no-store',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
    })
    expect(answer.headers.get('access-control-expose-headers')).toContain('Location')
    expect(answer.headers.get('set-cookie')).toBeNull()
  })

  it('goes to the worker that leases the stream, and so do the requests of the session', async () => {
    const holder = await addWorker(control, { originUrl: origins[1]?.url ?? '' })
    await claimed(await publishTo(holder, stream))
    await publish()
    const session = `${stream.id}/whip/session-1`
    reply = { status: 204, headers: { etag: '"two"' }, body: '' }
    const type = 'application/trickle-ice-sdpfrag'
    const trickled = await publish(session, {
      method: 'PATCH',
      body: 'a=end-of-candidates',
      headers: { 'content-type': type, 'if-match': '"one"' },
    })
    expect([trickled.status, trickled.headers.get('etag')]).toEqual([204, '"two"'])
    reply = { status: 200, headers: {}, body: '' }
    expect((await publish(`${session}?complete=1&input=x`, { method: 'DELETE', body: null })).status).toBe(200)
    expect(seen.map(({ worker, method }) => `${worker} ${method}`)).toEqual([
      'second POST',
      'second PATCH',
      'second DELETE',
    ])
    expect(seen[2]?.url).toBe(`/live/${session}?complete=1`)
    expect(seen[1]).toMatchObject({
      headers: { 'if-match': '"one"', 'content-type': type },
      body: 'a=end-of-candidates',
    })
  })

  it('goes to a worker that is full, where no other has what the stream wants', async () => {
    const url = origins[1]?.url ?? ''
    const european = await addWorker(control, { originUrl: url }, { labels: ['region=eu'] })
    const job = await claimed(await publishTo(european, await addStream(control)))
    await european.beat([reportOf(job)], { room: [{ name: 'software', encode_units: 0 }] })
    const wanting = await addStream(control, { placement: { labels: ['region=eu'] } })
    expect((await publish(`${wanting.id}/whip`)).status).toBe(201)
    expect(seen.map(({ worker }) => worker)).toEqual(['second'])
  })

  it("hands the worker's refusal on as it is", async () => {
    reply = {
      status: 401,
      headers: { 'content-type': 'application/problem+json', 'www-authenticate': 'Bearer' },
      body: '{"code":"unauthorized"}',
    }
    const answer = await publish()
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(await answer.json()).toEqual({ code: 'unauthorized' })
  })

  it("lets no worker send a page or a redirect in the dashboard's name", async () => {
    reply = { ...reply, headers: { 'content-type': 'text/html', location: 'https://elsewhere.example/' }, body: '<p>' }
    const answer = await publish()
    expect(answer.headers.get('content-type')).not.toContain('html')
    expect(answer.headers.get('location')).toBeNull()
    expect(answer.headers.get('content-security-policy')).toContain('sandbox')
    reply = { ...reply, status: 302 }
    expect((await publish()).status).toBe(503)
  })

  it('believes a worker that says that another one has the stream, once, and goes by its own leases', async () => {
    reply = { status: 307, headers: { location: 'http://evil.example/live/x/whip' }, body: '' }
    const answer = await publish()
    expect(answer.status).toBe(503)
    expect(seen.map(({ url, body }) => [url, body])).toEqual([
      [`/live/${stream.id}/whip`, 'offer'],
      [`/live/${stream.id}/whip`, 'offer'],
    ])
  })

  it.each([
    ['an endpoint', '/whip', 'POST, OPTIONS', 'accept-post'],
    ['a session', '/whip/session-1', 'PATCH, DELETE, OPTIONS', 'accept-patch'],
  ])('lets pages of any site ask what %s takes, without asking a worker', async (_what, path, methods, accept) => {
    const answer = await fetch(`${control.url}/live/${stream.id}${path}`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://school.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    })
    expect(answer.status).toBe(204)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      allow: methods,
      'access-control-allow-origin': '*',
      'access-control-allow-methods': methods,
      'access-control-allow-headers': 'Authorization, Content-Type, If-Match',
    })
    expect(answer.headers.get(accept)).toBeTruthy()
    expect(seen).toEqual([])
  })

  it.each([
    ['an unknown live stream', 'ls_nobody/whip', 'POST', 404, 'not_found'],
    ['another method', '/whip', 'GET', 405, 'method_not_allowed'],
    ['another method of a session', '/whip/session-1', 'PUT', 405, 'method_not_allowed'],
  ])('refuses %s', async (_what, path, method, status, code) => {
    const whole = path.startsWith('/') ? `${stream.id}${path}` : path
    const answer = await publish(whole, { method, body: method === 'GET' ? null : 'x' })
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ code })
    expect(seen).toEqual([])
  })

  it('refuses an offer of more than 64 KiB before it reads it', async () => {
    const answer = await publish(undefined, { body: 'x'.repeat(65 * 1024) })
    expect(answer.status).toBe(413)
    expect(seen).toEqual([])
  })
})

describe('the page that publishes', () => {
  it('alone may use camera, microphone and screen', async () => {
    const page = await fetch(`${control.url}/publish`)
    expect(page.headers.get('permissions-policy')).toContain('camera=(self), microphone=(self), display-capture=(self)')
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'")
    expect(page.headers.get('x-frame-options')).toBe('DENY')
    const dashboard = await fetch(control.url)
    expect(dashboard.headers.get('permissions-policy')).toContain('camera=(), microphone=(), display-capture=()')
  })
})
