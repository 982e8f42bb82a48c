import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { originOf, packageOf } from '#tests/support/live-origin.ts'
import { type LiveFeed, syntheticMedia } from '#tests/support/live-samples.ts'
import type { Package } from '#worker/package/package.ts'

const streams = new Map<string, Package>()
let origin: Awaited<ReturnType<typeof originOf>>
let live: Package
let feed: LiveFeed

beforeAll(async () => {
  origin = await originOf(streams)
})
afterAll(() => origin.close())
beforeEach(() => {
  ;({ package: live, feed } = packageOf(syntheticMedia(), 'low_latency'))
  streams.set('pb_a', live)
})

const get = (path: string, init?: RequestInit) => fetch(`${origin.url}/pb_a/${path}`, init)
const status = async (path: string) => (await get(path)).status
/** Whether `promise` is still open after the server has had time to answer it. */
const waits = async (promise: Promise<unknown>) =>
  (await Promise.race([
    promise.then(() => false),
    status('time')
      .then(() => status('time'))
      .then(() => true),
  ])) === true

describe('before there is a segment', () => {
  it('answers playlists with 404, which players wait on', async () => {
    feed.advance(0.9)
    expect(await Promise.all(['index.m3u8', '180p.m3u8', 'manifest.mpd'].map(status))).toEqual([404, 404, 404])
    expect(live.playable).toBe(false)
    feed.advance(0.3)
    expect(live.playable).toBe(true)
    expect(await Promise.all(['index.m3u8', '180p.m3u8', 'manifest.mpd'].map(status))).toEqual([200, 200, 200])
  })
})

