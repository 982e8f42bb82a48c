import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Destination, type DestinationStatus, idleDestination } from '#schema/contracts/destination.ts'
import type { Job } from '#schema/contracts/job.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { SessionReport } from '#schema/contracts/worker.ts'
import { launchChromium, openPage, type WatchedPage } from '#tests/support/chromium.ts'
import { startTestControl, type TestControl } from '#tests/support/control-server.ts'
import { eventually } from '#tests/support/eventually.ts'
import { type FakeWorker, reportOf } from '#tests/support/fake-worker.ts'
import { orderedCheck } from '#tests/support/fake-worker-checks.ts'
import { addStream, addWorker, claimed, publishTo, readStream } from '#tests/support/jobs.ts'
import { buildPages } from '#tests/support/web-pages.ts'

// Real control and a real browser; the worker only says what the test wants to be seen.
let control: TestControl
let browser: Browser
let worker: FakeWorker
let stream: LiveStream
let job: Job
/** What the worker says of the streams that it runs, again and again: else it counts as gone. */
let sessions: SessionReport[] = []
let beating: NodeJS.Timeout
let watched: WatchedPage
let page: Page
let form: Locator

beforeAll(async () => {
  await buildPages()
  ;[control, browser] = await Promise.all([startTestControl(), launchChromium()])
  worker = await addWorker(control)
  beating = setInterval(() => void worker.beat(sessions).catch(() => {}), 2_000)
  stream = await addStream(control)
  watched = await openPage(browser, { width: 1280, height: 1000 })
  page = watched.page
  page.setDefaultTimeout(30_000)
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.goto(control.url)
  await page.getByLabel('Admin token').fill(control.token)
  await page.keyboard.press('Enter')
  form = page.getByRole('form', { name: 'Add a destination' })
})
afterAll(async () => {
  clearInterval(beating)
  await browser?.close()
  await control?.stop()
})

const stored = async (name: string): Promise<Destination> => {
  const found = (await readStream(control, stream)).destinations.find((each) => each.name === name)
  if (!found) throw new Error(`There is no ${name}.`)
  return found
}
const plan = () => page.getByRole('region', { name: 'What it will be sent' })
const row = (name: string) => page.locator('destination-row').filter({ has: page.locator('b', { hasText: name }) })
/** What the worker says of destinations now; of the others it says nothing. */
const says = async (statuses: Record<string, Partial<DestinationStatus>>) => {
  const destinations = await Promise.all(
    Object.entries(statuses).map(async ([name, status]) => ({
      ...{ ...idleDestination, ...status },
      id: (await stored(name)).id,
    })),
  )
  sessions = [reportOf(job, { destinations })]
  expect((await worker.beat(sessions)).status).toBe(200)
}

