import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { InstallSettings } from '#schema/contracts/settings.ts'
import { launchChromium, openPage, type WatchedPage } from '#tests/support/chromium.ts'
import { startTestControl, type TestControl } from '#tests/support/control-server.ts'
import { eventually } from '#tests/support/eventually.ts'
import { addStream, readStream } from '#tests/support/jobs.ts'
import { buildPages } from '#tests/support/web-pages.ts'

let control: TestControl
let browser: Browser
let owner: WatchedPage
let guest: WatchedPage
let page: Page
let stream: LiveStream
beforeAll(async () => {
  await buildPages()
  ;[control, browser] = await Promise.all([startTestControl(), launchChromium()])
  stream = await addStream(control, { name: 'Lecture' })
  owner = await openPage(browser, { height: 900, width: 1280 })
  guest = await openPage(browser, { height: 900, width: 1280 })
  page = owner.page
  for (const each of [owner.page, guest.page]) each.setDefaultTimeout(30_000)
  await page.goto(`${control.url}/admin#access`)
  await page.locator('sign-in input').first().fill(control.token)
  await page.keyboard.press('Enter')
})
afterAll(async () => {
  await owner?.close()
  await guest?.close()
  await browser?.close()
  await control?.stop()
})

const statusOf = async (token: string) =>
  (await fetch(`${control.url}/v1/live-streams`, { headers: { authorization: `Bearer ${token}` } })).status

