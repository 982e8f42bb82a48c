import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { problemCodes } from '#schema/problem.ts'
import { launchChromium, openPage, type WatchedPage } from '../../support/chromium.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { buildPages } from '../../support/web-pages.ts'

let control: TestControl
let browser: Browser
beforeAll(async () => {
  await buildPages()
  control = await startTestControl({ webFolder: join(import.meta.dirname, '../../../dist/web') })
  browser = await launchChromium()
})
afterAll(async () => {
  await browser?.close()
  await control?.stop()
})

/** Runs `use` on a page as wide as a telephone, which must not complain, nor ask anybody else. */
async function onPage(path: string, use: (page: WatchedPage['page']) => Promise<void>) {
  const watched = await openPage(browser, { width: 390, dark: true })
  await watched.page.goto(`${control.url}${path}`)
  await use(watched.page)
  const overflow = await watched.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  expect(overflow).toBeLessThanOrEqual(0)
  expect(watched.complaints).toEqual([])
  expect([...watched.hosts]).toEqual([new URL(control.url).host])
  await watched.close()
}

describe('the reference', () => {
  it('has each operation with its fields and a line to copy, can be searched, and fits a telephone', async () => {
    await onPage('/docs', async (page) => {
      expect(await page.locator('details.operation').count()).toBeGreaterThan(50)
      await page.fill('#find', 'add destination')
      await expect.poll(() => page.locator('details.operation:visible').count()).toBe(1)
      expect(await page.textContent('#found')).toBe('1 found')
      await page.click('#createLiveStreamDestination summary')
      const example = page.locator('#createLiveStreamDestination pre').first()
      expect(await example.textContent()).toContain(
        `curl -X POST "${control.url}/v1/live-streams/$ID/destinations" \\\n  -H "Authorization: Bearer $WEIR_TOKEN"`,
      )
      expect(await example.textContent()).toContain('"platform":"twitch"')
      await page.locator('#createLiveStreamDestination [data-copy]').first().click()
      await page.locator('#createLiveStreamDestination [data-copy]', { hasText: 'Copied' }).waitFor()
      await page.fill('#find', '')
      await page.evaluate(() => {
        location.hash = 'schema-LiveStream'
      })
      await page.locator('#schema-LiveStream[open] dl', { hasText: 'Since when the status holds' }).first().waitFor()
    })
  })

  it('leads from each problem to what it means and what to do', async () => {
    await onPage('/docs/errors#rate_limited', async (page) => {
      expect(await page.locator('tbody tr').count()).toBe(Object.keys(problemCodes).length)
      expect(await page.textContent('tr:target')).toMatch(
        /rate_limited\s*429\s*Too many requests\.\s*Wait for Retry-After/,
      )
    })
  })
})