describe('a destination on the dashboard', () => {
  it('is added by a platform and a key, with help to find that and a picture of what it will be sent', async () => {
    await page.getByRole('button', { name: 'Add a destination' }).click()
    await page.keyboard.press('ArrowRight')
    await eventually('the keyboard chooses a platform', () => form.getByRole('radio', { name: 'Twitch' }).isChecked())
    const help = form.getByRole('link', { name: /^Open Twitch’s page/ })
    expect(await help.getAttribute('target')).toBe('_blank')
    expect(await help.getAttribute('rel')).toContain('noopener')
    expect(await form.getByLabel('Server').locator('option:checked').textContent()).toBe('Nearest')
    await plan().getByText('1280 × 720').first().waitFor()
    await plan()
      .getByText(/The same encode as for viewers/)
      .waitFor()
    await plan()
      .getByText(/Takes \d+ % of what the worker “fake”/)
      .waitFor()
    await form.getByRole('button', { name: 'Add', exact: true }).click()
    await form.getByText('Paste the stream key that the platform shows you.').waitFor()
    const key = form.getByLabel('Stream key', { exact: true })
    expect(await key.evaluate((input) => input === document.activeElement)).toBe(true)
    await page.evaluate(() => navigator.clipboard.writeText(' live_1\n234 '))
    await page.keyboard.press('ControlOrMeta+v')
    await form.getByRole('button', { name: 'Show the stream key' }).click()
    expect(await key.inputValue()).toBe('live_1234')
    expect(await key.getAttribute('type')).toBe('text')
    await form.getByRole('button', { name: 'Add', exact: true }).click()
    await row('Twitch').waitFor()
    expect(await stored('Twitch')).toMatchObject({ platform: 'twitch', url: expect.stringContaining('global') })
  })

  it('is told what becomes of a wish, and says when nobody knows', async () => {
    await row('Twitch').getByRole('button', { name: 'Edit Twitch' }).click()
    const edit = page.getByRole('form', { name: 'Change this destination' })
    await edit.getByRole('radio', { name: /^Its own/ }).check()
    await edit.getByLabel('Picture, kbit/s').fill('8')
    await edit.getByText('Must be at least 100.').waitFor()
    await edit.getByLabel('Picture, kbit/s').fill('8000')
    await plan()
      .getByText(/^Twitch takes 6000 kbit\/s at most for this picture, so it gets 6\.0 Mbit\/s instead of 8\.0/)
      .waitFor()
    await page.route('**/v1/plan', (route) => route.abort())
    await edit.getByRole('radio', { name: 'Upright, 9:16' }).check()
    await plan()
      .getByText(/Weir does not answer/)
      .waitFor()
    await page.unroute('**/v1/plan')
    await plan().getByRole('button', { name: 'Try again' }).click()
    await plan()
      .getByText(/^720 × 1280/)
      .first()
      .waitFor()
    await edit.getByRole('radio', { name: /Cut to fit/ }).check()
    await edit.getByLabel('Longest broadcast, hours').fill('0,001')
    await edit.getByRole('button', { name: 'Save' }).click()
    await edit.getByText(/at least a minute/).waitFor()
    await edit.getByLabel('Longest broadcast, hours').fill('2')
    await edit.getByRole('button', { name: 'Save' }).click()
    await row('Twitch')
      .getByText(/720p upright/)
      .waitFor()
    expect(await stored('Twitch')).toMatchObject({
      profile: { height: 720, video_bitrate_kbps: 8_000, orientation: 'vertical', framing: 'crop' },
      max_duration_s: 7_200,
    })
  })

  it('that is a server of one’s own is pasted whole, and begins when somebody says so', async () => {
    await page.getByRole('button', { name: 'Add a destination' }).click()
    await form.getByRole('radio', { name: 'Custom server' }).check()
    await form.getByLabel('Stream key', { exact: true }).focus()
    await page.evaluate(() => navigator.clipboard.writeText('rtmp://127.0.0.1/app/abc'))
    await page.keyboard.press('ControlOrMeta+v')
    expect(await form.getByLabel('Address').inputValue()).toBe('rtmp://127.0.0.1/app')
    await form.getByRole('button', { name: 'Check connection' }).click()
    const { id, url } = await orderedCheck(worker)
    expect(url).toBe('rtmp://127.0.0.1/app')
    await worker.post(`destination-checks/${id}`, {
      ...{ ok: false, steps: [{ name: 'resolve', ms: 2 }] },
      error: { code: 'unreachable', detail: 'Nobody listens there.', fix: 'Start the server.' },
    })
    await form.getByText('The address exists, after 2 ms').waitFor()
    await form.getByText(/^Nobody listens there\. Start the server\.$/).waitFor()
    await form.getByText('More: name, start and end').click()
    await form.getByLabel('Name').fill('Hall')
    await form.getByLabel('Starts', { exact: true }).selectOption({ label: 'When I press start' })
    await form.getByRole('button', { name: 'Add', exact: true }).click()
    await row('Hall').getByText('Waits until you start it').waitFor()
    await row('Hall').getByRole('button', { name: 'Start Hall' }).click()
    await eventually('it is ordered', async () => (await stored('Hall')).ordered === 'start')
  })

  it('shows what it gets and how that goes, and what is wrong with what to do', async () => {
    job = await claimed(await publishTo(worker, stream))
    sessions = [reportOf(job)]
    const sends = {
      ...{ width: 1280, height: 720, fps: 30, video_bitrate_kbps: 2_500, audio_bitrate_kbps: 128 },
      ...{ keyframe_interval_s: 2, from: 'shared' as const },
    }
    const connected_at = new Date().toISOString()
    await says({
      Twitch: { state: 'broadcasting', connected_at, bitrate_kbps: 2_610, sessions: 1, round_trip_ms: 23, sends },
      Hall: {
        ...{ state: 'errored', retries: 3, sends },
        last_error: { code: 'rejected', detail: 'The key is wrong.', fix: 'Paste it again.', severity: 'error' },
      },
    })
    await row('Twitch')
      .getByText(/Broadcasting/)
      .waitFor()
    expect(await row('Twitch').textContent()).toMatch(
      /1280 × 720 · 30 fps · 2\.5 Mbit\/s[\s\S]*Shared with viewers[\s\S]*2\.6 Mbit\/s[\s\S]*23 ms/,
    )
    await row('Hall')
      .getByText(/The key is wrong\. \(3 attempts so far\) Paste it again\./)
      .waitFor()
    await row('Hall').getByRole('button', { name: 'Edit Hall' }).click()
    await row('Hall').getByLabel('Stream key', { exact: true }).fill('right')
    await row('Hall').getByRole('button', { name: 'Save' }).click()
    await eventually(
      'nobody asks, as nothing is broadcast',
      async () => (await row('Hall').locator('form').count()) === 0,
    )
    await row('Twitch').getByRole('button', { name: 'Edit Twitch' }).click()
    await row('Twitch').getByLabel('Stream key', { exact: true }).fill('another')
    await row('Twitch').getByRole('button', { name: 'Save' }).click()
    await row('Twitch')
      .getByText(/The platform sees the end of the stream, and a new session begins/)
      .waitFor()
    await row('Twitch').getByRole('button', { name: 'Change it' }).click()
    await eventually('the form is gone', async () => (await row('Twitch').locator('form').count()) === 0)
    await row('Twitch').getByRole('button', { name: 'Stop Twitch' }).click()
    await eventually('it is ordered', async () => (await stored('Twitch')).ordered === 'stop')
  })
})

