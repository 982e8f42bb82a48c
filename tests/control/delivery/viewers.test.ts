import { createLocalJWKSet, type JSONWebKeySet } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PlaybackId } from '#schema/contracts/playback-id.ts'
import { MediaAccess } from '#worker/agent/media-access.ts'
import { type Origin, startOrigin } from '#worker/package/origin.ts'
import type { Package } from '#worker/package/package.ts'
import { startTestControl } from '../../support/control-server.ts'
import { validateDash } from '../../support/dash-validator.ts'
import { startEdgeControl } from '../../support/edge-control.ts'
import { eventually } from '../../support/eventually.ts'
import { reportOf } from '../../support/fake-worker.ts'
import { validateHls } from '../../support/hls-validator.ts'
import { addStream, addWorker, claimed, publishTo } from '../../support/jobs.ts'
import { packageOf } from '../../support/live-origin.ts'
import { type LiveFeed, syntheticMedia } from '../../support/live-samples.ts'
import { textReader } from '../../support/sse.ts'

describe.each([
  ['Node', () => startTestControl({ choresEveryMs: 3_600_000 })],
  ['workerd', startEdgeControl],
])('viewers through control on %s', (runtime, start) => {
  let control: Awaited<ReturnType<typeof start>>
  let origin: Origin
  let access: MediaAccess | undefined
  /** What the worker was asked for, in order. */
  const asked: string[] = []
  const givenUp: string[] = []
  const packages = new Map<string, Package>()
  const stopping = new AbortController()
  let running: Promise<void>
  let moved: LiveFeed
  let live: string
  let held: string
  let heldId: string
  let signedId: PlaybackId
  let streamId: string

  beforeAll(async () => {
    origin = await startOrigin({
      host: '127.0.0.1',
      port: 0,
      resolve: (id) => {
        const found = packages.get(id)
        return found && { package: found }
      },
      admits: async (id, authorization) => id !== signedId?.id || ((await access?.isControl(authorization)) ?? false),
      handle: ({ url = '' }, response) => {
        asked.push(url)
        response.on('close', () => response.writableFinished || givenUp.push(url))
        return false
      },
      log: () => {},
    })
    control = await start()
    const stream = await addStream(control)
    streamId = stream.id
    const playback = async (body: object) =>
      (await (await control.call('POST', `/v1/live-streams/${streamId}/playback-ids`, body)).json()) as PlaybackId
    const [first, second] = [stream.playback_ids[0] as PlaybackId, await playback({})]
    signedId = await playback({ policy: 'signed' })
    const worker = await addWorker(control, { originUrl: `http://127.0.0.1:${origin.port}` })
    const trustedKeys = createLocalJWKSet(worker.jwks as unknown as JSONWebKeySet)
    access = new MediaAccess({ workerId: worker.id, trustedKeys, now: () => new Date() })
    const job = await claimed(await publishTo(worker, stream))
    await worker.beat([reportOf(job)])
    const [inTime, byHand] = [packageOf(syntheticMedia(), 'low_latency'), packageOf(syntheticMedia(), 'low_latency')]
    inTime.feed.advance(24)
    running = inTime.feed.run(stopping.signal)
    moved = byHand.feed
    moved.advance(3.5)
    packages.set(first.id, inTime.package).set(signedId.id, inTime.package).set(second.id, byHand.package)
    live = `${control.url}/live/${first.id}`
    heldId = second.id
    held = `${control.url}/live/${second.id}`
  })
  afterAll(async () => {
    stopping.abort()
    await running
    await control?.stop()
    await origin?.close()
  })

  const askedFor = (end: string) => asked.filter((url) => url.endsWith(end))
  const signals = (viewers = 12) => Array.from({ length: viewers }, () => new AbortController())
  // A thousand take long through wrangler's proxy before workerd: `npm run bench -- playback` has them.
  const crowd = runtime === 'Node' ? 1_000 : 100
  /** Caches keep an answered reload and the list of renditions for so long at least: six target durations; half of one by whole seconds. */
  const [reloadKeptMs, listKeptMs] = [12_000, 500]
  /** As often as this may a worker be asked for what is kept for so long. */
  const timesSince = (beganMs: number, keptMs: number) => 1 + Math.floor((performance.now() - beganMs) / keptMs)

  it('cost the worker one request for a blocking reload, a part and a segment, however many they are', async () => {
    // 102 is open with two parts: the next one is waited for.
    const reload = '180p.m3u8?_HLS_msn=102&_HLS_part=2'
    const part = signals().map(() => fetch(`${held}/epoch1/180p/102.2.m4s`))
    await eventually('the worker is asked for the hinted part', () => askedFor('102.2.m4s').length > 0)
    const waiting = signals(crowd).map(({ signal }) => fetch(`${held}/${reload}`, { signal }))
    await eventually('the worker is asked', () => askedFor(reload).length > 0)
    // What still comes in joins those that wait, or finds what is kept.
    const beganMs = performance.now()
    moved.advance(0.25)
    const playlists = await Promise.all(waiting.map(async (answer) => (await answer).text()))
    expect(new Set(playlists).size).toBe(1)
    expect(playlists[0]).toContain('102.2.m4s')
    expect(askedFor(reload).length).toBeLessThanOrEqual(timesSince(beganMs, reloadKeptMs))
    for (const answer of await Promise.all(part)) expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(40)
    for (const [file, viewers] of [
      ['epoch1/180p/101.m4s', 100],
      ['epoch1/180p/init.mp4', 12],
      ['index.m3u8', 12],
    ] as const)
      for (const answer of await Promise.all(signals(viewers).map(() => fetch(`${held}/${file}`)))) {
        expect(answer.status).toBe(200)
        await answer.arrayBuffer()
      }
    for (const file of ['102.2.m4s', '101.m4s', '180p/init.mp4'])
      expect([file, askedFor(file).length]).toEqual([file, 1])
    expect(askedFor('index.m3u8').length).toBeLessThanOrEqual(timesSince(beganMs, listKeptMs))
  })

  it('share an open DASH segment: who comes late gets what is there, and then the rest as it comes', async () => {
    const url = `${held}/epoch1/90p/102.m4s`
    const read = async (answer: Response) => {
      const reader = answer.body!.getReader()
      let bytes = 0
      return {
        until: async (least: number) => {
          while (bytes < least) bytes += (await reader.read()).value?.byteLength ?? Number.NaN
          return bytes
        },
        rest: async () => {
          for (let next = await reader.read(); !next.done; next = await reader.read()) bytes += next.value.byteLength
          return bytes
        },
      }
    }
    const early = await Promise.all(signals().map(async () => read(await fetch(url))))
    const there = await early[0]!.until(1)
    moved.advance(0.4)
    await early[0]!.until(there + 1)
    const late = await Promise.all(signals().map(async () => read(await fetch(url))))
    for (const reader of late) await reader.until(there + 1)
    moved.advance(4)
    const sizes = await Promise.all([...early, ...late].map((reader) => reader.rest()))
    expect(new Set(sizes).size).toBe(1)
    expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(sizes[0])
    expect(askedFor('90p/102.m4s')).toHaveLength(1)
  })

  it('give an open segment up only with the last of them', async () => {
    const [first, last] = [new AbortController(), new AbortController()]
    const { sequence } = packages.get(heldId)!.track('audio')!.window.open!
    const file = `${heldId}/epoch1/audio/${sequence}.m4s`
    const get = ({ signal }: AbortController) => fetch(`${control.url}/live/${file}`, { signal })
    const readers = await Promise.all([first, last].map(async (leaving) => textReader(await get(leaving))))
    for (const reader of readers) await reader.read()
    first.abort()
    moved.advance(0.25)
    expect((await readers[1]!.read()).done).toBe(false)
    expect(givenUp).toEqual([])
    last.abort()
    // wrangler's proxy before workerd tells nobody that a viewer has gone: there the segment is read to its end.
    if (runtime === 'Node') await eventually('the worker is let go', () => givenUp.some((url) => url.endsWith(file)))
    expect(askedFor(file)).toHaveLength(1)
  })

  it('play a signed id by its token alone, which no worker sees and no cache keeps apart', async () => {
    const make = async () => {
      const path = `/v1/live-streams/${streamId}/playback-ids/${signedId.id}/tokens`
      const made = await control.call('POST', path, { expires_in_s: 60 })
      expect(made.status).toBe(201)
      return (await made.json()) as { token: string; hls_url: string }
    }
    const [one, two] = [await make(), await make()]
    const direct = await fetch(`http://127.0.0.1:${origin.port}/live/${signedId.id}/index.m3u8`)
    expect(direct.status).toBe(403)
    asked.length = 0
    const beganMs = performance.now()
    for (const { hls_url } of [one, two]) {
      const answer = await fetch(hls_url)
      expect(answer.status).toBe(200)
      expect(answer.headers.get('cache-control')).toMatch(/^private, max-age=/)
      expect(await answer.text()).toContain('180p.m3u8')
      const media = await fetch(new URL('epoch1/180p/init.mp4', hls_url))
      expect(media.status).toBe(200)
      await media.arrayBuffer()
    }
    const [list, init] = [`/live/${signedId.id}/index.m3u8`, `/live/${signedId.id}/epoch1/180p/init.mp4`]
    const wanted = asked.filter((url) => url.includes(signedId.id))
    expect(new Set(wanted)).toEqual(new Set([list, init]))
    expect(askedFor(init)).toHaveLength(1)
    expect(askedFor(list).length).toBeLessThanOrEqual(timesSince(beganMs, listKeptMs))
    for (const name of [signedId.id, `${signedId.id}~no`, `${signedId.id}~${one.token}x`]) {
      const refused = await fetch(`${control.url}/live/${name}/index.m3u8`)
      expect([refused.status, refused.headers.get('content-type')]).toEqual([403, 'application/problem+json'])
      expect((await fetch(`${control.url}/v1/playback/${name}`)).status).toBe(403)
    }
    const known = await (await fetch(`${control.url}/v1/playback/${signedId.id}~${one.token}`)).json()
    expect(known).toMatchObject({ hls_url: `/live/${signedId.id}~${one.token}/index.m3u8` })
  })

  it('watch on the sites that are allowed, and nowhere else', async () => {
    const site = { origin: 'https://school.example' }
    const elsewhere = { origin: 'https://other.example' }
    const get = (path: string, headers: Record<string, string>) => fetch(`${control.url}${path}`, { headers })
    expect((await get(`/live/${heldId}/index.m3u8`, elsewhere)).status).toBe(200)
    const path = `/v1/live-streams/${streamId}/playback-ids/${heldId}`
    expect((await control.call('PATCH', path, { allowed_origins: [site.origin] })).status).toBe(200)
    // What an isolate knows of a playback id, it goes by for a second.
    await eventually(
      'the change is known',
      async () => (await get(`/live/${heldId}/index.m3u8`, elsewhere)).status === 403,
    )
    for (const wanted of [`/live/${heldId}/index.m3u8`, `/v1/playback/${heldId}`]) {
      const [there, not, none] = await Promise.all([site, elsewhere, {}].map((headers) => get(wanted, headers)))
      expect([there?.status, not?.status, none?.status]).toEqual([200, 403, 403])
      expect(there?.headers.get('access-control-allow-origin')).toBe(site.origin)
      expect(there?.headers.get('cache-control')).toMatch(/^private, max-age=/)
    }
  })

  it.concurrent('get LL-HLS that breaks no rule', async () => {
    const { violations, seen } = await validateHls(`${live}/index.m3u8`, { seconds: 2, jitterMs: 2_000 })
    expect(violations.filter(isNotOfTime)).toEqual([])
    // Each track's, however slow the machine is.
    expect(seen.playlists).toBeGreaterThanOrEqual(3)
  })

  it.concurrent('get LL-DASH that breaks no rule', async () => {
    const { violations, seen } = await validateDash(`${live}/manifest.mpd`, 2)
    expect(violations.filter(isNotOfTime)).toEqual([])
    expect(seen.segments).toBeGreaterThan(0)
  })
})

/** How fast it all comes is the machine's affair; that nothing is held back is shown above. */
const isNotOfTime = ({ rule, detail }: { rule: string; detail: string }) =>
  !['part-late', 'segment-late', 'blocked-too-long', 'open-not-chunked', 'utc-timing'].includes(rule) &&
  !detail.startsWith('status 0 ')
