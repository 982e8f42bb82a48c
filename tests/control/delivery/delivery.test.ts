import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { eventually } from '../../support/eventually.ts'
import { reportOf } from '../../support/fake-worker.ts'
import { addStream, addWorker, claimed, publishTo } from '../../support/jobs.ts'
import { type MediaOrigin, startMediaOrigin } from '../../support/media-origin.ts'
import { textReader } from '../../support/sse.ts'

const packed = gzipSync('playlist '.repeat(1_000))
let control: TestControl
let origin: MediaOrigin
/** Of another worker. */
let other: MediaOrigin
let media: string
const open: ServerResponse[] = []
let closedEarly = 0
let blockedCut = 0

beforeAll(async () => {
  origin = await startMediaOrigin((request, response) => {
    const path = request.url ?? ''
    if (path.endsWith('/time')) response.end(new Date(Date.now() + 5_000).toISOString())
    else if (path.includes('blocked')) {
      response.on('close', () => {
        if (!response.writableFinished) blockedCut++
      })
    } else if (path.includes('open')) {
      response.on('close', () => {
        if (!response.writableFinished) closedEarly++
      })
      open.push(response)
      response.writeHead(200, { 'content-type': 'video/mp4', 'cache-control': 'max-age=60' }).write('first')
    } else if (path.includes('typed'))
      response.writeHead(200, { 'content-type': decodeURIComponent(path.split('typed-')[1] ?? '') }).end('<script>')
    else if (path.includes('packed'))
      response
        .writeHead(200, {
          'content-encoding': 'gzip',
          'content-length': String(packed.length),
          'cache-control': 'max-age=60',
        })
        .end(packed)
    else if (path.includes('redirect')) response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
    else
      response
        .writeHead(path.includes('late') ? 503 : 200, {
          'content-type': 'application/vnd.apple.mpegurl',
          'content-length': '8',
          'cache-control': 'max-age=60',
          'set-cookie': 'inside=1',
          ...(path.includes('late') && { 'retry-after': '2' }),
        })
        .end('playlist')
  })
  other = await startMediaOrigin((_, response) => response.end('from the other worker'))
  control = await startTestControl()
  const stream = await addStream(control)
  const worker = await addWorker(control, { originUrl: origin.url })
  const job = await claimed(await publishTo(worker, stream))
  await worker.beat([reportOf(job)])
  media = `${control.url}/live/${stream.playback_ids[0]?.id}`
})
afterAll(async () => {
  await control.stop()
  await origin.stop()
  await other.stop()
})

it('passes type, length and caching on, and keeps everything else inside', async () => {
  const answer = await fetch(`${media}/index.m3u8`)
  expect(await answer.text()).toBe('playlist')
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'application/vnd.apple.mpegurl',
    'content-length': '8',
    'cache-control': 'max-age=60',
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'Age,Date,Content-Length',
    'timing-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
  })
  expect(answer.headers.get('set-cookie')).toBeNull()
})

it('lets a page of any site read, and says so for a day', async () => {
  const headers = { origin: 'https://site.example', 'access-control-request-method': 'GET' }
  const answer = await fetch(`${media}/index.m3u8`, { method: 'OPTIONS', headers })
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET,HEAD',
    'access-control-max-age': '86400',
  })
})

it('unpacks what a proxy before the worker has packed', async () => {
  for (const turn of ['first', 'kept']) {
    const answer = await fetch(`${media}/packed.m3u8`)
    expect([turn, (await answer.text()).length]).toEqual([turn, 9_000])
  }
  expect(origin.requests.filter((path) => path.includes('packed'))).toHaveLength(1)
})

it.each([
  ['text/html', 'application/octet-stream'],
  ['image/svg+xml', 'application/octet-stream'],
  ['text/javascript', 'application/octet-stream'],
  ['video/mp4, text/html', 'application/octet-stream'],
  ['Video/MP4; codecs="avc1"', 'video/mp4'],
  ['application/dash+xml', 'application/dash+xml'],
  ['text/plain; charset=utf-8', 'text/plain; charset=utf-8'],
])(
  "gives what a worker calls %s as %s, and a page of it may do nothing on the dashboard's origin",
  async (sent, type) => {
    const answer = await fetch(`${media}/typed-${encodeURIComponent(sent)}`)
    expect(await answer.text()).toBe('<script>')
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': type,
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
    })
  },
)

it('says of a refusal, too, that it is no page', async () => {
  const answer = await fetch(`${control.url}/live/pb_none/index.m3u8`)
  expect(answer.headers.get('content-security-policy')).toBe("sandbox; default-src 'none'")
})

it('asks the origin with the HLS directives and nothing else of the query', async () => {
  await (await fetch(`${media}/720p.m3u8?token=secret&_HLS_part=1&_HLS_msn=2`)).text()
  await (await fetch(`${media}/720p.m3u8?_HLS_msn=2&_HLS_part=1&viewer=7`)).text()
  const asked = origin.requests.filter((path) => path.includes('720p.m3u8'))
  expect(asked).toEqual([`${new URL(media).pathname}/720p.m3u8?_HLS_msn=2&_HLS_part=1`])
})

