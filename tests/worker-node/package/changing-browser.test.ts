import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EngineModule } from '#player/engine/engine.ts'
import { latencyModeFigures } from '#schema/latency-modes.ts'
import { launchChromium, openPage } from '#tests/support/chromium.ts'
import { eventually } from '#tests/support/eventually.ts'
import { originOf } from '#tests/support/live-origin.ts'
import { encodedProgramme, type Programme, SwitchingFeed } from '#tests/support/switching-feed.ts'
import { Package } from '#worker/package/package.ts'
import { dashEntry, trimmedHls } from '../../../scripts/trimmed-engines.ts'

const engines = ['hls', 'dash'] as const
const streams = new Map<string, Package>()
const stopping = new AbortController()
const running: Promise<void>[] = []
let browser: Browser
let site: Server
let origin: Awaited<ReturnType<typeof originOf>>
let slate: Programme
let source: Programme
let rare: Programme

beforeAll(async () => {
  const other = { width: 426, height: 240, fps: 30, variable: true, bFrames: 2, pattern: 'mandelbrot' }
  const [opened, listening, scripts, programmes] = await Promise.all([
    launchChromium(),
    originOf(streams),
    playerEngines(),
    Promise.all([
      encodedProgramme(),
      encodedProgramme({ ...other, gopSeconds: 1.5, sampleRate: 44_100, channels: 1 }),
      encodedProgramme({ ...other, gopSeconds: 8, seconds: 8 }),
    ]),
  ])
  browser = opened
  origin = listening
  ;[slate, source, rare] = programmes
  site = createServer((request, response) => {
    const script = scripts.get(request.url ?? '')
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html')
    response.end(
      script ?? `<video></video><script type="module">window.engine = await import('${request.url}.js')</script>`,
    )
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

/** The player's own engines, as they are built for it, by path. */
async function playerEngines(): Promise<Map<string, string>> {
  const { outputFiles } = await build({
    ...{ bundle: true, format: 'esm', target: 'es2024', write: false, outdir: '/', logLevel: 'error' },
    entryPoints: engines.map((name) => fileURLToPath(new URL(`../../../player/engine/${name}.ts`, import.meta.url))),
    define: trimmedHls.define,
    alias: dashEntry,
    plugins: [trimmedHls.plugin],
  })
  return new Map(outputFiles.map((file) => [`/${file.path.split('/').at(-1)}`, file.text]))
}

/** A low-latency session in real time, `age` seconds old. */
function session(name: string, first: Programme, age: number): SwitchingFeed {
  const live = new Package({
    epoch: 'e',
    mode: latencyModeFigures.low_latency,
    firstMediaSequence: 1_790_000_000,
    discontinuitySequence: 7,
    title: 'Lecture 1',
    clock: { nowMs: Date.now },
    wallClockStartMs: Date.now() - age * 1000,
    tracks: [first.video.track, first.audio.track],
  })
  streams.set(name, live)
  const feed = new SwitchingFeed(first, live.onSample)
  feed.advance(age)
  running.push(feed.run(stopping.signal))
  return feed
}

/** A page in which an engine of the player plays a stream, and the longest time that it stood still is measured. */
async function play(engine: (typeof engines)[number], name: string): Promise<{ page: Page; lost: string[] }> {
  const { page } = await openPage(browser)
  const lost: string[] = []
  await page.exposeFunction('lost', (reason: string) => lost.push(reason))
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/${engine}`)
  await page.waitForFunction(() => 'engine' in window)
  await page.evaluate(
    ([base]) => {
      const video = document.querySelector('video') as HTMLVideoElement
      let moved = performance.now()
      let time = video.currentTime
      Object.assign(window, { longestStallMs: 0 })
      const watch = () => {
        const now = performance.now()
        if (time > 0) Object.assign(window, { longestStallMs: Math.max(window.longestStallMs, now - moved) })
        if (video.currentTime !== time) {
          moved = now
          time = video.currentTime
        }
        requestAnimationFrame(watch)
      }
      watch()
      window.engine.start({
        video,
        hlsUrl: `${base}/index.m3u8`,
        dashUrl: `${base}/manifest.mpd`,
        timeUrl: `${base}/time`,
        address: (url) => url,
        onLost: (reason: string) => window.lost(reason),
        onQualities: () => {},
        onReady: () => void video.play(),
      })
    },
    [`${origin.url}/${name}`] as const,
  )
  return { page, lost }
}

declare global {
  interface Window {
    engine: EngineModule
    longestStallMs: number
    lost(reason: string): void
  }
}

/** What the page shows: pictures and sound so far, the width of the picture, and the longest time it stood still. */
const progress = (page: Page) =>
  page.evaluate(() => {
    const video = document.querySelector('video') as HTMLVideoElement & { webkitAudioDecodedByteCount: number }
    return {
      frames: video.getVideoPlaybackQuality().totalVideoFrames,
      sound: video.webkitAudioDecodedByteCount,
      width: video.videoWidth,
      longestStallMs: window.longestStallMs,
    }
  })

/** Until a picture of about that width has been shown for `seconds`, with sound. */
async function shows(page: Page, width: number, seconds: number): Promise<void> {
  // FFmpeg gives 426×240 an aspect ratio that makes it 427 wide.
  const isWidth = (now: { width: number }) => Math.abs(now.width - width) <= 1
  const begun = await eventually(`a picture ${width} wide is shown`, async () => {
    const now = await progress(page)
    return now.frames > 0 && now.sound > 0 && isWidth(now) && now
  })
  await eventually('it goes on, with sound', async () => {
    const now = await progress(page)
    expect(isWidth(now)).toBe(true)
    // 48 kbit/s at least.
    return now.frames > begun.frames + seconds * 24 && now.sound > begun.sound + seconds * 4_000
  })
}

describe.each(engines)('the player in Chromium, with %s', (engine) => {
  it('plays through a source that comes and goes with another size, profile, frame rate and sound', async () => {
    const feed = session(`switch-${engine}`, slate, 4)
    const { page, lost } = await play(engine, `switch-${engine}`)
    await shows(page, 320, 1)
    feed.switchTo(source)
    await shows(page, 426, 3)
    feed.switchTo(slate)
    await shows(page, 320, 2)
    feed.switchTo(source, { soundAfter: 0.05 })
    await shows(page, 426, 2)
    expect(lost).toEqual([])
    expect((await progress(page)).longestStallMs).toBeLessThan(2_500)
    await page.close()
  })

  it('joins at once, and plays on, where keyframes are nine seconds apart', async () => {
    session(`join-${engine}`, rare, 15)
    const { page, lost } = await play(engine, `join-${engine}`)
    const askedAt = performance.now()
    await shows(page, 426, 0.5)
    expect(performance.now() - askedAt).toBeLessThan(5_000)
    await shows(page, 426, 7)
    expect(lost).toEqual([])
    expect((await progress(page)).longestStallMs).toBeLessThan(2_500)
    await page.close()
  })
})
