import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { discoveryLink, oembedOf, playbackIdIn } from '#control/embed/oembed.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { startTestControl, type TestControl } from '../support/control-server.ts'

let webFolder: string
let control: TestControl
let stream: LiveStream
let playbackId: string
beforeAll(async () => {
  webFolder = await mkdtemp(join(tmpdir(), 'weir-web-'))
  await writeFile(join(webFolder, 'embed.html'), '<head></head><weir-player></weir-player>')
  await writeFile(join(webFolder, 'watch.html'), '<head></head><weir-player></weir-player>')
  control = await startTestControl({ webFolder })
  stream = (await (await control.call('POST', '/v1/live-streams', { name: 'A "B" <C> & D' })).json()) as LiveStream
  playbackId = stream.playback_ids[0]?.id ?? ''
})
afterAll(async () => {
  await control.stop()
  await rm(webFolder, { recursive: true, force: true })
})

const addPlaybackId = async (body: object) =>
  ((await (await control.call('POST', `/v1/live-streams/${stream.id}/playback-ids`, body)).json()) as { id: string }).id

describe('the page for frames', () => {
  it('holds the player alone, and may stand in any page', async () => {
    const answer = await fetch(`${control.url}/embed/${playbackId}`)
    expect([answer.status, await answer.text()]).toEqual([
      200,
      `<head></head><weir-player playback-id="${playbackId}"></weir-player>`,
    ])
    const policy = answer.headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(/frame-ancestors \*$/)
    expect(policy).toContain("script-src 'self'")
    expect(policy).not.toContain('unsafe')
    expect(answer.headers.get('x-frame-options')).toBeNull()
    expect(answer.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
  })

  it('stands only in pages of the sites that may play it', async () => {
    const id = await addPlaybackId({ allowed_origins: ['https://school.example'] })
    const answer = await fetch(`${control.url}/embed/${id}`)
    expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'self' https://school.example")
  })

  it.each(['pb_none', '%22%3E%3Cscript%3E', '%00'])('is 404 for a stream that is not there: %s', async (id) => {
    const answer = await fetch(`${control.url}/embed/${id}`)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
  })

  it('lets the player say in a browser that there is no such stream, and tells nothing else', async () => {
    const open = (id: string) => fetch(`${control.url}/embed/${id}`, { headers: { accept: 'text/html,*/*;q=0.8' } })
    const answer = await open('pb_none')
    expect([answer.status, answer.headers.get('content-security-policy')]).toEqual([
      404,
      expect.stringContaining('frame-ancestors *'),
    ])
    expect(await answer.text()).toContain('playback-id="pb_none"')
    expect((await open('%22%3E%3Cscript%3E')).headers.get('content-type')).toBe('application/problem+json')
  })
})

describe('oEmbed', () => {
  const ask = (url: string, more = '') => fetch(`${control.url}/oembed?url=${encodeURIComponent(url)}${more}`)

  it('is found from a watch page, and answers with a frame as large as there is room', async () => {
    const page = await (await fetch(`${control.url}/watch/${playbackId}`)).text()
    const href = /<link rel="alternate" type="application\/json\+oembed" href="([^"]+)"/.exec(page)?.[1] ?? ''
    const answer = await fetch(href.replaceAll('&amp;', '&'))
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(await answer.json()).toEqual({
      version: '1.0',
      type: 'video',
      provider_name: 'Weir',
      provider_url: control.url,
      title: 'A "B" <C> & D',
      width: 640,
      height: 360,
      html: expect.stringContaining(
        `<iframe src="${control.url}/embed/${playbackId}" width="640" height="360" title="A &quot;B&quot; &lt;C&gt; &amp; D"`,
      ),
      cache_age: 300,
    })
    expect(
      await (await ask(`${control.url}/embed/${playbackId}`, '&maxwidth=400&maxheight=180&x=1')).json(),
    ).toMatchObject({
      width: 320,
      height: 180,
    })
  })

  it('refuses what it can not answer', async () => {
    const watch = `${control.url}/watch/${playbackId}`
    const signed = await addPlaybackId({ policy: 'signed' })
    for (const [answer, status, code] of [
      [await fetch(`${control.url}/oembed`), 400, 'invalid_query'],
      [await ask(watch, '&maxwidth=wide'), 400, 'invalid_query'],
      [await ask(watch, '&format=xml'), 501, 'format_not_there'],
      [await ask('https://elsewhere.example/watch/pb_1'), 404, 'not_found'],
      [await ask('no address'), 404, 'not_found'],
      [await ask(`${control.url}/watch/pb_none`), 404, 'not_found'],
      [await ask(`${control.url}/watch/${signed}`), 401, 'unauthorized'],
    ] as const)
      expect([answer.status, (await answer.json()).code]).toEqual([status, code])
  })

  it.each([
    [undefined, undefined, 640, 360],
    [320, undefined, 320, 180],
    [2_000, 90, 160, 90],
    [1, 1, 1, 1],
  ])('fits a frame into %s × %s', (maxWidth, maxHeight, width, height) => {
    const fitted = oembedOf({ url: 'https://w', playbackId: 'pb_1', title: 'x', provider: 'Weir', maxWidth, maxHeight })
    expect(fitted).toMatchObject({ width, height })
  })

  it('knows its own addresses', () => {
    const here = 'https://weir.example'
    expect(playbackIdIn(`${here}/watch/pb_1?engine=dash#x`, here)).toBe('pb_1')
    for (const other of [
      `${here}/admin`,
      `${here}/watch/a/b`,
      `${here}/watch/`,
      'https://weir.example.evil/watch/pb_1',
      '',
    ])
      expect(playbackIdIn(other, here)).toBeUndefined()
  })

  it('writes no attribute of its own for a host that has a quote in it', () => {
    const url = 'http://a"onload="x'
    const { html } = oembedOf({ url, playbackId: 'pb_1', title: 'x', provider: 'Weir' })
    for (const written of [html, discoveryLink(url, 'pb_1')]) expect(written).not.toContain('"onload=')
  })
})