describe('blocking playlist reloads', () => {
  // After 3.5 s: segment 100 (1 s) is complete, 101 (2 s) too, 102 is open with two parts of 0.2 s.
  beforeEach(() => feed.advance(3.5))

  it.each([
    ['180p.m3u8?_HLS_part=1', 400],
    ['180p.m3u8?_HLS_msn=x', 400],
    ['180p.m3u8?_HLS_msn=-1', 400],
    ['180p.m3u8?_HLS_msn=1e3', 400],
    ['180p.m3u8?_HLS_msn=', 400],
    ['180p.m3u8?_HLS_msn=102&_HLS_msn=102', 400],
    ['180p.m3u8?_HLS_msn=102&_HLS_part=99999999999999999999', 400],
    ['180p.m3u8?_HLS_msn=104', 400],
    ['180p.m3u8?_HLS_msn=102&_HLS_part=17', 400],
    ['180p.m3u8?_HLS_msn=103&_HLS_part=16', 400],
    ['180p.m3u8?_HLS_msn=1', 200],
    ['180p.m3u8?_HLS_msn=101', 200],
    ['180p.m3u8?_HLS_msn=101&_HLS_part=500', 200],
    ['180p.m3u8?_HLS_msn=102&_HLS_part=1', 200],
    ['180p.m3u8?token=x&_HLS_skip=maybe', 200],
  ])('answers %s at once with %i', async (path, expected) => {
    expect(await status(path)).toBe(expected)
  })

  it.each(['_HLS_msn=102', '_HLS_msn=102&_HLS_part=2', '_HLS_msn=103', '_HLS_msn=103&_HLS_part=0'])(
    'lets %s wait until it is there',
    async (query) => {
      const answer = get(`180p.m3u8?${query}`)
      expect(await waits(answer)).toBe(true)
      feed.advance(query.includes('103') ? 4.2 : 2)
      const response = await answer
      expect(response.status).toBe(200)
      const [, msn, part] = /_HLS_msn=(\d+)(?:&_HLS_part=(\d+))?/.exec(query)!
      expect(await response.text()).toContain(part === undefined ? `/${msn}.m4s` : `/${msn}.${part}.m4s`)
    },
  )

  it('takes a part past the end for part 0 of the next segment', async () => {
    feed.advance(1.52) // a frame after segment 102 has begun its last part's end: 102 is complete, 103 has no part
    const answer = get('180p.m3u8?_HLS_msn=102&_HLS_part=10')
    expect(await waits(answer)).toBe(true)
    feed.advance(0.2)
    expect(await (await answer).text()).toContain('/103.0.m4s')
  })

  it('answers who waits when the stream ends', async () => {
    const answer = get('audio.m3u8?_HLS_msn=103')
    expect(await waits(answer)).toBe(true)
    live.end()
    expect(await (await answer).text()).toContain('#EXT-X-ENDLIST')
  })

  it('answers who waits when the stream goes on elsewhere, without an end, and not for long', async () => {
    const answer = get('180p.m3u8?_HLS_msn=103')
    expect(await waits(answer)).toBe(true)
    live.end({ goesOn: true })
    const { headers, text } = await answer.then(async (response) => ({
      ...{ headers: response.headers, text: await response.text() },
    }))
    expect(text).not.toMatch(/#EXT-X-(ENDLIST|PRELOAD-HINT)/)
    expect(headers.get('cache-control')).toContain('max-age=1')
  })

  it('forgets who has gone', async () => {
    const leaving = new AbortController()
    const answer = get('180p.m3u8?_HLS_msn=103', { signal: leaving.signal })
    expect(await waits(answer.catch(() => 0))).toBe(true)
    expect(live.track('180p')!.waiters.count).toBe(1)
    leaving.abort()
    await eventually('the waiter is gone', () => live.track('180p')!.waiters.count === 0)
    await expect(answer).rejects.toThrow()
  })

  it('gives all who wait the same bytes', async () => {
    const answers = Array.from({ length: 50 }, () => get('180p.m3u8?_HLS_msn=102&_HLS_part=2'))
    await eventually('all wait', () => live.track('180p')!.waiters.count === 50)
    feed.advance(0.2)
    const texts = await Promise.all(answers.map(async (answer) => (await answer).text()))
    expect(new Set(texts).size).toBe(1)
  })
})

describe('media', () => {
  beforeEach(() => feed.advance(3.5))

  it('serves a segment as the concatenation of its parts', async () => {
    const bytes = async (path: string) => Buffer.from(await (await get(path)).arrayBuffer())
    const whole = await bytes('epoch1/180p/101.m4s')
    const parts = await Promise.all(
      live
        .track('180p')!
        .window.find(101)!
        .parts.map(({ index }) => bytes(`epoch1/180p/101.${index}.m4s`)),
    )
    expect(parts).toHaveLength(10)
    expect(Buffer.concat(parts).equals(whole)).toBe(true)
  })

  it('lets the hinted part wait, and no other', async () => {
    expect(await status('epoch1/180p/102.3.m4s')).toBe(404)
    expect(await status('epoch1/180p/103.0.m4s')).toBe(404)
    const hinted = get('epoch1/180p/102.2.m4s')
    expect(await waits(hinted)).toBe(true)
    feed.advance(0.2)
    const response = await hinted
    expect(response.status).toBe(200)
    expect(Number(response.headers.get('content-length'))).toBe((await response.arrayBuffer()).byteLength)
  })

  it('answers 404 for a hinted part that a splice has made impossible', async () => {
    let splice = false
    ;({ package: live, feed } = packageOf(syntheticMedia(), 'low_latency', { splices: () => splice }))
    streams.set('pb_a', live)
    feed.advance(2.6) // 101 began at 1 s: a keyframe from 1.45 s after that on ends it
    const hinted = get('epoch1/180p/101.8.m4s')
    expect(await waits(hinted)).toBe(true)
    splice = true
    feed.step()
    expect((await hinted).status).toBe(404)
  })

  it.each([
    'epoch1/180p/103.m4s',
    'epoch1/180p/99.m4s',
    'epoch1/180p/101.10.m4s',
    'epoch2/180p/101.m4s',
    'epoch1/720p/101.m4s',
    'epoch1/180p/init.m4s',
    'epoch1/180p/../../x',
    'epoch1/180p/%2e%2e/init.mp4',
    '180p',
    '',
  ])('has nothing at %s', async (path) => {
    expect(await status(path)).toBe(404)
  })

  it('sends the open segment part by part as they are made', async () => {
    const response = await get('epoch1/180p/102.m4s')
    expect(response.headers.get('transfer-encoding')).toBe('chunked')
    const reader = response.body!.getReader()
    const sizes = () =>
      live
        .track('180p')!
        .window.find(102)!
        .parts.map(({ sizeBytes }) => sizeBytes)
    let received = 0
    const receive = async (until: number) => {
      while (received < until) received += (await reader.read()).value!.byteLength
      expect(received).toBe(until)
    }
    const total = () => sizes().reduce((sum, size) => sum + size, 0)
    await receive(total())
    for (let part = 2; part < 10; part += 1) {
      const next = reader.read()
      expect(await waits(next)).toBe(true)
      feed.advance(0.2)
      received += (await next).value!.byteLength
      await receive(total())
    }
    feed.step()
    expect((await reader.read()).done).toBe(true)
  })
})

describe('headers', () => {
  beforeEach(() => feed.advance(3.5))

  it.each([
    ['index.m3u8', 'application/vnd.apple.mpegurl', 'public, max-age=1'],
    ['180p.m3u8', 'application/vnd.apple.mpegurl', 'public, max-age=1'],
    ['180p.m3u8?_HLS_msn=101', 'application/vnd.apple.mpegurl', 'public, max-age=12'],
    ['manifest.mpd', 'application/dash+xml', 'public, max-age=1'],
    ['epoch1/180p/init.mp4', 'video/mp4', 'public, max-age=31536000, immutable'],
    ['epoch1/audio/101.m4s', 'audio/mp4', 'public, max-age=31536000, immutable'],
    ['time', 'text/plain; charset=utf-8', 'no-store'],
  ])('of %s let any site play and caches keep what they may', async (path, type, cache) => {
    for (const method of ['GET', 'HEAD']) {
      const response = await get(path, { method })
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe(type)
      expect(response.headers.get('cache-control')).toBe(cache)
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      expect((await response.arrayBuffer()).byteLength > 0).toBe(method === 'GET')
    }
  })

  it('answer a preflight, and refuse what changes things', async () => {
    const preflight = await get('index.m3u8', { method: 'OPTIONS' })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-methods')).toBe('GET, HEAD, OPTIONS')
    expect((await get('index.m3u8', { method: 'POST', body: 'x'.repeat(100_000) })).status).toBe(405)
  })

  it('show the newest snapshot, once there is one', async () => {
    expect(await status('snapshot.jpg')).toBe(404)
    live.setSnapshot(Buffer.from('picture'))
    const response = await get('snapshot.jpg')
    expect([response.headers.get('content-type'), await response.text()]).toEqual(['image/jpeg', 'picture'])
  })

  it('tell the time as xs:dateTime', async () => {
    expect(Math.abs(Date.parse(await (await get('time')).text()) - Date.now())).toBeLessThan(5_000)
  })
})