describe('the settings of a stream that is on air', () => {
  it('refuse lengths that the rules of HLS do not allow, at the field', async () => {
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByText('Lengths of what players fetch').click()
    await page.getByLabel('Segment, seconds').fill('3')
    await page.getByRole('button', { name: 'Save lengths' }).click()
    await page.getByText(/Every segment begins with a keyframe/).waitFor()
    expect((await readStream(control, stream)).packaging.segment_s).toBeNull()
  })

  it('say what a change does to the broadcast before it is made', async () => {
    const ladder = page.getByLabel('What viewers get', { exact: true })
    const chosen = async () => (await readStream(control, stream)).ladder.preset
    await ladder.selectOption('360p')
    await page.getByRole('group', { name: /What this change does/ }).waitFor()
    expect(await chosen()).toBe('auto')
    await page.getByRole('button', { name: 'Leave it as it is' }).click()
    expect(await ladder.inputValue()).toBe('auto')
    await ladder.selectOption('360p')
    await page.getByRole('button', { name: 'Change it' }).click()
    await eventually('it holds', async () => (await chosen()) === '360p')
  })
})

describe('the page', () => {
  it('breaks no rule of its policy, asks nobody else, and fits a telephone with all of it open', async () => {
    await page.getByRole('button', { name: 'Edit Hall' }).click()
    await page.setViewportSize({ width: 390, height: 844 })
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    expect(watched.complaints).toEqual([])
    expect([...watched.hosts]).toEqual([new URL(control.url).host])
  })
})
