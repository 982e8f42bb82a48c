import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium, openPage, type WatchedPage } from '#tests/support/chromium.ts'
import { startTestControl, type TestControl } from '#tests/support/control-server.ts'
import { eventually } from '#tests/support/eventually.ts'
import { addStream } from '#tests/support/jobs.ts'
import { buildPages } from '#tests/support/web-pages.ts'
import { startWebhookReceiver, type WebhookReceiver } from '#tests/support/webhook-receiver.ts'

let control: TestControl
let receiver: WebhookReceiver
let browser: Browser
let owner: WatchedPage
let operator: WatchedPage

async function signIn({ page }: WatchedPage, token: string, area: string): Promise<void> {
  page.setDefaultTimeout(30_000)
  await page.goto(`${control.url}/admin#${area}`)
  await page.locator('sign-in input').first().fill(token)
  await page.keyboard.press('Enter')
}

beforeAll(async () => {
  await buildPages()
  const environment = { WEIR_WEBHOOK_ALLOW: '127.0.0.0/8' }
  ;[control, receiver, browser] = await Promise.all([
    startTestControl({ environment, choresEveryMs: 200 }),
    startWebhookReceiver(),
    launchChromium(),
  ])
  ;[owner, operator] = await Promise.all([openPage(browser), openPage(browser)])
  await signIn(owner, control.token, 'webhooks')
})
afterAll(async () => {
  await owner?.close()
  await operator?.close()
  await browser?.close()
  await receiver?.stop()
  await control?.stop()
})

describe('the Webhooks area', () => {
  it('adds one, shows its secret once, and says what came of a test', async () => {
    const { page } = owner
    const dialog = page.getByRole('dialog')
    await page.getByRole('button', { name: 'New webhook' }).click()
    await dialog.getByLabel('Address').fill('https://10.0.0.1/hooks')
    await dialog.getByRole('button', { name: 'Add webhook' }).click()
    await dialog.getByText('leads into a private network').waitFor()
    await dialog.getByLabel('Address').fill(receiver.url)
    await dialog.getByLabel('What it is for').fill('Chat')
    await dialog.getByRole('button', { name: 'Add webhook' }).click()
    expect(await dialog.getByLabel('Secret', { exact: true }).inputValue()).toMatch(/^whsec_/)
    await dialog.getByRole('button', { name: 'Done' }).click()
    expect(await page.content()).not.toContain('whsec_')
    await page.getByRole('button', { name: 'Send a test to Chat' }).click()
    await page.getByText('The test was taken: 204').waitFor()
  })

  it('shows what a receiver refused, and sends it once more', async () => {
    const { page } = owner
    receiver.answer(() => ({ status: 500, body: 'No room.' }))
    await addStream(control, { name: 'Lecture' })
    await page.getByRole('button', { name: 'Deliveries to Chat' }).click()
    const delivery = page.locator('.deliveries li').filter({ hasText: 'stream.created' })
    await delivery.locator('summary').click()
    await delivery.getByText('No room.').waitFor()
    await page.getByText('Fails').waitFor()
    receiver.answer(() => ({ status: 204 }))
    await delivery.getByRole('button', { name: 'Send once more' }).click()
    await delivery.getByText('Delivered').waitFor()
  })
})

describe('the Alerts area', () => {
  const setThreshold = (page: Page, days: string) =>
    page
      .getByLabel('Signing key old: days')
      .fill(days)
      .then(() => page.keyboard.press('Tab'))

  it('raises one by its rule, which an operator may take note of and not change', async () => {
    await owner.page.goto(`${control.url}/admin#alerts`)
    await setThreshold(owner.page, '0')
    await owner.page.getByText('Saved.').waitFor()
    const made = await control.call('POST', '/v1/tokens', { name: 'Otto', scopes: ['read', 'write'] })
    await signIn(operator, ((await made.json()) as { token: string }).token, 'alerts')
    await operator.page.getByText('An owner may change these.').waitFor()
    expect(await operator.page.getByLabel('Signing key old: days').isDisabled()).toBe(true)
    await operator.page.getByRole('button', { name: 'I know of it' }).click()
    await operator.page.getByText('Otto knows of it').waitFor()
    await eventually('webhooks are told', () => receiver.told().some(({ type }) => type === 'alert.raised'))
  })

  it('shows that it is over', async () => {
    await setThreshold(owner.page, '365')
    await owner.page.getByText('All is well.').waitFor()
    await owner.page.getByText('What is over').waitFor()
    await owner.page.getByRole('cell', { name: 'Signing key' }).first().waitFor()
    expect([...owner.complaints, ...operator.complaints]).toEqual([])
  })
})
