import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium, openPage, type WatchedPage } from '#tests/support/chromium.ts'
import { startTestControl, type TestControl } from '#tests/support/control-server.ts'
import { eventually } from '#tests/support/eventually.ts'
import { type FakeWorker, joinFakeWorker, reportOf } from '#tests/support/fake-worker.ts'
import { addStream, polled } from '#tests/support/jobs.ts'
import { buildPages } from '#tests/support/web-pages.ts'

let control: TestControl
let browser: Browser
let watched: WatchedPage
let page: Page
beforeAll(async () => {
  await buildPages()
  ;[control, browser] = await Promise.all([startTestControl(), launchChromium()])
  watched = await openPage(browser, { height: 900, width: 1280 })
  page = watched.page
  page.setDefaultTimeout(30_000)
  await page.goto(`${control.url}/admin#workers`)
  await page.locator('sign-in input').first().fill(control.token)
  await page.keyboard.press('Enter')
})
afterAll(async () => {
  await watched?.close()
  await browser?.close()
  await control?.stop()
})

const workers = async () =>
  (
    (await (await control.call('GET', '/v1/workers')).json()) as {
      data: { id: string; name: string; drain: unknown }[]
    }
  ).data

describe('workers on the administration page', () => {
  let worker: FakeWorker

  it('are added with one command that is shown once', async () => {
    await page.getByLabel('Name', { exact: true }).fill('Berlin 1')
    await page.getByLabel('Labels', { exact: true }).fill('region=eu, disk=fast')
    await page.getByRole('button', { name: 'Make the command' }).click()
    const command = page.getByLabel('Run this on the machine', { exact: true })
    await command.waitFor()
    const [, token = ''] = /^echo "(\w+)" \| weir-worker join http:\S+$/.exec(await command.inputValue()) ?? []
    worker = await joinFakeWorker((path, init) => fetch(`${control.url}${path}`, init), token)
    const panel = page.getByRole('region', { name: 'Berlin 1' })
    await panel.waitFor()
    await panel.getByText('Online').waitFor()
    await panel.getByText('region=eu').waitFor()
    await panel.getByText(/\d of 200\.0 free/).waitFor()
  })

  it('say which label can not be one', async () => {
    await page.getByLabel('Labels', { exact: true }).fill('nonsense')
    await page.getByRole('button', { name: 'Make the command' }).click()
    await page.getByText('Write a label as key=value').first().waitFor()
  })

  it('show what runs there, are emptied after a question, work again, and are forgotten once they are empty', async () => {
    const panel = page.getByRole('region', { name: 'Berlin 1' })
    await addStream(control, { name: 'Lecture 7', source: { type: 'test' } })
    const [job] = await polled(worker)
    await worker.beat(job ? [reportOf(job)] : [])
    await panel.getByText('One live stream, and settings').click()
    await panel.getByText('Lecture 7').waitFor()
    await panel.getByRole('button', { name: 'Empty it' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Empty it' }).click()
    await panel.getByText('Hands its streams over').waitFor()
    await panel.getByRole('button', { name: 'Let it work again' }).click()
    await eventually('it is not emptied', async () => (await workers())[0]?.drain === null)
    await control.call('PATCH', `/v1/workers/${worker.id}`, { draining: true })
    await worker.beat(job ? [reportOf(job, { ended: true, status: 'idle' })] : [])
    await panel.getByText('Empty: it can be stopped').waitFor()
    await panel.getByRole('button', { name: 'Forget' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Forget' }).click()
    await page.getByText('No worker has joined yet').waitFor()
    expect(await workers()).toEqual([])
  })
})
