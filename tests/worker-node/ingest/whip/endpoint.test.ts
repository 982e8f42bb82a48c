import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../../../support/eventually.ts'
import { offerOf, usualOffer } from '../../../support/sdp.ts'
import { startWhip, streamKey, type TestWhip } from '../../../support/whip.ts'

let whip: TestWhip
let asked: unknown[] = []
beforeAll(async () => {
  whip = await startWhip({
    iceServers: [{ urls: ['stun:127.0.0.1:1'] }, { urls: ['turn:127.0.0.1:2'], username: 'u', credential: 'p' }],
    limits: { connectMs: 1_500 },
    authorize: async (request) => {
      asked.push(request)
      if (request.streamKey === streamKey) return { accept: true, slot: 'main' }
      const reason = (['taken', 'denied', 'unavailable'] as const).find((each) => each === request.streamKey)
      if (request.streamKey === 'throws') throw new Error('no control')
      const holder = { origin_url: 'http://10.0.0.7:8788' }
      if (request.streamKey === 'elsewhere')
        return { accept: false, reason: 'elsewhere', detail: 'It runs there.', holder }
      return { accept: false, reason: reason ?? 'unknown_key', detail: `Because of ${request.streamKey}.` }
    },
  })
})
afterAll(() => whip.stop())

const post = (body = offerOf(), { path = '', ...headers }: Record<string, string> = {}) =>
  fetch(whip.endpointUrl + path, {
    method: 'POST',
    redirect: 'manual',
    body,
    headers: { authorization: `Bearer ${streamKey}`, 'content-type': 'application/sdp', ...headers },
  })
const session = (location: string, method: string, body?: string, headers: Record<string, string> = {}) =>
  fetch(whip.url + location, {
    method,
    headers: { authorization: `Bearer ${streamKey}`, 'content-type': 'application/trickle-ice-sdpfrag', ...headers },
    ...(body !== undefined && { body }),
  })
const opened = async () => {
  const answer = await post()
  const location = answer.headers.get('location') ?? ''
  return { answer, location, etag: answer.headers.get('etag') ?? '', sdp: await answer.text() }
}
const ufragIn = (text: string) => /a=ice-ufrag:(\S+)/.exec(text)?.[1]

describe('an offer over HTTP', () => {
  it('is answered with a session, an answer, and the servers to use', async () => {
    asked = []
    const answer = await post(offerOf(), { path: '?input=in_2' })
    expect(answer.status).toBe(201)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/sdp',
      location: expect.stringMatching(/^\/live\/ls_1\/whip\/[\w-]{22}$/),
      etag: expect.stringMatching(/^"[\w-]+"$/),
      link: '<stun:127.0.0.1:1>; rel="ice-server", <turn:127.0.0.1:2>; rel="ice-server"; username="u"; credential="p"; credential-type="password"',
      'cache-control': 'no-store',
      'access-control-allow-origin': '*',
    })
    expect(await answer.text()).toContain('typ host')
    expect(asked).toEqual([{ streamKey, liveStreamId: 'ls_1', inputId: 'in_2', remoteAddress: '127.0.0.1' }])
  })

  it.each([
    ['no bearer', { authorization: '' }, 401, 'unauthorized'],
    ['another scheme', { authorization: 'Basic dTpw' }, 401, 'unauthorized'],
    ['a wrong key', { authorization: 'Bearer wrong' }, 401, 'unauthorized'],
    ['a stream that is switched off', { authorization: 'Bearer denied' }, 403, 'forbidden'],
    ['a stream that has its encoder', { authorization: 'Bearer taken' }, 409, 'conflict'],
    ['a control plane that is away', { authorization: 'Bearer unavailable' }, 503, 'worker_unreachable'],
    ['an error behind it', { authorization: 'Bearer throws' }, 503, 'worker_unreachable'],
    ['another type of body', { 'content-type': 'application/json' }, 415, 'unsupported_media_type'],
    ['an answer of another type', { accept: 'application/json, application/sdp;q=0' }, 406, 'not_acceptable'],
  ] as const)('with %s is refused as problem+json', async (_what, headers, status, code) => {
    const answer = await post(undefined, headers)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.has('retry-after')).toBe(status === 409 || status === 503)
    expect(answer.headers.has('www-authenticate')).toBe(status === 401)
    expect(await answer.json()).toMatchObject({ status, code, detail: expect.stringMatching(/\.$/) })
  })

  it('whose stream another worker runs is sent there, to the same address (RFC 9725 §4.5)', async () => {
    const elsewhere = { authorization: 'Bearer elsewhere' }
    const answer = await post(undefined, { ...elsewhere, path: '?input=in_2' })
    expect(answer.status).toBe(307)
    expect(answer.headers.get('location')).toBe('http://10.0.0.7:8788/live/ls_1/whip?input=in_2')
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  })

  it.each([
    ['garbage', 'garbage', 400],
    ['no codec that Weir takes', offerOf({ video: usualOffer.video.replace(' 96 97 102 103 104', ' 104') }), 422],
    ['the other side of DTLS only', offerOf().replaceAll('actpass', 'passive'), 422],
    ['more than 64 KiB', offerOf() + 'a=x\r\n'.repeat(20_000), 413],
  ])('of %s is refused before the key is looked at', async (_what, body, status) => {
    asked = []
    expect((await post(body)).status).toBe(status)
    expect(asked).toEqual([])
  })

  it.each([
    ['GET', '', 405],
    ['PUT', '', 405],
    ['GET', '/session', 405],
    ['PATCH', '/session', 404],
    ['DELETE', '/session', 404],
  ])('%s %s is answered %i', async (method, path, status) => {
    expect((await session(`/live/ls_1/whip${path}`, method)).status).toBe(status)
  })

  it('lets pages of any site ask before', async () => {
    const endpoint = await session('/live/ls_1/whip', 'OPTIONS')
    expect([endpoint.status, endpoint.headers.get('accept-post')]).toEqual([204, 'application/sdp'])
    expect(endpoint.headers.get('access-control-allow-headers')).toContain('Authorization')
    const one = await session('/live/ls_1/whip/x', 'OPTIONS')
    expect(one.headers.get('accept-patch')).toBe('application/trickle-ice-sdpfrag')
    expect(one.headers.get('access-control-allow-methods')).toBe('PATCH, DELETE, OPTIONS')
  })
})