it('keeps nothing of an address with free text in a directive', async () => {
  for (let turn = 0; turn < 2; turn++) await (await fetch(`${media}/audio.m3u8?_HLS_msn=x%26y`)).text()
  const asked = origin.requests.filter((path) => path.includes('audio.m3u8'))
  expect(asked).toEqual(Array(2).fill(`${new URL(media).pathname}/audio.m3u8?_HLS_msn=x%26y`))
})

it('answers HEAD without a body', async () => {
  const answer = await fetch(`${media}/index.m3u8`, { method: 'HEAD' })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-length')).toBe('8')
  expect(await answer.text()).toBe('')
})

it('streams an open segment as it grows to all viewers from one request, and lets the origin go with the last', async () => {
  const [leaveFirst, leaveLast] = [new AbortController(), new AbortController()]
  const answers = await Promise.all(
    [leaveFirst, leaveLast].map(({ signal }) => fetch(`${media}/e/720p/open.m4s`, { signal })),
  )
  const readers = answers.map((answer) => textReader(answer))
  for (const reader of readers) expect((await reader.read()).value).toBe('first')
  expect(open).toHaveLength(1)
  leaveFirst.abort()
  open[0]?.write('second')
  expect((await readers[1]?.read())?.value).toBe('second')
  expect(closedEarly).toBe(0)
  leaveLast.abort()
  await eventually('the request of the origin ends', () => closedEarly === 1)
})

it('gives a blocking reload up when its viewer leaves', async () => {
  const leave = new AbortController()
  const blocked = fetch(`${media}/blocked.m3u8?_HLS_msn=9`, { signal: leave.signal })
  await eventually('the origin is asked', () => origin.requests.some((path) => path.includes('blocked')))
  leave.abort()
  await expect(blocked).rejects.toThrow()
  await eventually('the request of the origin ends', () => blockedCut === 1)
})

it("passes the origin's own 503 on with its Retry-After", async () => {
  const answer = await fetch(`${media}/late.m3u8`)
  expect(answer.status).toBe(503)
  expect(answer.headers.get('retry-after')).toBe('2')
})

it('follows no redirect of an origin', async () => {
  const answer = await fetch(`${media}/redirect`, { redirect: 'manual' })
  expect(answer.status).toBe(503)
  expect(await answer.json()).toMatchObject({ code: 'worker_unreachable' })
})

it('goes on serving from the last worker after the session has ended', async () => {
  const stream = await addStream(control)
  const worker = await addWorker(control, { originUrl: origin.url })
  const job = await claimed(await publishTo(worker, stream))
  await worker.beat([reportOf(job)])
  await worker.beat([reportOf(job, { status: 'idle', ended: true })])
  const id = stream.playback_ids[0]?.id
  expect((await fetch(`${control.url}/live/${id}/index.m3u8`)).status).toBe(200)
  expect(await (await fetch(`${control.url}/v1/playback/${id}`)).json()).toMatchObject({
    status: 'idle',
    playable: false,
  })
})

it('answers 404 for a stream that has never been on air', async () => {
  const stream = await addStream(control)
  const answer = await fetch(`${control.url}/live/${stream.playback_ids[0]?.id}/index.m3u8`)
  expect(answer.status).toBe(404)
  expect(await answer.json()).toMatchObject({ code: 'not_found' })
})

it('leads a viewer who waits for a worker that hangs to the one that has taken over', async () => {
  const stream = await addStream(control)
  const [first, second] = [
    await addWorker(control, { originUrl: origin.url }),
    await addWorker(control, { originUrl: other.url }),
  ]
  const job = await claimed(await publishTo(first, stream))
  await first.beat([reportOf(job)])
  const id = stream.playback_ids[0]?.id
  const waiting = fetch(`${control.url}/live/${id}/blocked-too.m3u8?_HLS_msn=9`)
  await eventually('the first worker is asked', () => origin.requests.some((path) => path.includes('blocked-too')))
  await first.beat([reportOf(job, { status: 'idle', ended: true })])
  await claimed(await publishTo(second, stream))
  expect(await (await waiting).text()).toBe('from the other worker')
  expect(other.requests).toEqual([`/live/${id}/blocked-too.m3u8?_HLS_msn=9`])
})

it('asks a worker for its time twice a minute, whatever the number of players', async () => {
  const answers = await Promise.all([1, 2, 3].map(() => fetch(`${media}/time`)))
  for (const answer of answers)
    expect(Math.abs(Date.parse(await answer.text()) - (Date.now() + 5_000))).toBeLessThan(4_000)
  await (await fetch(`${media}/time`)).text()
  expect(origin.requests.filter((path) => path.endsWith('/time'))).toHaveLength(1)
})
