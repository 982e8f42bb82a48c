import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { Source } from '#worker/ingest/source.ts'
import { buildWeb } from '../../../scripts/build-web.ts'
import { launchChromium, openPage, type WatchedPage } from '../../support/chromium.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { eventually } from '../../support/eventually.ts'
import { reportOf } from '../../support/fake-worker.ts'
import { findFlashesAndBeeps, median, withRecording } from '../../support/flash-and-beep.ts'
import { addStream, addWorker, claimed, publishTo } from '../../support/jobs.ts'
import { startWhip, type TestWhip } from '../../support/whip.ts'

// The page in real Chromium, through a real control plane, to a real WHIP endpoint in the place of the worker's.
let webFolder: string
let control: TestControl
let whip: TestWhip
let stream: LiveStream
let browser: Browser
let watched: WatchedPage | undefined
let beats: NodeJS.Timeout

beforeAll(async () => {
  webFolder = await mkdtemp(join(tmpdir(), 'weir-publish-'))
  await buildWeb(webFolder)
  control = await startTestControl({ webFolder })
  stream = await addStream(control)
  whip = await startWhip({
    authorize: async ({ streamKey }) =>
      streamKey === stream.stream_key
        ? { accept: true, slot: 'main' }
        : { accept: false, reason: 'unknown_key', detail: 'No live stream has this stream key. Copy it again.' },
  })
  const worker = await addWorker(control, { originUrl: whip.url })
  const job = await claimed(await publishTo(worker, stream))
  const beat = () =>
    worker.beat([reportOf(job)]).then(
      (answer) => answer.body?.cancel(),
      () => {},
    )
  await beat()
  beats = setInterval(beat, 3_000)
  browser = await launchChromium({ capture: true })
})
afterEach(async () => {
  await watched?.close()
  watched = undefined
})
afterAll(async () => {
  clearInterval(beats)
  await browser?.close()
  await control?.stop()
  await whip?.stop()
  await rm(webFolder, { recursive: true, force: true })
})

async function openStudio({
  key = stream.stream_key ?? '',
  init = () => {},
  width = 1280,
  dark = false,
  more = '',
} = {}): Promise<Page> {
  watched = await openPage(browser, { width, height: 844, dark })
  const { page } = watched
  await page.addInitScript(init)
  await page.goto(`${control.url}/publish#stream=${stream.id}&key=${encodeURIComponent(key)}${more}`)
  await page.waitForSelector('publish-studio .deck')
  return page
}
const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).first().click()
const isInState = (page: Page, words: string) =>
  eventually(`the page says ${words}`, async () => (await page.textContent('.preview .state'))?.includes(words), {
    timeoutMs: 30_000,
  })
async function goLive(page: Page): Promise<Source> {
  const before = whip.publications.length
  await press(page, 'Go live')
  const { source } = await eventually('it publishes', () => whip.publications[before])
  await isInState(page, 'Live')
  return source
}
/** What FFmpeg makes of some seconds of a source. */
async function recorded(source: Source, seconds: number) {
  await source.ready
  const feed = source.open()
  if (!feed) throw new Error('nothing to read')
  const looked = withRecording(feed, findFlashesAndBeeps)
  const untilMs = performance.now() + seconds * 1_000
  await eventually('enough is recorded', () => performance.now() > untilMs)
  feed.push(null)
  return looked
}

/** Keeps the page's connection where tests find it. */
function keepPeer(): void {
  const Real = RTCPeerConnection
  globalThis.RTCPeerConnection = class extends Real {
    constructor(configuration?: RTCConfiguration) {
      super(configuration)
      Object.assign(globalThis, { peer: this })
    }
  }
}
const framesSent = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const { peer } = globalThis as unknown as { peer: RTCPeerConnection }
    const stats = [...((await peer.getStats()) as unknown as Map<string, RTCOutboundRtpStreamStats>).values()]
    return stats.find(({ type, kind }) => type === 'outbound-rtp' && kind === 'video')?.framesSent ?? 0
  })

