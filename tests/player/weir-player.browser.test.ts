import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { buildWeb } from '../../scripts/build-web.ts'
import { launchChromium, layoutShift, openPage, type WatchedPage } from '../support/chromium.ts'
import { eventually } from '../support/eventually.ts'
import { type PlayerSite, startPlayerSite } from '../support/player-site.ts'

let webFolder: string
let browser: Browser
let site: PlayerSite
let watched: WatchedPage

beforeAll(async () => {
  webFolder = await mkdtemp(path.join(tmpdir(), 'weir-web-'))
  await buildWeb(webFolder)
  browser = await launchChromium()
})

afterAll(async () => {
  await browser?.close()
  await rm(webFolder, { recursive: true, force: true })
})

afterEach(async () => {
  await watched?.close()
  await site?.close()
})

describe('the player in Chromium', () => {
  it('waits, starts by itself with sound, comes back after the origin was away, and ends with the broadcast', async () => {
    site = await startPlayerSite(webFolder)
    watched = await openPage(browser)
    const { page } = watched
    await page.goto(`${site.url}/watch/pb_test`)
    await reaches(page, 'waiting')
    await eventually('the title is shown', async () => (await page.textContent('h1')) === 'Lecture 1')

    await site.startBroadcast()
    site.playback = { playable: true }
    await reaches(page, 'live')
    const heard = await decodedAudioBytes(page)
    await eventually('sound is decoded', async () => (await decodedAudioBytes(page)) > heard + 4_000)
    await eventually('the latency is shown', async () => (await latencyText(page))?.match(/^\d+\.\d s$/))

    site.down = true
    await reaches(page, 'reconnecting')
    site.down = false
    await reaches(page, 'live')
    const shownAt = await currentTime(page)
    await eventually('pictures move again', async () => (await currentTime(page)) > shownAt + 1)

    await site.endBroadcast()
    site.playback = { playable: false }
    await reaches(page, 'ended')

    expect(watched.complaints).toEqual([])
    expect([...watched.hosts]).toEqual([new URL(site.url).host])
    // What a viewer would see is from 0.1 on; a busy machine has shown 0.001 once.
    expect(await layoutShift(page)).toBeLessThan(0.01)
  })

  it('plays DASH with sound when it is asked to, and asks nobody else for the time', async () => {
    site = await startPlayerSite(webFolder)
    await site.startBroadcast()
    site.playback = { playable: true }
    watched = await openPage(browser)
    const { page } = watched
    await page.goto(`${site.url}/watch/pb_test`)
    await page.locator('weir-player').evaluate((player) => player.setAttribute('engine', 'dash'))
    await reaches(page, 'live')
    await eventually('sound is decoded', async () => (await decodedAudioBytes(page)) > 4_000)
    expect(watched.complaints).toEqual([])
    expect([...watched.hosts]).toEqual([new URL(site.url).host])
  })

  it('is worked by keys: pause falls behind, the live button catches up, m mutes', async () => {
    site = await startPlayerSite(webFolder)
    await site.startBroadcast()
    site.playback = { playable: true }
    watched = await openPage(browser, { width: 320, height: 568 })
    const { page } = watched
    await page.goto(`${site.url}/watch/pb_test`)
    await reaches(page, 'live')
    // On the watch page, wherever the focus is.
    await page.keyboard.press('k')
    await reaches(page, 'behind')
    await page.getByRole('region', { name: 'Lecture 1' }).focus()
    await page.keyboard.press('m')
    await page.getByRole('button', { name: 'Unmute' }).waitFor()
    await page.getByRole('button', { name: 'Go to live' }).click()
    await reaches(page, 'live')
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320)

    await page.keyboard.press('i')
    const panel = page.locator('weir-player .info')
    await eventually('the panel tells what is played', async () => /180/.test((await panel.textContent()) ?? ''))
    expect(await panel.textContent()).toContain('© Example School. All rights reserved.')
    expect(await panel.locator('a').getAttribute('href')).toBe('https://school.example/terms')
    await page.keyboard.press('Escape')
    await eventually('it is closed', async () => (await panel.count()) === 0)
  })

  it('starts muted and offers sound where the browser blocks it', async () => {
    const strict = await launchChromium({ autoplay: false })
    try {
      site = await startPlayerSite(webFolder)
      await site.startBroadcast()
      site.playback = { playable: true }
      watched = await openPage(strict)
      const { page } = watched
      // Playwright's looks into a page count as a tap there: keep off until the player has tried to play.
      const firstSegment = page.waitForResponse(/\.m4s$/)
      await page.goto(`${site.url}/watch/pb_test`)
      await firstSegment
      await reaches(page, 'live')
      await page.getByRole('button', { name: 'Tap for sound' }).click()
      await page.getByRole('button', { name: 'Mute', exact: true }).waitFor()
      expect(await page.getByRole('button', { name: 'Tap for sound' }).count()).toBe(0)
      expect(await page.evaluate(() => document.activeElement?.localName)).toBe('weir-player')
    } finally {
      await strict.close()
    }
  })

  it('says so when nobody knows the playback id', async () => {
    site = await startPlayerSite(webFolder)
    site.playback = null
    watched = await openPage(browser)
    await watched.page.goto(`${site.url}/watch/pb_test`)
    await reaches(watched.page, 'failed')
    expect(await watched.page.getByText('There is no stream at this address').count()).toBeGreaterThan(0)
  })
})

async function reaches(page: Page, state: string): Promise<void> {
  let seen: string | null = null
  await eventually(
    `the player is ${state}`,
    async () => {
      seen = await page.locator('weir-player').getAttribute('state')
      return seen === state
    },
    { timeoutMs: 30_000 },
  ).catch((cause) => {
    throw new Error(`The player is ${seen}, not ${state}.`, { cause })
  })
}

const decodedAudioBytes = (page: Page) =>
  page
    .locator('weir-player video')
    .evaluate(
      (video) => (video as HTMLVideoElement & { webkitAudioDecodedByteCount: number }).webkitAudioDecodedByteCount,
    )

const currentTime = (page: Page) =>
  page.locator('weir-player video').evaluate((video) => (video as HTMLVideoElement).currentTime)

const latencyText = (page: Page) => page.locator('weir-player .latency').textContent({ timeout: 1_000 })
