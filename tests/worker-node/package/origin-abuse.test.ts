import { request as httpRequest } from 'node:http'
import { connect, Server } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { originOf, packageOf } from '#tests/support/live-origin.ts'
import { type LiveFeed, seededRandom, syntheticMedia } from '#tests/support/live-samples.ts'
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
describe('what clients send', () => {
  it('never brings the origin down: 3,000 mutated requests, then a right one', async () => {
    feed.advance(3.5)
    const random = seededRandom(7)
    const { port } = new URL(origin.url)
    const seeds = [
      'GET /live/pb_a/180p.m3u8?_HLS_msn=101&_HLS_part=3&_HLS_skip=YES HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      'GET /live/pb_a/epoch1/180p/101.3.m4s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      'HEAD /live/pb_a/index.m3u8 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello',
    ]
    const send = (bytes: Buffer) =>
      new Promise<void>((resolve) => {
        const socket = connect(Number(port), '127.0.0.1', () => socket.end(bytes))
        socket.setTimeout(2_000, () => socket.destroy())
        socket.on('error', () => {}).on('close', () => resolve())
        socket.resume()
      })
    for (let round = 0; round < 3_000; round += 30) {
      await Promise.all(
        Array.from({ length: 30 }, () => {
          const bytes = Buffer.from(seeds[Math.floor(random() * seeds.length)]!)
          for (let flips = 1 + Math.floor(random() * 4); flips > 0; flips -= 1)
            bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
          // A mutation may ask for something that blocks: the client leaves after its request.
          return send(bytes)
        }),
      )
    }
    expect(await status('index.m3u8')).toBe(200)
    expect(origin.faults).toEqual([])
  })

  it('is refused when it is endless or far too long', async () => {
    const long = await get(`180p.m3u8?${'x'.repeat(60_000)}`).then(({ status }) => status)
    expect(long).toBe(431)
  })

  it('loses its connection if it asks for too much at once, and everybody else is served', async () => {
    feed.advance(3.5)
    const { port } = new URL(origin.url)
    const socket = connect(Number(port), '127.0.0.1')
    const closed = new Promise((resolve) => socket.on('error', () => {}).on('close', resolve))
    const blocking = 'GET /live/pb_a/180p.m3u8?_HLS_msn=103 HTTP/1.1\r\nHost: x\r\n\r\n'
    socket.write(blocking.repeat(500))
    await closed
    await eventually('nobody waits', () => live.track('180p')!.waiters.count === 0)
    expect(await status('index.m3u8')).toBe(200)
  })

  it('is cut off when its answer is not read in time', async () => {
    const impatient = await originOf(streams, { answerTimeMs: 300 })
    try {
      const media = syntheticMedia()
      const big = media.video.map(({ track, samples }) => ({
        track,
        samples: samples.map((sample) => ({ ...sample, payload: Buffer.alloc(400_000) })),
      }))
      const { package: heavy, feed: heavyFeed } = packageOf({ ...media, video: big }, 'low_latency')
      streams.set('pb_heavy', heavy)
      heavyFeed.advance(2)
      const response = await fetch(`${impatient.url}/pb_heavy/epoch1/180p/100.m4s`)
      const readSlowly = async () => {
        for await (const _ of response.body ?? []) await new Promise((resolve) => setTimeout(resolve, 10))
      }
      await expect(readSlowly()).rejects.toThrow()
    } finally {
      await impatient.close()
    }
  })

  it('can be two requests on one connection, the first of which waits', async () => {
    feed.advance(3.5)
    const { port } = new URL(origin.url)
    const first = httpRequest({ port, host: '127.0.0.1', path: '/live/pb_a/180p.m3u8?_HLS_msn=102&_HLS_part=2' })
    const answered = new Promise((resolve) => first.on('response', (response) => resolve(response.statusCode)))
    first.end()
    await eventually('it waits', () => live.track('180p')!.waiters.count === 1)
    feed.advance(0.2)
    expect(await answered).toBe(200)
  })
})

it('goes on after connections that could not be accepted, and says so', async () => {
  const listen = vi.spyOn(Server.prototype, 'listen')
  const own = await originOf(streams)
  const server = listen.mock.contexts.at(-1) as Server
  listen.mockRestore()
  try {
    const faults = [new Error('accept EMFILE'), new Error('accept ENFILE')]
    for (const fault of faults) server.emit('error', fault)
    expect(own.faults).toEqual(faults)
    feed.advance(3.5)
    expect((await fetch(`${own.url}/pb_a/index.m3u8`)).status).toBe(200)
  } finally {
    await own.close()
  }
})
