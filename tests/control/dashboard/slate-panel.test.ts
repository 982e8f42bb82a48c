import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { assetBytes } from '#tests/support/assets.ts'
import { launchChromium, openPage, type WatchedPage } from '#tests/support/chromium.ts'
import { startTestControl, type TestControl } from '#tests/support/control-server.ts'
import { eventually } from '#tests/support/eventually.ts'
import { addStream, readStream } from '#tests/support/jobs.ts'
import { mp4Fixture } from '#tests/support/media.ts'
import { buildPages } from '#tests/support/web-pages.ts'

let control: TestControl
let browser: Browser
let folder: string
let stream: LiveStream
let watched: WatchedPage
let page: Page

beforeAll(async () => {
  await buildPages()
  folder = await mkdtemp(join(tmpdir(), 'weir-slate-panel-'))
  ;[control, browser] = await Promise.all([startTestControl(), launchChromium()])
  stream = await addStream(control)
  await writeFile(join(folder, 'broken.png'), assetBytes('jpeg'))
  await writeFile(join(folder, 'notes.txt'), 'notes')
})
afterAll(async () => {
  await browser?.close()
  await control?.stop()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  await watched?.close()
  await open({ width: 1280 })
})

async function open(options: { width: number; dark?: boolean }): Promise<void> {
  watched = await openPage(browser, { height: 900, ...options })
  page = watched.page
  page.setDefaultTimeout(30_000)
  await page.goto(control.url)
  await page.getByLabel('Admin token').fill(control.token)
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Slates' }).click()
}

const slates = async () => (await readStream(control, stream)).slate
const saved = (what: string, holds: (slate: LiveStream['slate']) => boolean) =>
  eventually(what, async () => holds(await slates()))
const shown = (moment: string) => page.getByLabel(`${moment}: what is shown`)
const uploadTo = (moment: string) => page.getByLabel(`${moment}: upload a picture or a video`)

describe('the slates of a stream on the dashboard', () => {
  it('are uploaded, previewed and chosen in one step', async () => {
    await uploadTo('While the source is away').setInputFiles(await mp4Fixture({ seconds: 2 }))
    const preview = page.getByLabel(/^Preview of .*\.mp4$/)
    await preview.waitFor()
    await eventually('the preview can be played', () =>
      preview.evaluate((video) => (video as HTMLVideoElement).readyState >= 1),
    )
    await saved('it is the slate', ({ during }) => during?.type === 'video')
    expect(await shown('While the source is away').locator('option:checked').textContent()).toMatch(
      /\(video, [\d.]+ [KM]B\)/,
    )
    expect(watched.complaints).toEqual([])
  })

  it('say next to the field what is wrong with a file, and keep what was chosen', async () => {
    const before = await slates()
    for (const [name, words] of [
      ['broken.png', 'This is not a PNG picture: its first bytes are those of a JPEG picture.'],
      ['notes.txt', /Say with Content-Type what the file is/],
    ] as const) {
      await uploadTo('Before the first picture').setInputFiles(join(folder, name))
      await page.getByRole('group', { name: 'Before the first picture' }).getByText(words).waitFor()
    }
    expect(await slates()).toEqual(before)
  })

  it('may be words, written and saved with the keyboard alone', async () => {
    await shown('When it is over').focus()
    await page.keyboard.press('ArrowDown')
    await page.getByLabel('Words').waitFor()
    await saved('a closing slate is new', ({ after }) => after?.type === 'card' && after.seconds === 10)
    expect(await shown('When it is over').evaluate((select) => select === document.activeElement)).toBe(true)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.type('See you next week')
    await page.getByRole('img', { name: 'Preview: See you next week' }).getByText('Lecture 1').waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('status').getByText('Saved', { exact: true }).waitFor()
    expect((await slates()).after).toMatchObject({ type: 'card', text: 'See you next week' })
    await page.getByLabel('Shown for').selectOption({ label: '30 seconds' })
    await saved('the time', ({ after }) => after?.seconds === 30)
    await page.getByLabel('Words').fill('')
    await page.keyboard.press('Enter')
    await saved('the usual words', ({ after }) => after?.type === 'card' && after.text === null)
  })

  it('fall back to those of all streams, which are chosen on the next tab', async () => {
    await page.getByRole('tab', { name: 'All streams' }).click()
    await shown('Before the first picture').selectOption({ label: 'Card with words' })
    await page.getByLabel('Words').fill('We begin at nine')
    await page.keyboard.press('Enter')
    await eventually('it is saved', async () =>
      (await (await control.call('GET', '/v1/settings')).text()).includes('We begin at nine'),
    )
    await page.keyboard.press('Shift+Tab')
    await page.getByRole('tab', { name: 'This stream' }).click()
    const first = shown('Before the first picture').locator('option').first()
    expect(await first.textContent()).toBe('As for all streams (“We begin at nine”)')
  })

  it('can not be deleted while they are used, and say by whom', async () => {
    await page.getByText('Uploads', { exact: true }).click()
    const remove = page.getByRole('button', { name: /^Delete .*\.mp4$/ })
    await remove.click()
    await page.getByText(/It is a slate of “Lecture 1”/).waitFor()
    await shown('While the source is away').selectOption({ index: 0 })
    await saved('it is no slate any more', ({ during }) => during === null)
    await remove.click()
    await remove.waitFor({ state: 'detached' })
    expect(await (await control.call('GET', '/v1/assets')).json()).toMatchObject({ data: [] })
  })

  it.each([true, false])('fit a window of 390 pixels (dark: %s)', async (dark) => {
    await open({ width: 390, dark })
    await uploadTo('While the source is away').setInputFiles(await mp4Fixture({ seconds: 2 }))
    await page.getByLabel(/^Preview of/).waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    const outside = await page
      .locator('slate-panel :is(select, button, input:not(.unseen), video, .button)')
      .evaluateAll((elements) => elements.filter((each) => each.getBoundingClientRect().right > 390).length)
    expect(outside).toBe(0)
    expect(watched.complaints).toEqual([])
  })
})
