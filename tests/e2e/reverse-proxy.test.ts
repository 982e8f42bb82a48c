import type { ServerResponse } from 'node:http'
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { assetBytes } from '../support/assets.ts'
import { startTestControl, type TestControl } from '../support/control-server.ts'
import { eventually } from '../support/eventually.ts'
import { reportOf } from '../support/fake-worker.ts'
import { addStream, addWorker, claimed, publishTo } from '../support/jobs.ts'
import { type MediaOrigin, startMediaOrigin } from '../support/media-origin.ts'
import { type NginxProxy, startNginxProxy } from '../support/nginx-proxy.ts'

let origin: MediaOrigin
let control: TestControl
let nginx: NginxProxy
let viewer: ClientHttp2Session
let media: string
/** Answers of the origin that wait for the test, by the last part of their paths. */
const held = new Map<string, ServerResponse>()

beforeAll(async () => {
  origin = await startMediaOrigin((request, response) => {
    const name = new URL(request.url ?? '/', 'http://origin').pathname.split('/').at(-1) ?? ''
    if (name === 'open.m4s') response.writeHead(200, { 'content-type': 'video/mp4' }).write('first')
    if (name === 'open.m4s' || name === 'blocked.m3u8') held.set(name, response)
    else
      response
        .writeHead(200, { 'content-type': 'application/vnd.apple.mpegurl', 'content-length': '8' })
        .end('playlist')
  })
  control = await startTestControl()
  nginx = await startNginxProxy(control.port)
  const stream = await addStream(control)
  const worker = await addWorker(control, { originUrl: origin.url })
  await worker.beat([reportOf(await claimed(await publishTo(worker, stream)))])
  media = `/live/${stream.playback_ids[0]?.id}`
  viewer = connect(nginx.url, { ca: nginx.certificate })
})
afterAll(async () => {
  viewer?.destroy()
  await nginx?.close()
  await control?.stop()
  await origin?.stop()
})

/** A request over the one HTTP/2 connection, with what has come of its answer so far. */
function ask(path: string, headers: Record<string, string> = {}, body?: string | Uint8Array) {
  const stream: ClientHttp2Stream = viewer.request({ ':path': path, ...headers }, { endStream: body === undefined })
  if (body !== undefined) stream.end(body)
  const answer = { status: 0, headers: {} as Record<string, unknown>, text: '', ended: false, stream }
  stream.setEncoding('utf8')
  stream.on('response', (found) => {
    answer.status = Number(found[':status'])
    answer.headers = found
  })
  stream.on('data', (text: string) => {
    answer.text += text
  })
  stream.on('end', () => {
    answer.ended = true
  })
  return answer
}

const whole = async (answer: ReturnType<typeof ask>) => {
  await eventually('the answer is whole', () => answer.ended)
  return answer
}

it('speaks HTTP/2 over TLS, and sends who comes without TLS there', async () => {
  const answer = await whole(ask('/healthz'))
  expect([answer.status, viewer.alpnProtocol]).toEqual([200, 'h2'])
  const plain = await fetch(`${nginx.plainUrl}/watch/pb_1?a=b`, { redirect: 'manual' })
  expect([plain.status, plain.headers.get('location')]).toEqual([301, 'https://localhost/watch/pb_1?a=b'])
})

it('holds one playlist while others are answered, and gives it at once', async () => {
  const blocked = ask(`${media}/blocked.m3u8?_HLS_msn=7&_HLS_part=1`)
  await eventually('the origin holds it', () => held.has('blocked.m3u8'))
  expect((await whole(ask(`${media}/index.m3u8`))).text).toBe('playlist')
  expect(blocked.ended).toBe(false)
  held.get('blocked.m3u8')?.writeHead(200, { 'content-type': 'application/vnd.apple.mpegurl' }).end('blocked')
  expect((await whole(blocked)).text).toBe('blocked')
})

it('gives a segment that is still being made piece by piece', async () => {
  const segment = ask(`${media}/epoch/180p/open.m4s`)
  await eventually('the first piece is there', () => segment.text === 'first')
  held.get('open.m4s')?.end('last')
  expect((await whole(segment)).text).toBe('firstlast')
})

it('gives live updates as they happen', async () => {
  const updates = ask('/v1/stream', { authorization: `Bearer ${control.token}` })
  await eventually('the stream of updates is open', () => updates.text.includes('retry:'))
  const { id } = await addStream(control, { name: 'Through the proxy' })
  await eventually('the new stream is told of', () => updates.text.includes(id))
  updates.stream.close()
})

it('lets a slate video through, and a session only over TLS', async () => {
  const upload = ask(
    '/v1/assets?name=Pause',
    { ':method': 'POST', authorization: `Bearer ${control.token}`, 'content-type': 'video/mp4' },
    assetBytes('mp4', 3_000_000),
  )
  expect((await whole(upload)).status).toBe(201)
  const signIn = ask(
    '/v1/session',
    { ':method': 'POST', 'content-type': 'application/json', origin: nginx.url },
    JSON.stringify({ token: control.token }),
  )
  expect((await whole(signIn)).status).toBe(201)
  expect(String(signIn.headers['set-cookie'])).toMatch(/Secure/)
})

it('writes no token of signed playback into its logs, not while control is away either', async () => {
  const page = `${nginx.url}/watch/pb_signed~the-token`
  await whole(ask('/live/pb_signed~the-token/index.m3u8'))
  await whole(ask('/live/pb_signed%7Ethe-token/index.m3u8'))
  await whole(ask('/player@1/weir-player.js', { referer: page }))
  await whole(ask('/healthz?last'))
  await eventually('the log is written', async () => (await nginx.accessLog()).includes('/healthz?last'))
  await control.stop()
  expect((await whole(ask('/live/pb_signed~the-token/index.m3u8', { referer: page }))).status).toBe(502)
  await whole(ask('/healthz?away'))
  await eventually('it is written that control is away', async () =>
    (await nginx.accessLog()).includes('/healthz?away'),
  )
  expect(await nginx.accessLog()).toMatch(/\/healthz\?away\S* HTTP\/2\.0" 502 /)
  expect((await nginx.accessLog()) + (await nginx.log())).not.toContain('the-token')
})