describe('a session', () => {
  const candidates = 'a=candidate:1 1 udp 1 10.0.0.1 9 typ host\r\na=end-of-candidates\r\n'
  const restart = 'a=ice-ufrag:newU\r\na=ice-pwd:0123456789012345678901\r\n'

  it('takes candidates that come later, and needs to know which ICE session they are for', async () => {
    const { location, etag } = await opened()
    const trickle = `a=ice-ufrag:Xk3f\r\na=ice-pwd:wq4m2t7Zk1b8Vn5x0cJyLr\r\n${candidates}`
    expect((await session(location, 'PATCH', trickle, { 'if-match': etag })).status).toBe(204)
    expect((await session(location, 'PATCH', candidates, { 'if-match': etag })).status).toBe(204)
    expect((await session(location, 'PATCH', candidates)).status).toBe(428)
    expect((await session(location, 'PATCH', candidates, { 'if-match': '"old"' })).status).toBe(412)
    expect((await session(location, 'PATCH', 'hello', { 'if-match': etag })).status).toBe(422)
    const json = { 'if-match': etag, 'content-type': 'application/json' }
    expect((await session(location, 'PATCH', candidates, json)).status).toBe(415)
  })

  it('restarts ICE with new credentials and a new tag', async () => {
    const { location, etag, sdp } = await opened()
    const answer = await session(location, 'PATCH', restart + candidates, { 'if-match': '*' })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('application/trickle-ice-sdpfrag')
    expect(answer.headers.get('etag')).not.toBe(etag)
    const fragment = await answer.text()
    expect(fragment).toContain('typ host')
    expect(ufragIn(fragment)).not.toBe(ufragIn(sdp))
    expect((await session(location, 'PATCH', candidates, { 'if-match': etag })).status).toBe(412)
  })

  it("is nobody else's", async () => {
    const { location } = await opened()
    const other = { authorization: 'Bearer other', 'if-match': '*' }
    for (const method of ['PATCH', 'DELETE']) expect((await session(location, method, restart, other)).status).toBe(401)
    expect((await session(location.replace('ls_1', 'ls_2'), 'DELETE')).status).toBe(404)
    expect((await session(location, 'DELETE')).status).toBe(200)
    expect((await session(location, 'DELETE')).status).toBe(404)
  })

  it('that never connects is gone in time, makes no source, and the operator is told what keeps it out', async () => {
    const { location } = await opened()
    whip.notComing.splice(0)
    await eventually('the session is gone', async () => (await session(location, 'PATCH', candidates)).status === 404)
    expect(whip.publications).toEqual([])
    expect(whip.log.at(-1)).toContain('firewall')
    expect(whip.notComing).toEqual([
      expect.stringMatching(`^the-key refused: .*not over UDP.*UDP port ${whip.udpPort} .*it was told 127\\.0\\.0\\.1`),
    ])
  })

  it('that never connected makes room for the next try with the same key', async () => {
    const first = await opened()
    whip.notComing.splice(0)
    const second = await opened()
    expect((await session(first.location, 'DELETE')).status).toBe(404)
    await session(second.location, 'DELETE')
    expect(whip.notComing).toEqual([
      'the-key lost: The publisher connected anew.',
      'the-key ended: The publisher ended the stream.',
    ])
  })
})

describe('the limits', () => {
  it('bound publishers in all, of one live stream and not of one address, and requests that wait', async () => {
    const waiting = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    const strict = await startWhip({
      limits: { sessions: 4, sessionsPerStream: 2, pendingRequests: 1 },
      authorize: async ({ streamKey }) => {
        asked.resolve()
        if (streamKey === 'slow') await waiting.promise
        return { accept: true, slot: 'main' }
      },
    })
    try {
      const publish = (key: string, url = strict.endpointUrl) =>
        fetch(url, {
          method: 'POST',
          body: offerOf(),
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/sdp' },
        })
      const slow = publish('slow')
      await asked.promise
      const tooMany = await publish('quick')
      expect([tooMany.status, tooMany.headers.get('retry-after')]).toEqual([429, '5'])
      waiting.resolve()
      expect((await slow).status).toBe(201)
      const other = strict.endpointUrl.replace(/[^/]+(?=\/whip$)/, 'ls_other')
      const another = strict.endpointUrl.replace(/[^/]+(?=\/whip$)/, 'ls_another')
      const statuses: number[] = []
      for (const [key, url] of [['a'], ['b'], ['c', other], ['d', other], ['e', another]] as const)
        statuses.push((await publish(key, url)).status)
      expect(statuses).toEqual([201, 429, 201, 201, 429])
    } finally {
      await strict.stop()
    }
  })

  it('never write a key into the log', () => {
    expect(whip.log.join('\n')).not.toContain(streamKey)
  })
})