/** A camera of ours instead of Chromium's: white for 200 ms and a beep at each full second of one clock. */
function flashAndBeep(): void {
  navigator.mediaDevices.getUserMedia = async ({ video }: MediaStreamConstraints = {}) => {
    const own = globalThis as unknown as { clock?: AudioContext }
    own.clock ??= new AudioContext()
    const clock = own.clock
    if (!video) {
      const output = clock.createMediaStreamDestination()
      const tone = clock.createOscillator()
      const gain = clock.createGain()
      tone.frequency.value = 1_000
      gain.gain.value = 0
      for (let second = 0; second < 120; second++) {
        gain.gain.setValueAtTime(0.7, second)
        gain.gain.setValueAtTime(0, second + 0.2)
      }
      tone.connect(gain).connect(output)
      tone.start()
      return output.stream
    }
    const canvas = document.createElement('canvas')
    canvas.width = 640
    canvas.height = 360
    const context = canvas.getContext('2d') as CanvasRenderingContext2D
    setInterval(() => {
      context.fillStyle = clock.currentTime % 1 < 0.2 ? '#fff' : '#222'
      context.fillRect(0, 0, 640, 360)
      context.fillStyle = '#c33'
      context.fillRect((performance.now() / 5) % 640, 320, 30, 30)
    }, 16)
    return canvas.captureStream(30)
  }
}

