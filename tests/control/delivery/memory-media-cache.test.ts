import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FetchMedia, MediaAsked, MediaCache } from '#control/delivery/media-cache.ts'
import { memoryMediaCache } from '#control/delivery/memory-media-cache.ts'
import { eventually } from '../../support/eventually.ts'
import { type MediaOrigin, startMediaOrigin } from '../../support/media-origin.ts'
import { textReader } from '../../support/sse.ts'

let nowMs: number
let cache: MediaCache
let origin: MediaOrigin
/** Answers that the origin holds back until a test lets them go. */
let held: (() => void)[]
let cut: number
/** Answers of the origin that are not over yet. */
let opens: ServerResponse[]
const opened = (index = 0) => eventually('the origin is asked', () => opens[index])

beforeEach(async () => {
  nowMs = 0
  held = []
  opens = []
  cut = 0
  down = undefined
  cache = memoryMediaCache({ fetchMedia, nowMs: () => nowMs, maxBytes: 4_000 })
  origin = await startMediaOrigin((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://origin')
    const headers: Record<string, string> = { 'content-type': 'video/mp4' }
    const body = Buffer.alloc(Number(searchParams.get('size') ?? 10), 'x')
    if (pathname !== '/open') headers['content-length'] = String(body.byteLength)
    headers['cache-control'] = pathname === '/no-store' ? 'no-store' : 'max-age=2'
    response.on('close', () => {
      if (!response.writableFinished) cut++
    })
    if (pathname === '/open') {
      opens.push(response)
      return response.writeHead(200, { ...headers }).flushHeaders()
    }
    const status = { '/missing': 404, '/busy': 503 }[pathname] ?? 200
    const answer = () => response.writeHead(status, headers).end(body)
    if (pathname === '/broken') return void response.writeHead(200, headers).write('half', () => response.destroy())
    if (searchParams.has('hold')) held.push(answer)
    else answer()
  })
})
afterEach(() => origin.stop())

/** Stands in for a worker that is down. */
let down: Error | undefined
const fetchMedia: FetchMedia = async ({ method, path }, signal) => {
  if (down) throw down
  return fetch(`${origin.url}${path}`, { method, signal })
}
const stay = () => new AbortController()
const ask = (path: string, client = stay(), more: Partial<MediaAsked> = {}) => {
  const worker = { id: 'wrk_1', originUrl: origin.url }
  const asked = { method: 'GET', worker, path, cacheable: true, authorization: undefined, ...more } as const
  return cache.serve(asked, client.signal, undefined)
}
const read = async (path: string, client = stay()) => (await (await ask(path, client)).arrayBuffer()).byteLength

