import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { AddressRules } from '#schema/address-rules.ts'
import { listen } from '#tests/support/tcp-tap.ts'
import { type Handler, startWebServer, type WebServer } from '#tests/support/web-server.ts'
import { type Pulling, pull } from './pulling.ts'
import { type MediaFolder, playlistOf, segmentedFixture } from './segments.ts'

// 127.0.0.1 stands for the public Internet here, 127.0.0.2 for the operator's inner network.
const rules = new AddressRules(['127.0.0.1'])
const refusedRange = '127.0.0.0/8'
let media: MediaFolder
let inner: WebServer
beforeAll(async () => {
  media = await segmentedFixture()
})
afterAll(() => media.remove())
beforeEach(async () => {
  inner = await startWebServer(media.path, {}, { host: '127.0.0.2' })
})

const say =
  (body: string | Buffer): Handler =>
  (_, response) =>
    void response.end(body)
const redirect =
  (location: string): Handler =>
  (_, response) =>
    void response.writeHead(302, { location }).end()

async function expectRefused(pulling: Pulling): Promise<void> {
  expect((await pulling.issue('address_refused')).detail).toContain(refusedRange)
  expect(pulling.sources).toEqual([])
  expect(inner.asked).toEqual([])
}

describe('an address that leads inside is refused', () => {
  it('by itself', async () => {
    await expectRefused(await pull({ urls: [`${inner.url}/whole.mp4`] }, { rules }))
  })

  it('by its name', async () => {
    const lookup = async () => ['127.0.0.2']
    await expectRefused(await pull({ urls: [`http://tv.example:${inner.port}/whole.mp4`] }, { rules, lookup }))
  })

  it('by a redirect', async () => {
    const outer = await startWebServer(null, { '/a': redirect(`${inner.url}/whole.mp4`) })
    await expectRefused(await pull({ urls: [`${outer.url}/a`] }, { rules }))
  })

  it('by a redirect that comes only the second time', async () => {
    let asked = 0
    const handle: Handler = (request, response) => {
      if (asked++ === 0) response.end(playlistOf(['/vod0.ts']))
      else redirect(`${inner.url}/vod.m3u8`)(request, response)
    }
    const outer = await startWebServer(null, { '/a': handle })
    await expectRefused(await pull({ urls: [`${outer.url}/a`] }, { rules }))
  })

  it('by the segment of a playlist', async () => {
    const outer = await startWebServer(null, { '/a.m3u8': say(playlistOf([`${inner.url}/vod0.ts`])) })
    await expectRefused(await pull({ urls: [`${outer.url}/a.m3u8`] }, { rules }))
  })

  it('by the redirect of a segment', async () => {
    const handlers = { '/a.m3u8': say(playlistOf(['a.ts'])), '/a.ts': redirect(`${inner.url}/vod0.ts`) }
    const outer = await startWebServer(null, handlers)
    await expectRefused(await pull({ urls: [`${outer.url}/a.m3u8`] }, { rules }))
  })

  it('by the variant of a playlist', async () => {
    const variants = `#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n${inner.url}/vod.m3u8\n`
    const outer = await startWebServer(null, { '/a.m3u8': say(variants) })
    await expectRefused(await pull({ urls: [`${outer.url}/a.m3u8`] }, { rules }))
  })

  it('by the key of a segment', async () => {
    const head = `#EXT-X-KEY:METHOD=AES-128,URI="${inner.url}/whole.ts"\n`
    const outer = await startWebServer(media.path, { '/a.m3u8': say(playlistOf(['vod0.ts'], { head })) })
    await expectRefused(await pull({ urls: [`${outer.url}/a.m3u8`] }, { rules }))
  })

  it('by the BaseURL of an MPD', async () => {
    const mpd = await readFile(join(media.path, 'vod.mpd'), 'utf8')
    const moved = mpd.replace(/<Period /, `<BaseURL>${inner.url}/</BaseURL><Period `)
    expect(moved).not.toBe(mpd)
    const outer = await startWebServer(null, { '/a.mpd': say(moved) })
    await expectRefused(await pull({ urls: [`${outer.url}/a.mpd`] }, { rules }))
  })

  it('by RTSP', async () => {
    await expectRefused(await pull({ urls: [`rtsp://127.0.0.2:${inner.port}/a`] }, { rules }))
  })

  it('by a redirect of RTSP', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', (request) => {
        const [, sequence] = /CSeq: (\d+)/i.exec(String(request)) ?? []
        socket.write(`RTSP/1.0 302 Moved\r\nCSeq: ${sequence}\r\nLocation: rtsp://127.0.0.2:${inner.port}/a\r\n\r\n`)
      })
    })
    const port = await listen(server)
    onTestFinished(() => void server.close())
    await expectRefused(await pull({ urls: [`rtsp://127.0.0.1:${port}/a`] }, { rules }))
  })

  it('by RTMP and SRT', async () => {
    await expectRefused(await pull({ urls: [`rtmp://127.0.0.2:${inner.port}/live/a`] }, { rules }))
    await expectRefused(await pull({ urls: [`srt://127.0.0.2:${inner.port}`] }, { rules }))
  })

  it('even where the environment says that no proxy is wanted for it', async () => {
    process.env.no_proxy = '127.0.0.2,*'
    onTestFinished(() => {
      delete process.env.no_proxy
    })
    const outer = await startWebServer(null, { '/a.m3u8': say(playlistOf([`${inner.url}/vod0.ts`])) })
    await expectRefused(await pull({ urls: [`${outer.url}/a.m3u8`] }, { rules }))
  })
})