describe('the studio', () => {
  it('sends a camera and a microphone, seen and heard together', async () => {
    const page = await openStudio({ init: flashAndBeep })
    await press(page, 'Use the camera')
    const source = await goLive(page)
    expect(await source.ready).toMatchObject({ protocol: 'whip', audio: { codec: 'opus' } })
    await eventually('the clocks of both are known', () => source.bytesReceived > 60_000)
    const seen = await recorded(source, 8)
    expect(seen.errors).toEqual([])
    expect(seen.offsetsMs.length).toBeGreaterThanOrEqual(4)
    expect(Math.abs(median(seen.offsetsMs.slice(-4)))).toBeLessThan(80)
    await press(page, 'Stop')
    expect(await source.ended).toEqual({
      ...{ reason: 'ended', detail: 'The publisher ended the stream.' },
      isForGood: true,
    })
    await isInState(page, 'Not live')
    await page.getByText('The broadcast is over').waitFor()
    expect(watched?.complaints).toEqual([])
    expect([...(watched?.hosts ?? [])]).toEqual([new URL(control.url).host])
  })

  it('shares a screen with its sound, sharp, and changes to the camera without a break', async () => {
    const page = await openStudio()
    await press(page, 'Share a screen')
    await page.waitForSelector('#content')
    const source = await goLive(page)
    expect((await source.ready).video?.codec).toBe('h264')
    await eventually('720 lines at once', () => source.describe().video?.height === 720, { timeoutMs: 10_000 })
    const recording = recorded(source, 5)
    await press(page, 'Camera')
    await page.waitForSelector('#content', { state: 'detached' })
    const seen = await recording
    expect(seen.frames).toBeGreaterThan(40)
    expect(seen.beeps.length).toBeGreaterThan(2)
    expect(seen.errors).toEqual([])
    expect(whip.publications.at(-1)?.source).toBe(source)
  })

  it('sends a plain picture where none is chosen, so that the sound stays on air', async () => {
    const page = await openStudio({ init: keepPeer })
    await press(page, 'Use the camera')
    await goLive(page)
    await press(page, 'None')
    await page.getByText('Viewers see no picture now').waitFor()
    const before = await framesSent(page)
    await eventually('pictures go on', async () => (await framesSent(page)) > before + 20)
  })

  it('comes back by itself after the connection was lost', async () => {
    const page = await openStudio()
    await press(page, 'Use the camera')
    const source = await goLive(page)
    const before = whip.publications.length
    source.close('The worker lost it.')
    await eventually('it publishes again', () => whip.publications[before], { timeoutMs: 30_000 })
    await isInState(page, 'Live')
    expect(await page.locator('.problem').count()).toBe(0)
  })

  it('leaves the broadcast to the slate when the page goes away instead of being stopped', async () => {
    const page = await openStudio()
    await press(page, 'Use the camera')
    const source = await goLive(page)
    await page.close()
    expect((await source.ended).isForGood).toBeUndefined()
  })

  it('hides the key from whoever sees the screen, and keeps it when the page is loaded anew', async () => {
    const page = await openStudio()
    expect(page.url()).toBe(`${control.url}/publish`)
    await page.reload()
    await page.waitForSelector('publish-studio .deck')
    expect(await page.content()).not.toContain(stream.stream_key)
  })

  it('says whose broadcast it is and where viewers see it, where the link tells', async () => {
    const page = await openStudio({ more: '&name=Maths&watch=pb_1' })
    await page.getByRole('heading', { name: 'Maths' }).waitFor()
    expect(await page.getByLabel('Link for viewers').inputValue()).toBe(`${control.url}/watch/pb_1`)
  })

  it('asks for stream and key where the address has none', async () => {
    watched = await openPage(browser)
    const { page } = watched
    await page.goto(`${control.url}/publish`)
    await page.fill('#stream', stream.id)
    await press(page, 'Continue')
    expect(await page.textContent('target-form [role=alert]')).toContain('Paste both')
    await page.fill('#key', stream.stream_key ?? '')
    await page.keyboard.press('Enter')
    await page.waitForSelector('publish-studio .deck')
    await press(page, 'Another stream')
    await page.waitForSelector('target-form')
  })

  it('says in words that the key is wrong, and stops trying', async () => {
    const page = await openStudio({ key: 'wrong-key' })
    await press(page, 'Use the camera')
    await page.waitForSelector('button.start:not([disabled])')
    await press(page, 'Go live')
    await eventually('the reason is there', async () =>
      (await page.textContent('.stage [role=alert]'))?.includes('No live stream has this stream key'),
    )
    await isInState(page, 'Not live')
  })

  it('says in words that the camera may not be used', async () => {
    const page = await openStudio({
      init: () => {
        navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))
      },
    })
    await press(page, 'Use the camera')
    await eventually('the reason is there', async () =>
      (await page.textContent('.stage [role=alert]'))?.includes('may not use the camera'),
    )
    expect(await page.isDisabled('button.start')).toBe(true)
  })

  it('warns before it is closed while live, and not otherwise', async () => {
    const page = await openStudio()
    const asked: string[] = []
    page.on('dialog', (dialog) => {
      asked.push(dialog.type())
      void dialog.dismiss()
    })
    await press(page, 'Use the camera')
    const source = await goLive(page)
    await page.close({ runBeforeUnload: true })
    await eventually('it asks', () => asked.includes('beforeunload'))
    await press(page, 'Stop')
    await source.ended
    await page.close({ runBeforeUnload: true })
    await eventually('it closes', () => page.isClosed())
    expect(asked).toHaveLength(1)
  })

  it('sends silence while muted, and works with the keyboard alone', async () => {
    const page = await openStudio()
    const focusOn = async (name: string) => {
      for (let step = 0; step < 30; step++) {
        await page.keyboard.press('Tab')
        if ((await page.evaluate(() => document.activeElement?.textContent?.trim())) === name) return
      }
      throw new Error(`The Tab key does not reach ${name}`)
    }
    const hasFocus = (words: string) =>
      page.waitForFunction((wanted) => document.activeElement?.textContent?.trim() === wanted, words)
    await focusOn('Use the camera')
    await page.keyboard.press('Enter')
    await hasFocus('Go live')
    await page.keyboard.press('Enter')
    await isInState(page, 'Live')
    await hasFocus('Stop')
    await page.keyboard.press('Enter')
    await isInState(page, 'Not live')
    await hasFocus('Go live')
    await focusOn('Mute')
    await page.keyboard.press('Enter')
    await page.waitForSelector('button.mute[aria-pressed=true]')
    const level = () =>
      page.evaluate(() =>
        getComputedStyle(document.querySelector('.level span') as Element).getPropertyValue('--level'),
      )
    await eventually('nothing is heard', async () => Number(await level()) === 0)
    await page.keyboard.press('Enter')
    await eventually('the beeps are heard', async () => Number(await level()) > 0.3)
  })

  it.each([
    [390, false],
    [390, true],
    [1280, true],
  ])('fits a window of %i pixels (dark: %s)', async (width, dark) => {
    const page = await openStudio({ width, dark })
    await press(page, 'Use the camera')
    await page.waitForSelector('publish-studio video:not([hidden])')
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    )
    expect(overflow).toBe(0)
    expect(watched?.complaints).toEqual([])
  })
})
