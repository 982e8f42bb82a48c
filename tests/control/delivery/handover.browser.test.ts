import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { PlaybackId } from '#schema/contracts/playback-id.ts'
import { firstMediaSequence, type Package } from '#worker/package/package.ts'
import { launchChromium, openPage } from '../../support/chromium.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { eventually } from '../../support/eventually.ts'
import { reportOf } from '../../support/fake-worker.ts'
import { addStream, addWorker, claimed, publishTo } from '../../support/jobs.ts'
import { originOf, packageOf } from '../../support/live-origin.ts'
import { encodedMedia, type LoopingMedia } from '../../support/live-samples.ts'
import { buildPages } from '../../support/web-pages.ts'

let control: TestControl
let browser: Browser
let media: LoopingMedia
/** What control's clock is ahead: how leases and tokens end early. A machine that is slow to open the page has half a minute more. */
let aheadMs = -30_000
const stopping = new AbortController()
const running: Promise<void>[] = []
const origins: Awaited<ReturnType<typeof originOf>>[] = []

beforeAll(async () => {
  ;[control, browser, media] = await Promise.all([
    startTestControl({ now: () => new Date(Date.now() + aheadMs), choresEveryMs: 250 }),
    launchChromium(),
    encodedMedia({ heights: [180] }),
    buildPages(),
  ])
})
afterAll(async () => {
  stopping.abort()
  await Promise.all(running)
  await browser?.close()
  await control?.stop()
  await Promise.all(origins.map((origin) => origin.close()))
})

/** A worker with an origin of its own, on which the playback id has been on air for some seconds. */
async function workerWith(playbackId: string, epoch: string, discontinuitySequence: number) {
  const wallClockStartMs = Date.now() - 6_000
  const { package: live, feed } = packageOf(media, 'low_latency', {
    ...{ epoch, discontinuitySequence, wallClockStartMs },
    firstMediaSequence: firstMediaSequence(wallClockStartMs),
  })
  feed.advance(6)
  running.push(feed.run(stopping.signal))
  const origin = await originOf(new Map<string, Package>([[playbackId, live]]))
  origins.push(origin)
  return { origin, worker: await addWorker(control, { originUrl: new URL(origin.url).origin }) }
}

it('leads a viewer to the worker that takes a stream over, and from one token to the next, without a reload', async () => {
  const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const stream = await addStream(control)
  const made = await control.call('POST', `/v1/live-streams/${stream.id}/playback-ids`, {
    policy: 'signed',
    token_keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'site' }],
  })
  const { id } = (await made.json()) as PlaybackId
  const token = (seconds: number) =>
    new SignJWT()
      .setProtectedHeader({ alg: 'EdDSA', kid: 'site' })
      .setAudience(id)
      .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
      .sign(pair.privateKey)

  const first = await workerWith(id, 'one', 1)
  const job = await claimed(await publishTo(first.worker, stream))
  await first.worker.beat([reportOf(job)])
  const { page, close } = await openPage(browser)
  const states: string[] = []
  await page.exposeFunction('newToken', () => token(3_600))
  await page.exposeFunction('noteState', (state: string) => void states.push(state))
  await page.addInitScript(() => {
    const hooks = window as unknown as { newToken(): Promise<string>; noteState(state: string): void }
    addEventListener('weir-token-needed', async (event) =>
      (event.target as Element).setAttribute('playback-token', await hooks.newToken()),
    )
    addEventListener('weir-statechange', (event) => hooks.noteState((event as CustomEvent).detail.state))
  })
  await page.goto(`${control.url}/watch/${id}~${await token(14)}`)
  const frames = () =>
    page.evaluate(() => {
      const video = document.querySelector('weir-player')?.shadowRoot?.querySelector('video')
      return video?.getVideoPlaybackQuality().totalVideoFrames ?? 0
    })
  await eventually('it plays', () => page.$('weir-player[state="live"]'), { timeoutMs: 40_000 })
  await eventually('the page has given it another token', () => page.$('weir-player[playback-token]'))
  // For control a minute has passed: the first token is over, and so is the lease of a worker that says nothing.
  aheadMs = 30_000
  const before = await frames()
  await eventually('it plays on with that', async () => (await frames()) > before + 25)
  expect(states).toEqual(['starting', 'live'])

  const second = await workerWith(id, 'two', 2)
  await first.origin.close()
  await eventually('the lease is over, and the other worker takes the stream', async () => {
    const answer = await publishTo(second.worker, stream)
    if (!answer.ok) return false
    await second.worker.beat([reportOf(await claimed(answer))])
    return true
  })
  const reloads = await page.evaluate(() => performance.getEntriesByType('navigation').length)
  const atHandover = await frames()
  await eventually('it plays on from the other worker', async () => (await frames()) > atHandover + 50, {
    timeoutMs: 40_000,
  })
  await eventually('it is live again', () => page.$('weir-player[state="live"]'))
  expect([reloads, states.includes('failed'), states.includes('ended')]).toEqual([1, false, false])
  await close()
})
