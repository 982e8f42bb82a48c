import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { launchChromium, openPage } from '#tests/support/chromium.ts'
import { eventually } from '#tests/support/eventually.ts'
import { originOf, packageOf } from '#tests/support/live-origin.ts'
import { encodedMedia, type LoopingMedia, seededRandom } from '#tests/support/live-samples.ts'
import type { Package, PackageOptions } from '#worker/package/package.ts'

const libraries = ['hls.js/dist/hls.min.js', 'dashjs/dist/modern/umd/dash.all.min.js']
const streams = new Map<string, Package>()
const stopping = new AbortController()
const running: Promise<void>[] = []
let browser: Browser
let site: Server
let origin: Awaited<ReturnType<typeof originOf>>
let media: LoopingMedia

beforeAll(async () => {
  ;[browser, origin, media] = await Promise.all([launchChromium(), originOf(streams), encodedMedia()])
  site = createServer(async (request, response) => {
    const library = libraries.find((name) => request.url === `/${name}`)
    if (library) return void response.end(await readFile(new URL(`../../../node_modules/${library}`, import.meta.url)))
    response.setHeader('content-type', 'text/html')
    response.end(`<video></video>${libraries.map((name) => `<script src="/${name}"></script>`).join('')}`)
  })
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  stopping.abort()
  await Promise.all(running)
  await browser.close()
  await origin.close()
  site.closeAllConnections()
  site.close()
})

const random = seededRandom(5)

/** A session in real time, four seconds old, with splices. */
function session(options: Partial<PackageOptions>): Package {
  const { package: live, feed } = packageOf(media, 'low_latency', {
    wallClockStartMs: Date.now() - 4_000,
    splices: () => random() < 0.02,
    ...options,
  })
  feed.advance(4)
  running.push(feed.run(stopping.signal))
  return live
}

async function openPlayer(): Promise<Page> {
  const { page } = await openPage(browser)
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`)
  return page
}

/** Pictures shown, bytes of sound decoded, height of the picture. */
const progress = (page: Page) =>
  page.evaluate(() => {
    const video = document.querySelector('video') as HTMLVideoElement & { webkitAudioDecodedByteCount: number }
    return {
      frames: video.getVideoPlaybackQuality().totalVideoFrames,
      sound: video.webkitAudioDecodedByteCount,
      height: video.videoHeight,
    }
  })

async function plays(page: Page, seconds: number): Promise<void> {
  const begun = await eventually('it plays', async () => {
    const now = await progress(page)
    return now.frames > 0 && now.sound > 0 && now.height > 0 && now
  })
  await eventually('it goes on playing', async () => {
    const now = await progress(page)
    return now.frames > begun.frames + seconds * 25 && now.sound > begun.sound
  })
}

describe('Chromium', () => {
  it('plays low-latency HLS with sound, and goes on when a new session takes over the URL', async () => {
    streams.set('hls', session({ epoch: 'one', firstMediaSequence: 1_790_000_000, discontinuitySequence: 5 }))
    const page = await openPlayer()
    await page.evaluate((source) => {
      const { Hls } = window as unknown as { Hls: new (config: object) => Record<string, (value: unknown) => void> }
      const video = document.querySelector('video') as HTMLVideoElement
      const hls = new Hls({ lowLatencyMode: true, enableWorker: false })
      hls.loadSource?.(source)
      hls.attachMedia?.(video)
      void video.play()
    }, `${origin.url}/hls/index.m3u8`)
    await plays(page, 2)
    streams.set('hls', session({ epoch: 'two', firstMediaSequence: 1_790_003_600, discontinuitySequence: 6 }))
    await plays(page, 5) // far more than the old session had given
    await page.close()
  })

  it('plays low-latency DASH with sound, closer than a segment to the live edge', async () => {
    streams.set('dash', session({}))
    const page = await openPlayer()
    await page.evaluate((source) => {
      type Player = {
        initialize(video: HTMLVideoElement, url: string, play: boolean): void
        getCurrentLiveLatency(): number
      }
      const { dashjs } = window as unknown as { dashjs: { MediaPlayer(): { create(): Player } } }
      const player = dashjs.MediaPlayer().create()
      player.initialize(document.querySelector('video') as HTMLVideoElement, source, true)
      Object.assign(window, { latency: () => player.getCurrentLiveLatency() })
    }, `${origin.url}/dash/manifest.mpd`)
    await plays(page, 3)
    const latency = () => page.evaluate(() => (window as unknown as { latency(): number }).latency())
    await eventually('it is close to live', async () => (await latency()) < 2)
    await page.close()
  })
})