describe('the Access area', () => {
  let ownToken: string

  it('makes a link that lets one person in, who gets a token that is shown once', async () => {
    await page.getByLabel('Invite somebody').fill('Vera')
    await page.getByRole('button', { name: 'Make a link' }).click()
    const link = await page.getByRole('textbox', { name: 'Link for Vera' }).inputValue()
    await guest.page.goto(link)
    expect(await guest.page.getByLabel('Your name').inputValue()).toBe('Vera')
    await guest.page.getByRole('button', { name: 'Join' }).click()
    ownToken = await guest.page.getByRole('textbox', { name: 'Your sign-in token' }).inputValue()
    expect(ownToken).toMatch(/^weir_user_/)
    expect(guest.page.url()).toBe(`${control.url}/join`)
    await guest.page.goto(link)
    await guest.page.getByRole('button', { name: 'Join' }).click()
    await guest.page.getByText('unknown, used or over').waitFor()
  })

  it('shows a viewer no button that changes something, and says why', async () => {
    const { page: viewer } = guest
    await viewer.goto(control.url)
    await viewer.getByText('your role here is viewer').waitFor()
    await viewer.getByRole('heading', { name: 'Lecture' }).waitFor()
    const buttons = (await viewer.locator('button:visible').allInnerTexts()).map((text) => text.trim())
    expect(buttons.sort()).toEqual(['Past broadcasts', 'Put it on your site', 'Sign out', 'What happened'])
    await viewer.goto(`${control.url}/admin#access`)
    await viewer.getByRole('heading', { name: 'Where you are signed in' }).waitFor()
    expect(await viewer.getByRole('heading', { name: 'Tokens for programs' }).count()).toBe(0)
    expect(await viewer.getByRole('link', { name: 'Audit log' }).count()).toBe(0)
    await viewer.goto(`${control.url}/admin#audit`)
    await viewer.getByRole('heading', { name: 'Workers' }).waitFor()
    expect(await viewer.getByRole('heading', { name: 'Add a worker' }).count()).toBe(0)
    await viewer.goto(`${control.url}/logs/${stream.id}`)
    await viewer.getByRole('heading', { name: 'Lecture' }).waitFor()
    expect(await viewer.getByRole('button', { name: /Log everything/ }).count()).toBe(0)
  })

  it('shows the role that holds where another one is refused, and why', async () => {
    const problem = {
      status: 409,
      contentType: 'application/problem+json',
      body: '{"detail": "This is the last one."}',
    }
    await page.route('**/v1/users/*', (route) => route.fulfill(problem), { times: 1 })
    const role = page.getByRole('combobox', { name: 'Role of Vera' })
    await role.selectOption('owner')
    await page.getByText('This is the last one.').waitFor()
    await eventually('it is as before', async () => (await role.inputValue()) === 'viewer')
  })

  it('makes a token for one stream, shows it once, and revokes it', async () => {
    await page.getByLabel('New token').fill('Wall display')
    await page.getByLabel('On', { exact: true }).selectOption('Lecture')
    await page.getByRole('button', { name: 'Make a token' }).click()
    const token = await page.getByRole('textbox', { name: 'Token “Wall display”' }).inputValue()
    expect(await statusOf(token)).toBe(200)
    const row = page.getByRole('row', { name: 'Wall display' })
    await row.getByText('only “Lecture”').waitFor()
    await page.setViewportSize({ width: 390, height: 844 })
    const { x = 0, width = 0 } = (await page.getByRole('button', { name: 'Revoke Wall display' }).boundingBox()) ?? {}
    expect(x).toBeGreaterThan(0)
    expect(x + width).toBeLessThan(390)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    await page.setViewportSize({ width: 1280, height: 900 })
    await row.getByRole('button', { name: 'Revoke' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await row.waitFor({ state: 'detached' })
    expect(await statusOf(token)).toBe(401)
  })

  it('removes a person, who is signed out', async () => {
    await page.getByRole('row', { name: 'Vera' }).getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('row', { name: 'Vera' }).waitFor({ state: 'detached' })
    expect(await statusOf(ownToken)).toBe(401)
  })

  it('has all of it in the audit log, in sentences', async () => {
    await page.getByRole('link', { name: 'Audit log' }).click()
    await page.getByText('Admin deleted the person “Vera”.').waitFor()
    await page.getByText('Vera came by invitation and signed in.').waitFor()
    await page.getByLabel('What', { exact: true }).selectOption('Tokens')
    await page.getByText('Admin deleted the token “Wall display”.').waitFor()
    expect(await page.getByText('Vera came by invitation').count()).toBe(0)
  })

  it('replaces a stream key and lets the old one work for an hour', async () => {
    await page.goto(control.url)
    await page.getByRole('button', { name: 'Connect an encoder' }).click()
    await page.getByRole('button', { name: 'Replace the key' }).click()
    const dialog = page.getByRole('dialog', { name: /Replace the stream key/ })
    await dialog.getByLabel('The old ones work').selectOption('for one more hour')
    await dialog.getByRole('button', { name: 'Replace the key' }).click()
    await page.getByText('The key before this one still works').waitFor()
    await eventually(
      'the old key has an end',
      async () => (await readStream(control, stream)).previous_stream_key_until,
    )
  })
})

describe('the Settings area', () => {
  const settings = async () => (await (await control.call('GET', '/v1/settings')).json()) as InstallSettings

  it('shows a new brand at once, and leaves alone what is typed elsewhere', async () => {
    await page.goto(`${control.url}/admin#settings`)
    await page.getByLabel('Owner').fill('Example School')
    const look = page.locator('form', { has: page.getByRole('heading', { name: 'Look' }) })
    await look.getByLabel('Name', { exact: true }).fill('Channel 9')
    await look.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('link', { name: 'Channel 9' }).waitFor()
    await eventually('the title says so', async () => (await page.title()) === 'Settings · Channel 9')
    expect(await page.getByLabel('Owner').inputValue()).toBe('Example School')
  })

  it('keeps what was typed when the session ends, and saves it after signing in again', async () => {
    const { data } = (await (await control.call('GET', '/v1/sessions')).json()) as { data: { id: string }[] }
    for (const { id } of data) await control.call('DELETE', `/v1/sessions/${id}`)
    await page.getByLabel('Owner').press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Sign in again' })
    await dialog.getByRole('textbox').fill(control.token)
    await page.keyboard.press('Enter')
    await dialog.waitFor({ state: 'detached' })
    await page.getByLabel('Owner').press('Enter')
    await eventually('it is kept', async () => (await settings()).copyright_profile.owner === 'Example School')
  })

  it('decides what a new stream starts with', async () => {
    await control.call('PATCH', '/v1/settings', { defaults: { latency_mode: 'high_quality', reconnect_window: 45 } })
    await page.goto(control.url)
    await page.getByRole('button', { name: 'New stream' }).click()
    const dialog = page.getByRole('dialog')
    await eventually('it is chosen', () => dialog.getByRole('radio', { name: 'High quality' }).isChecked())
    await dialog.getByLabel('Name').fill('Lecture 2')
    await dialog.getByRole('button', { name: 'Create stream' }).click()
    await dialog.getByRole('heading', { name: '“Lecture 2” is ready' }).waitFor()
    const { data } = (await (await control.call('GET', '/v1/live-streams')).json()) as { data: LiveStream[] }
    expect(data[0]).toMatchObject({ name: 'Lecture 2', latency_mode: 'high_quality', reconnect_window: 45 })
    expect([owner.complaints, guest.complaints]).toEqual([[], []])
  })
})

describe('the Data area', () => {
  it('takes an export and nothing else, and brings in only what was previewed', async () => {
    await page.goto(`${control.url}/admin#data`)
    const choose = (name: string, text: string) =>
      page.getByLabel('File').setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) })
    await choose('other.json', '{}')
    await page.getByText('other.json is no export of Weir').waitFor()
    await choose('weir.json', await (await control.call('GET', '/v1/export')).text())
    const bringIn = page.getByRole('button', { name: 'Import' })
    await page.getByRole('button', { name: 'Preview' }).click()
    await eventually('it was previewed', () => bringIn.isEnabled())
    await page.getByLabel('Bring it in as a copy').check()
    expect(await bringIn.isEnabled()).toBe(false)
  })
})
