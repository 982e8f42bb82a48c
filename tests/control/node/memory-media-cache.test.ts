import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LoadMedia, MediaCache } from '#control/delivery/media-cache.ts'
import { memoryMediaCache } from '#control/node/memory-media-cache.ts'
import { eventually } from '../../support/eventually.ts'
import { type MediaOrigin, startMediaOrigin } from '../../support/media-origin.ts'

let nowMs: number
let cache: MediaCache
let origin: MediaOrigin
/** Answers that the origin holds back until a test lets them go. */
let held: (() => void)[]
let cut: number

beforeEach(async () => {
  nowMs = 0
  held = []
  cut = 0
  cache = memoryMediaCache({ nowMs: () => nowMs, maxBytes: 1_000 })
  origin = await startMediaOrigin((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://origin')
    const headers: Record<string, string> = { 'content-type': 'video/mp4' }
    const body = Buffer.alloc(Number(searchParams.get('size') ?? 10), 'x')
    if (pathname !== '/chunked') headers['content-length'] = String(body.byteLength)
    headers['cache-control'] = pathname === '/no-store' ? 'no-store' : 'max-age=2'
    response.on('close', () => {
      if (!response.writableFinished) cut++
    })
    const answer = () => response.writeHead(pathname === '/missing' ? 404 : 200, headers).end(body)
    if (searchParams.has('hold')) held.push(answer)
    else answer()
  })
})
afterEach(() => origin.stop())

const load =
  (path: string): LoadMedia =>
  (signal) =>
    fetch(`${origin.url}${path}`, { signal })
const stay = () => new AbortController()
const get = async (path: string, client = stay()) => cache.serve(path, load(path), client.signal)
const read = async (path: string, client = stay()) => (await (await get(path, client)).arrayBuffer()).byteLength

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
    const all = Promise.all(Array.from({ length: 50 }, () => read('/a?hold&size=500')))
    await eventually('the origin is asked', () => held.length === 1)
    held[0]?.()
    expect(await all).toEqual(Array.from({ length: 50 }, () => 500))
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

  it.each(['/no-store', '/chunked', '/missing'])('passes %s through, and keeps nothing of it', async (path) => {
    expect(await read(path)).toBe(10)
    expect(await read(path)).toBe(10)
    expect(origin.requests).toHaveLength(2)
  })

  it('gives each of several clients its own pass-through', async () => {
    expect(await Promise.all([1, 2, 3].map(() => read('/no-store')))).toEqual([10, 10, 10])
  })

  it('gives a pass-through to the next who waits when the client that came first has gone', async () => {
    const leader = stay()
    const first = read('/no-store?hold', leader)
    await eventually('the origin is asked', () => held.length === 1)
    const second = read('/no-store?hold')
    leader.abort(new Error('gone'))
    await expect(first).rejects.toThrow('gone')
    held[0]?.()
    expect(await second).toBe(10)
    expect(origin.requests).toHaveLength(1)
  })

  it('keeps no more bytes than it may, and drops the oldest first', async () => {
    for (const path of ['/a?size=400', '/b?size=400', '/c?size=400']) await read(path)
    await read('/c?size=400')
    await read('/b?size=400')
    expect(origin.requests).toHaveLength(3)
    await read('/a?size=400')
    expect(origin.requests).toHaveLength(4)
  })

  it('tells every waiting client of an origin that is down, and asks again for the next', async () => {
    let calls = 0
    const down: LoadMedia = async () => {
      calls++
      throw new Error('down')
    }
    const waiting = [1, 2].map(() => cache.serve('/x', down, stay().signal))
    for (const each of waiting) await expect(each).rejects.toThrow('down')
    expect(calls).toBe(1)
    expect(await (await cache.serve('/x', load('/a'), stay().signal)).text()).toBe('xxxxxxxxxx')
  })
})