describe('the media cache of Node', () => {
  it('asks the origin once while Cache-Control lasts, and again after it', async () => {
    expect(await read('/a')).toBe(10)
    nowMs = 1_999
    expect(await read('/a')).toBe(10)
    expect(origin.requests).toHaveLength(1)
    nowMs = 2_000
    expect(await read('/a')).toBe(10)
    expect(origin.requests).toHaveLength(2)
  })

  it('makes one request of identical ones at one time, and gives all the whole answer', async () => {
    const all = Promise.all(Array.from({ length: 1_000 }, () => read('/a?hold&size=500')))
    await eventually('the origin is asked', () => held.length === 1)
    held[0]?.()
    expect(new Set(await all)).toEqual(new Set([500]))
    expect(origin.requests).toHaveLength(1)
  })

  it('serves the followers when the client that came first has gone', async () => {
    const leader = stay()
    const first = read('/a?hold', leader)
    await eventually('the origin is asked', () => held.length === 1)
    const second = read('/a?hold')
    leader.abort(new Error('gone'))
    await expect(first).rejects.toThrow('gone')
    held[0]?.()
    expect(await second).toBe(10)
    expect(origin.requests).toHaveLength(1)
  })

  it('gives the origin up when the last waiting client has gone', async () => {
    const [one, two] = [stay(), stay()]
    const waiting = [read('/a?hold', one), read('/a?hold', two)]
    await eventually('the origin is asked', () => held.length === 1)
    one.abort(new Error('gone'))
    two.abort(new Error('gone'))
    for (const each of waiting) await expect(each).rejects.toThrow('gone')
    await eventually('the request was cut', () => cut === 1)
    const after = read('/a?hold')
    await eventually('a later client asks anew', () => held.length === 2)
    held[1]?.()
    expect(await after).toBe(10)
  })

  it.each(['/no-store', '/busy'])('shares %s among those who wait for it, and keeps nothing of it', async (path) => {
    const all = Promise.all([read(`${path}?hold`), read(`${path}?hold`)])
    await eventually('the origin is asked', () => held.length === 1)
    held[0]?.()
    expect(await all).toEqual([10, 10])
    await read(path)
    expect(origin.requests).toHaveLength(2)
  })

  it('asks for what is missing at most twice a second', async () => {
    expect((await ask('/missing')).status).toBe(404)
    nowMs = 499
    expect((await ask('/missing')).status).toBe(404)
    expect(origin.requests).toHaveLength(1)
    nowMs = 500
    await ask('/missing')
    expect(origin.requests).toHaveLength(2)
  })

  it('says how old an answer is', async () => {
    expect((await ask('/a')).headers.get('age')).toBeNull()
    nowMs = 1_500
    expect((await ask('/a')).headers.get('age')).toBe('1')
  })

  it('answers HEAD from one request, apart from GET', async () => {
    const [one, two] = await Promise.all([1, 2].map(() => ask('/a', stay(), { method: 'HEAD' })))
    expect([one?.headers.get('content-length'), await two?.text()]).toEqual(['10', ''])
    expect(await read('/a')).toBe(10)
    expect(origin.requests).toHaveLength(2)
  })

  it('keeps what another worker has apart', async () => {
    await read('/a')
    await ask('/a', stay(), { worker: { id: 'wrk_2', originUrl: origin.url } })
    expect(origin.requests).toHaveLength(2)
  })

  it('keeps no more bytes than it may, and drops the oldest first', async () => {
    for (const path of ['/a?size=900', '/b?size=900', '/c?size=900']) await read(path)
    await read('/c?size=900')
    await read('/b?size=900')
    expect(origin.requests).toHaveLength(3)
    await read('/a?size=900')
    expect(origin.requests).toHaveLength(4)
  })

  it('counts what an answer takes beside its body: who makes up names can’t fill the memory with refusals', async () => {
    for (const number of [1, 2, 3, 4]) await ask(`/missing?${number}`)
    await ask('/missing?4')
    expect(origin.requests).toHaveLength(4)
    await ask('/missing?1')
    expect(origin.requests).toHaveLength(5)
  })

  it('leaves a worker that is down alone for half a second, and tells everybody so', async () => {
    down = new Error('down')
    const waiting = [1, 2].map(() => ask('/x'))
    for (const each of waiting) await expect(each).rejects.toThrow('down')
    down = undefined
    nowMs = 499
    await expect(ask('/x')).rejects.toThrow('down')
    nowMs = 500
    expect(await (await ask('/x')).text()).toBe('xxxxxxxxxx')
    expect(origin.requests).toHaveLength(1)
  })
})

it('takes a worker that breaks an answer off for one that does not answer', async () => {
  await expect(ask('/broken')).rejects.toMatchObject({ code: 'worker_unreachable' })
})

describe('an answer that grows', () => {
  it('is one request for all: who comes late gets what is there, then the rest with the others', async () => {
    const early = textReader(await ask('/open'))
    const open = await opened()
    open.write('one ')
    expect((await early.read()).value).toBe('one ')
    const late = textReader(await ask('/open'))
    expect((await late.read()).value).toBe('one ')
    open.end('two')
    for (const reader of [early, late]) {
      expect((await reader.read()).value).toBe('two')
      expect((await reader.read()).done).toBe(true)
    }
    await eventually('it is kept', async () => (await ask('/open')).headers.get('content-length') === '7')
    expect(origin.requests).toHaveLength(1)
  })

  it('goes on for the others when one leaves, and lets the worker go with the last', async () => {
    const [one, two] = [stay(), stay()]
    const readers = [textReader(await ask('/open', one)), textReader(await ask('/open', two))]
    const open = await opened()
    one.abort()
    open.write('more')
    expect((await readers[1]?.read())?.value).toBe('more')
    expect(cut).toBe(0)
    two.abort()
    await eventually('the request was cut', () => cut === 1)
    const again = textReader(await ask('/open'))
    ;(await opened(1)).end('new')
    expect((await again.read()).value).toBe('new')
  })

  it('breaks off for everybody when the worker does, and is asked for anew', async () => {
    const reader = textReader(await ask('/open'))
    const open = await opened()
    open.write('half')
    expect((await reader.read()).value).toBe('half')
    open.destroy()
    await expect(reader.read()).rejects.toThrow()
    const again = ask('/open')
    ;(await opened(1)).end('whole')
    expect(await (await again).text()).toBe('whole')
  })
})
