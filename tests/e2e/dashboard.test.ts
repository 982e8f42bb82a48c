import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { launchChromium, openPage, type WatchedPage } from '#tests/support/chromium.ts'
import { startEncoder } from '#tests/support/encoder.ts'
import { eventually } from '#tests/support/eventually.ts'
import { type NginxRtmp, startNginxRtmp } from '#tests/support/nginx-rtmp.ts'
import type { TestProcess } from '#tests/support/processes.ts'
import { smallLadder, TestWeir } from '#tests/support/weir.ts'

// An operator's first half hour, in a real browser on a real install.
let weir: TestWeir
let platform: NginxRtmp
let browser: Browser
let watched: WatchedPage
let page: Page
let stream: LiveStream
let streamKey: string
let encoder: TestProcess

const card = () => page.locator('stream-card')
/** Waits until the card's words contain this. */
const shows = (words: RegExp, timeoutMs = 20_000) =>
  eventually(
    `the card shows ${words}`,
    async () => {
      const shown = (await card().allInnerTexts()).join(' ')
      if (words.test(shown)) return true
      throw new Error(`It shows: ${shown}`)
    },
    { timeoutMs },
  )

/** The report of the broadcast that was, on a page of its own, which breaks no rule and fits a telephone. */
async function readReport(): Promise<void> {
  const [broadcast] = await weir.reports(stream.id)
  const report = await page.context().newPage()
  report.on('console', (message) => message.type() === 'error' && watched.complaints.push(message.text()))
  await report.setViewportSize({ width: 390, height: 844 })
  await report.goto(`${weir.url}/broadcasts/${broadcast!.id}`)
  await report.getByRole('heading', { name: 'Lecture 1' }).waitFor()
  await report.getByRole('img', { name: /^Platform: .*Broadcasting/ }).waitFor()
  await report.getByText('The source was away').waitFor()
  expect(await report.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  await report.close()
}

/** Its figures over time, on a page of their own, read by pointer, by keys and as a table; it breaks no rule and fits a telephone. */
async function readStatistics(): Promise<void> {
  const statistics = await page.context().newPage()
  statistics.on('console', (message) => message.type() === 'error' && watched.complaints.push(message.text()))
  await statistics.setViewportSize({ width: 390, height: 844 })
  await statistics.goto(`${weir.url}/statistics/${stream.id}`)
  await statistics.getByRole('heading', { name: 'Lecture 1' }).waitFor()
  const chart = statistics.locator('time-chart').filter({ has: statistics.getByRole('heading', { name: 'Bit rate' }) })
  const plot = chart.getByRole('img', { name: /^Bit rate: Comes in from .* to .*bit\/s/ })
  await plot.waitFor()
  await plot.focus()
  await statistics.keyboard.press('ArrowLeft')
  await eventually('a value is told', async () =>
    /Comes in .*bit\/s/.test((await chart.getByRole('status').textContent()) ?? ''),
  )
  // From now on the newest value is told again: what is told may take another line, which moves what is below.
  await statistics.keyboard.press('Escape')
  await chart.getByText('As a table').click()
  await chart.getByRole('cell').first().waitFor()
  await statistics.getByRole('button', { name: '1 hour' }).click()
  await eventually('the address says so', () => statistics.url().endsWith('#1h'))
  await statistics.getByLabel('Of').selectOption({ label: 'Platform' })
  await statistics.getByRole('img', { name: /^Queue: Waits to be sent from / }).waitFor()
  const table = await statistics
    .context()
    .request.get(
      new URL((await statistics.getByRole('link', { name: 'CSV' }).getAttribute('href')) ?? '', weir.url).href,
    )
  expect(await table.text()).toMatch(/^time,bitrate_kbps \(kbit\/s\),/)
  expect(await statistics.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  await statistics.close()
}

beforeAll(async () => {
  weir = await TestWeir.start()
  platform = await startNginxRtmp()
  browser = await launchChromium()
  watched = await openPage(browser, { width: 1440, height: 1000 })
  page = watched.page
  page.setDefaultTimeout(30_000)
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.goto(weir.url)
})

afterAll(async () => {
  await encoder?.end('SIGKILL')
  await browser?.close()
  await weir?.close()
  await platform?.close()
})

describe('the dashboard', () => {
  it('refuses a wrong token in words, and lets the right one in for good', async () => {
    await page.getByLabel('Admin token').fill('wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText(/This token is not known here/).waitFor()
    await page.getByLabel('Admin token').fill(weir.token)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Sign out' }).waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'Sign out' }).waitFor()
    expect(await page.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length])).toEqual(['', 0, 0])
  })

  it('begins with one thing to do, and makes a stream with what to paste into OBS', async () => {
    await page.locator('.empty').getByRole('button').click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Create stream' }).click()
    await dialog.getByText(/at least one character/i).waitFor()
    await dialog.getByLabel('Name').fill('Lecture 1')
    await dialog.getByRole('button', { name: 'Create stream' }).click()
    await dialog.getByRole('heading', { name: '“Lecture 1” is ready' }).waitFor()
    expect(await dialog.getByRole('textbox', { name: 'Server' }).inputValue()).toBe(weir.rtmpUrl)
    expect(await dialog.getByLabel('Stream key', { exact: true }).inputValue()).toMatch(/^•+$/)
    await dialog.getByRole('button', { name: 'Copy stream key' }).click()
    await dialog.getByText('Copied').first().waitFor()
    streamKey = await page.evaluate(() => navigator.clipboard.readText())
    expect(streamKey).toMatch(/^\w{20,}$/)
    await dialog.getByRole('button', { name: 'Done' }).click()
    const { data } = await weir.api<{ data: LiveStream[] }>('GET', '/v1/live-streams')
    stream = data[0]!
    await shows(/Lecture 1[\s\S]*Not live/)
    const [studio] = await Promise.all([
      page.context().waitForEvent('page'),
      page.getByRole('button', { name: 'Go live from here' }).click(),
    ])
    await studio.getByRole('heading', { name: 'Lecture 1' }).waitFor()
    expect(studio.url()).not.toContain(streamKey)
    await studio.close()
  })

  it('shows the stream go live by itself, with its picture and what the source sends', async () => {
    await weir.api('PATCH', `/v1/live-streams/${stream.id}`, smallLadder)
    encoder = await startEncoder(weir.rtmpUrl, streamKey)
    await shows(/Live\s+for/)
    await shows(/H\.264 [\w ]+ · 640 × 360 · 25 fps · keyframe every \d+ s · AAC 48 kHz stereo · \S+ [kM]bit/)
    await shows(/360p[\s\S]*180p/)
    await eventually('the picture is there', () =>
      page.locator('live-picture img').evaluate((image) => (image as HTMLImageElement).naturalWidth > 0),
    )
  })

  it('takes a backup input, puts it on air by hand, and goes back to the first that sends', async () => {
    const inputs = page.locator('input-list')
    await inputs.getByRole('button', { name: 'Add a backup' }).click()
    await inputs.getByRole('radio', { name: /An address/ }).check()
    await inputs.getByRole('textbox', { name: 'Address', exact: true }).fill('ftp://media.example/a')
    await inputs.getByRole('button', { name: 'Add', exact: true }).click()
    await inputs.getByText(/begins with http:/).waitFor()
    await inputs.getByRole('radio', { name: /A test picture/ }).check()
    await inputs.getByRole('button', { name: 'Add', exact: true }).click()
    await shows(/Encoder\s+On air[\s\S]*Test picture\s+Standing by/)
    await inputs.getByRole('button', { name: 'Put on air: Test picture' }).click()
    await shows(/Encoder\s+Standing by[\s\S]*Test picture\s+Chosen by you\s+On air/)
    await inputs.getByRole('button', { name: 'Back to automatic' }).click()
    await shows(/Encoder\s+On air[\s\S]*Test picture\s+Standing by/)
    await inputs.getByRole('button', { name: 'Remove Test picture' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await eventually('one input is left', async () => (await inputs.locator('input-row').count()) === 1)
    await shows(/Live\s+for/)
  })

  it('gives SRT callers one address with all in it, and browsers their own', async () => {
    await page.getByRole('button', { name: 'Connect an encoder' }).click()
    await page.getByRole('tab', { name: 'RTMP' }).focus()
    await page.keyboard.press('ArrowRight')
    const address = page.getByRole('textbox', { name: 'Address with key and passphrase' })
    expect(await address.inputValue()).not.toContain(streamKey)
    await page.getByRole('button', { name: 'Reveal' }).click()
    await eventually('it is whole', async () =>
      (await address.inputValue()).includes(`?streamid=publish:${streamKey}&passphrase=`),
    )
    await page.getByRole('tab', { name: 'WebRTC' }).click()
    expect(await page.getByRole('textbox', { name: 'Server' }).inputValue()).toBe(`${weir.url}/live/${stream.id}/whip`)
    await page.getByRole('button', { name: 'Connect an encoder' }).click()
  })

  it('tells what is wrong with a destination at its field, then adds it, pauses and resumes it', async () => {
    await page.getByRole('button', { name: 'Add a destination' }).click()
    const form = page.getByRole('form', { name: 'Add a destination' })
    await form.getByRole('radio', { name: 'Custom server' }).check()
    await form.getByLabel('Address').fill('https://example.com')
    await form.getByLabel('Stream key', { exact: true }).fill('platform-key')
    await form.getByRole('button', { name: 'Add' }).click()
    await form.getByText(/rtmp:\/\/host\/app/).waitFor()
    await form.getByLabel('Address').fill(platform.url)
    await form.getByText('More: name').click()
    await form.getByLabel(/^Name/).fill('Platform')
    await form.getByRole('button', { name: 'Add' }).click()
    await shows(/Platform[\s\S]*Broadcasting/)
    await page.getByRole('button', { name: 'Pause Platform' }).click()
    await shows(/Platform[\s\S]*Paused/)
    await page.getByRole('button', { name: 'Resume Platform' }).click()
    await shows(/Platform[\s\S]*Broadcasting/)
  })

  it('shows the source going away as a problem, and what happened', async () => {
    await encoder.end('SIGKILL')
    await shows(/Reconnecting/)
    await page.getByText('1 problem').waitFor()
    await page.getByRole('button', { name: 'What happened' }).click()
    await shows(/On air/)
  })

  it('gives the snippet for a page, ends the broadcast and deletes the stream, each after a question', async () => {
    await page.getByRole('button', { name: 'Put it on your site' }).click()
    expect(await card().locator('textarea, input.code').first().inputValue()).toContain(stream.playback_ids[0]!.id)
    await page.getByRole('button', { name: 'End broadcast' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'End broadcast' }).click()
    await shows(/Not live/)
    await readReport()
    await readStatistics()
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByLabel('What viewers get').selectOption('source')
    await page.getByLabel('Even out the loudness').check()
    await eventually('the settings are kept', async () => {
      const { ladder, audio } = await weir.stream(stream.id)
      return ladder.preset === 'source' && audio.normalize
    })
    await page
      .getByRole('button', { name: /Delete/ })
      .first()
      .click()
    await page.getByRole('dialog').getByText('Lecture 1').first().waitFor()
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /Delete/ })
      .click()
    await eventually('the card is gone', async () => (await card().count()) === 0)
    await expect(weir.stream(stream.id)).rejects.toThrow('404')
  })

  it('keeps a strict policy, talks to nobody else, and fits a telephone', async () => {
    expect(watched.complaints).toEqual([])
    expect([...watched.hosts]).toEqual([new URL(weir.url).host])
    await page.setViewportSize({ width: 390, height: 844 })
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Admin token').waitFor()
    expect((await page.request.get(`${weir.url}/v1/live-streams`)).status()).toBe(401)
  })
})