describe('a playlist reads nothing but http', () => {
  it.each([
    ['a file by its URL', (path: string) => `file://${path}/vod0.ts`],
    ['a file by its path', (path: string) => `${path}/vod0.ts`],
    ['concat:', (path: string) => `concat:${path}/vod0.ts`],
    ['subfile:', (path: string) => `subfile,,start,0,end,0,,:${path}/vod0.ts`],
    ['crypto: around a file', (path: string) => `crypto+file://${path}/vod0.ts`],
    ['tcp:', () => `tcp://127.0.0.2:${inner.port}`],
    ['async: around http', () => `async:${inner.url}/vod0.ts`],
  ])('not %s', async (_, address) => {
    const outer = await startWebServer(null, { '/a.m3u8': say(playlistOf([address(media.path)])) })
    const pulling = await pull({ urls: [`${outer.url}/a.m3u8`] }, { rules })
    await pulling.failed()
    expect(pulling.sources).toEqual([])
    expect(inner.asked).toEqual([])
  })

  it('not data:', async () => {
    const segment = (await readFile(join(media.path, 'vod0.ts'))).toString('base64')
    const data = playlistOf([`data:video/mp2t;base64,${segment}`])
    const outer = await startWebServer(null, { '/a.m3u8': say(data) })
    const pulling = await pull({ urls: [`${outer.url}/a.m3u8`] }, { rules })
    await pulling.failed()
    expect(pulling.sources).toEqual([])
  })

  it('not a list of FFmpeg’s own in the place of media', async () => {
    const list = `ffconcat version 1.0\nfile '${media.path}/vod0.ts'\n`
    const handlers = { '/a.ts': say(list), '/a.m3u8': say(playlistOf(['b.ts'])), '/b.ts': say(list) }
    const outer = await startWebServer(null, handlers)
    for (const path of ['/a.ts', '/a.m3u8']) {
      const pulling = await pull({ urls: [outer.url + path] }, { rules })
      await pulling.failed()
      expect(pulling.sources).toEqual([])
    }
  })

  it('and the same playlist plays where its segments are on the web', async () => {
    const outer = await startWebServer(media.path, { '/a.m3u8': say(playlistOf(['vod0.ts', 'vod1.ts'])) })
    const pulling = await pull({ urls: [`${outer.url}/a.m3u8`] }, { rules })
    expect(await (await pulling.source()).ready).toMatchObject({ protocol: 'hls', video: { codec: 'h264' } })
  })
})
