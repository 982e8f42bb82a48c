import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createApp } from '#control/app.ts'
import { startTestControl, type TestControl } from '../support/control-server.ts'

let webFolder: string
let control: TestControl
beforeAll(async () => {
  webFolder = await mkdtemp(join(tmpdir(), 'weir-web-'))
  control = await startTestControl({ webFolder })
})
afterAll(async () => {
  await control.stop()
  await rm(webFolder, { recursive: true, force: true })
})
const get = (path: string) => fetch(`${control.url}${path}`)

it('says how to build the pages while there are none', async () => {
  const answer = await get('/')
  expect(answer.status).toBe(503)
  expect(await answer.text()).toContain('npm run build')
})

it('serves the dashboard and the watch page without anything inline, and lets nobody else frame them', async () => {
  await writeFile(join(webFolder, 'index.html'), '<p>dashboard')
  await writeFile(join(webFolder, 'watch.html'), '<p>watch')
  await writeFile(join(webFolder, 'broadcast.html'), '<p>broadcast')
  for (const [path, text, framing] of [
    ['/', 'dashboard', "frame-ancestors 'none'"],
    ['/broadcasts/brd_1', 'broadcast', "frame-ancestors 'none'"],
    ['/watch/pb_1', 'watch', "frame-ancestors 'self'"],
  ] as const) {
    const answer = await get(path)
    expect(await answer.text()).toContain(text)
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    const policy = answer.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("media-src 'self' blob:")
    expect(policy).toContain(framing)
    expect(policy).not.toContain('unsafe')
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  }
})

it('tells people at a wrong address so on a page, and programs in a problem', async () => {
  await writeFile(join(webFolder, 'docs.html'), '<title>x</title><main id="content"></main>')
  const open = (path: string) => fetch(`${control.url}${path}`, { headers: { accept: 'text/html,*/*;q=0.8' } })
  const page = await open('/statistic')
  expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=UTF-8'])
  expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  expect(await page.text()).toContain('<h1>There is nothing here</h1>')
  for (const answer of [await get('/statistic'), await open('/v1/nothing')])
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
})

it.each([
  ['http://127.0.0.1:8787/', '', true],
  ['http://weir.localhost/publish', '', true],
  ['https://weir.example/', '', true],
  ['http://weir.example/', 'https', true],
  ['http://weir.example/', '', false],
  ['http://192.168.1.5:8787/', '', false],
])('cuts a page at %s (proxy: %j) off from its opener where browsers take that: %s', async (url, proto, isolated) => {
  const answer = await createApp(control.runtime).request(url, { headers: { 'x-forwarded-proto': proto } })
  expect(answer.headers.has('cross-origin-opener-policy')).toBe(isolated)
})

it.each(['..%2findex.html', '%2e%2e%2Findex.html', '..%5cindex.html', 'x%2f..%2f..%2findex.html', '..%252findex.html'])(
  'gives no page without its policy: /assets/%s',
  async (path) => {
    await mkdir(join(webFolder, 'assets'), { recursive: true })
    await writeFile(join(webFolder, 'index.html'), '<p>dashboard')
    for (const folder of ['assets', 'player@1']) expect((await get(`/${folder}/${path}`)).status).toBe(404)
  },
)

it('keeps hashed files for ever and the player for minutes', async () => {
  for (const folder of ['assets', 'player@1']) {
    await mkdir(join(webFolder, folder), { recursive: true })
    await writeFile(join(webFolder, folder, 'file.js'), 'export {}')
  }
  const asset = await get('/assets/file.js')
  expect(asset.headers.get('cache-control')).toContain('immutable')
  expect(asset.headers.get('content-type')).toContain('text/javascript')
  const player = await get('/player@1/file.js')
  expect(player.status).toBe(200)
  expect(player.headers.get('cache-control')).toBe('public, max-age=300')
  expect(player.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
})
