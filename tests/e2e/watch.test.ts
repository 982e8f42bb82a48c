import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { Audience } from '#schema/contracts/metrics.ts'
import { launchChromium, openPage, type WatchedPage } from '#tests/support/chromium.ts'
import { startEncoder } from '#tests/support/encoder.ts'
import { eventually } from '#tests/support/eventually.ts'
import type { TestProcess } from '#tests/support/processes.ts'
import { TestWeir } from '#tests/support/weir.ts'

// A viewer's browser on the whole chain: encoder → worker → control → player.
let weir: TestWeir
let browser: Browser
let watched: WatchedPage | undefined
let encoder: TestProcess | undefined
const ladder = { preset: 'custom', renditions: [{ height: 180 }] } as const
const small = { width: 320, height: 180 } as const

beforeAll(async () => {
  weir = await TestWeir.start()
  browser = await launchChromium()
})
afterEach(async () => {
  await watched?.close()
  await encoder?.end('SIGKILL')
})
afterAll(async () => {
  await browser?.close()
  await weir?.close()
})

const open = async (stream: LiveStream, query = ''): Promise<Page> => {
  watched = await openPage(browser)
  await watched.page.goto(`${weir.url}/watch/${stream.playback_ids[0]!.id}${query}`)
  return watched.page
}
const reaches = (page: Page, state: string) =>
  eventually(`the player is ${state}`, () => page.$(`weir-player[state="${state}"]`), { timeoutMs: 40_000 })

/** What the video element has played so far. */
const played = (page: Page) =>
  page.evaluate(() => {
    const video = document.querySelector('weir-player')!.shadowRoot!.querySelector('video')!
    return {
      seconds: video.currentTime,
      soundBytes: Number(Reflect.get(video, 'webkitAudioDecodedByteCount')),
      frames: video.getVideoPlaybackQuality().totalVideoFrames,
    }
  })

const playsOn = async (page: Page) => {
  let before = await played(page)
  await eventually('picture and sound go on', async () => {
    const now = await played(page)
    // Where the list of renditions was read anew, the element counts from the beginning.
    if (now.seconds < before.seconds || now.frames < before.frames) before = now
    return now.seconds > before.seconds + 1.5 && now.soundBytes > before.soundBytes && now.frames > before.frames
  })
}

describe('a viewer', () => {
  it('waits before the source is there, starts by itself with sound, and does not notice that the source went away', async () => {
    const stream = await weir.createStream({ ladder })
    const page = await open(stream)
    await reaches(page, 'waiting')
    encoder = await startEncoder(weir.rtmpUrl, stream.stream_key, small)
    await reaches(page, 'live')
    await playsOn(page)

    await page.evaluate(() => {
      const video = document.querySelector('weir-player')!.shadowRoot!.querySelector('video')!
      Reflect.set(window, 'stalls', 0)
      video.addEventListener('waiting', () => Reflect.set(window, 'stalls', Reflect.get(window, 'stalls') + 1))
    })
    await encoder.end('SIGKILL')
    await weir.status(stream.id, 'reconnecting')
    await playsOn(page)
    encoder = await startEncoder(weir.rtmpUrl, stream.stream_key, small)
    await weir.status(stream.id, 'active')
    await playsOn(page)
    expect(await page.evaluate(() => Reflect.get(window, 'stalls'))).toBe(0)

    await weir.api('POST', `/v1/live-streams/${stream.id}/complete`)
    await reaches(page, 'ended')
    expect(watched!.complaints).toEqual([])
    expect([...watched!.hosts]).toEqual([new URL(weir.url).host])
  })

  it('can ask for DASH', async () => {
    const stream = await weir.createStream({ ladder })
    encoder = await startEncoder(weir.rtmpUrl, stream.stream_key, small)
    await weir.playable(stream)
    const page = await open(stream, '?engine=dash')
    await reaches(page, 'live')
    const from = (await played(page)).seconds
    // Over several segments: the manifest has to be refreshed for that.
    await eventually('three segments have been played', async () => (await played(page)).seconds > from + 10)
    await reaches(page, 'live')
    expect(watched!.complaints).toEqual([])
    expect([...watched!.hosts]).toEqual([new URL(weir.url).host])
    // Who goes tells how it was.
    await page.goto('about:blank')
    const { quality } = await eventually('it is told how it played', async () => {
      const audience = await weir.api<Audience>('GET', `/v1/live-streams/${stream.id}/audience`)
      return audience.quality.length > 0 && audience
    })
    expect(quality).toMatchObject([{ protocol: 'dash', plays: 1 }])
    expect(quality[0]?.watched_s).toBeGreaterThan(8)
  })

  it.each([
    ['low_latency', 'high_quality'],
    ['high_quality', 'low_latency'],
  ])('sees and hears a stream in %s, and goes over to %s and another ladder without a reload', async (mode, other) => {
    const stream = await weir.createStream({ ladder, latency_mode: mode })
    encoder = await startEncoder(weir.rtmpUrl, stream.stream_key, small)
    await weir.playable(stream)
    const page = await open(stream)
    await reaches(page, 'live')
    await playsOn(page)
    const change = { latency_mode: other, ladder: { preset: 'custom', renditions: [{ height: 120 }] } }
    const { effects } = await weir.api<LiveStream>('PATCH', `/v1/live-streams/${stream.id}`, change)
    expect(effects).toMatchObject([{ effect: 'new_encode' }, { effect: 'new_encode' }])
    const height = () =>
      page.evaluate(() => document.querySelector('weir-player')!.shadowRoot!.querySelector('video')!.videoHeight)
    await eventually('the picture is the other one', async () => (await height()) === 120, { timeoutMs: 40_000 })
    await reaches(page, 'live')
    await playsOn(page)
  })

  it('is led to the new session when the worker was killed and the source is back, without a reload', async () => {
    const stream = await weir.createStream({ ladder })
    encoder = await startEncoder(weir.rtmpUrl, stream.stream_key, small)
    await weir.playable(stream)
    const page = await open(stream)
    await reaches(page, 'live')
    await weir.worker!.end('SIGKILL')
    await weir.startWorker()
    encoder = await eventually(
      'the encoder is let in',
      async () => {
        const next = await startEncoder(weir.rtmpUrl, stream.stream_key, small)
        await eventually(
          'it is refused or on air',
          async () => next.hasEnded() || (await weir.stream(stream.id)).status === 'active',
        )
        return next.hasEnded() ? undefined : next
      },
      { timeoutMs: 40_000, intervalMs: 500 },
    )
    await reaches(page, 'live')
    await playsOn(page)
  })
})
