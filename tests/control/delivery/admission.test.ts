import { decodeJwt, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { withoutPlaybackToken } from '#control/delivery/playback-name.ts'
import type { Log } from '#control/runtime.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { Playback } from '#schema/contracts/playback.ts'
import type { PlaybackId } from '#schema/contracts/playback-id.ts'
import type { Problem } from '#schema/problem.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { reportOf } from '../../support/fake-worker.ts'
import { addStream, addWorker, claimed, publishTo } from '../../support/jobs.ts'
import { type MediaOrigin, startMediaOrigin } from '../../support/media-origin.ts'

let control: TestControl
let origin: MediaOrigin
let stream: LiveStream
let nowMs = Math.floor(Date.now() / 1000) * 1000
const logged: string[] = []
const keep = (fields: object, message: string) => void logged.push(JSON.stringify([message, fields]))
const log: Log = { debug: keep, info: keep, warn: keep, error: keep }

beforeAll(async () => {
  origin = await startMediaOrigin((_, response) =>
    response
      .writeHead(200, { 'content-type': 'video/mp4', 'content-length': 5, 'cache-control': 'public, max-age=60' })
      .end('media'),
  )
  control = await startTestControl({ log, now: () => new Date(nowMs), choresEveryMs: 3_600_000 })
  stream = await addStream(control)
  const worker = await addWorker(control, { originUrl: origin.url })
  const job = await claimed(await publishTo(worker, stream))
  await worker.beat([reportOf(job)])
})
afterAll(async () => {
  await control.stop()
  await origin.stop()
})

const ids = () => `/v1/live-streams/${stream.id}/playback-ids`
const add = async (rules: object): Promise<PlaybackId> => {
  const answer = await control.call('POST', ids(), rules)
  expect(answer.status).toBe(201)
  return (await answer.json()) as PlaybackId
}
const get = (name: string, headers: Record<string, string> = {}) =>
  fetch(`${control.url}/live/${name}/e/720p/init.mp4`, { headers })
/** `ok`, or the code of the refusal. */
const outcome = async (answer: Response) => (answer.ok ? 'ok' : ((await answer.json()) as Problem).code)

describe('allowed origins', () => {
  let id: string
  beforeAll(async () => {
    ;({ id } = await add({ allowed_origins: ['https://Site.example', 'http://127.0.0.1:8080/'] }))
  })

  it.each([
    ['a page of the site', { origin: 'https://site.example' }, 'ok'],
    ['a page of the other site', { origin: 'http://127.0.0.1:8080' }, 'ok'],
    ['a media element of the site', { referer: 'https://site.example/watch?x=1' }, 'ok'],
    ['a page of another site', { origin: 'https://evil.example' }, 'site_not_allowed'],
    ['its site over http', { origin: 'http://site.example' }, 'site_not_allowed'],
    ['a site below it', { origin: 'https://site.example.evil.example' }, 'site_not_allowed'],
    ['a frame without a site', { origin: 'null', referer: 'https://site.example/' }, 'site_not_allowed'],
    ['an app, which names none', {}, 'site_not_allowed'],
  ])('let in %s or not', async (_, headers, expected) => {
    const answer = await get(id, headers as Record<string, string>)
    expect(answer.headers.get('access-control-allow-origin')).toBe(
      expected === 'ok' && 'origin' in headers ? headers.origin : expected === 'ok' ? 'https://site.example' : null,
    )
    expect(await outcome(answer)).toBe(expected)
    const status = await fetch(`${control.url}/v1/playback/${id}`, { headers: headers as Record<string, string> })
    expect(await outcome(status)).toBe(expected)
  })

  it('let our own pages in, and keep shared caches out of it', async () => {
    const answer = await get(id, { referer: `${control.url}/watch/${id}` })
    expect(await outcome(answer)).toBe('ok')
    expect(answer.headers.get('cache-control')).toBe('private, max-age=60')
    expect(answer.headers.get('vary')).toContain('Origin')
    const status = await fetch(`${control.url}/v1/playback/${id}`, { headers: { origin: 'https://site.example' } })
    expect(status.headers.get('cache-control')).toBe('private, max-age=2')
  })

  it('cost the worker no second request: who may watch is not in the key of the cache', async () => {
    for (const site of ['https://site.example', 'http://127.0.0.1:8080']) await (await get(id, { origin: site })).text()
    expect(origin.requests.filter((path) => path.includes(id))).toHaveLength(1)
  })

  it('go to workers as not for everybody, and change with PATCH', async () => {
    const rules = { policy: 'public', allowed_origins: [], token_keys: [] }
    expect(await (await control.call('PATCH', `${ids()}/${id}`, { allowed_origins: [] })).json()).toEqual({
      id,
      ...rules,
    })
    expect(await outcome(await get(id))).toBe('ok')
    expect((await get(id)).headers.get('access-control-allow-origin')).toBe('*')
    const listed = (await (await control.call('GET', ids())).json()) as { data: PlaybackId[] }
    expect(listed.data.find((each) => each.id === id)).toEqual({ id, ...rules })
  })
})

describe('signed playback', () => {
  let own: CryptoKey
  let jwk: JWK
  let id: string
  beforeAll(async () => {
    const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
    own = pair.privateKey
    jwk = { ...(await exportJWK(pair.publicKey)), kid: 'site-1' }
  })
  beforeEach(async () => {
    ;({ id } = await add({ policy: 'signed', token_keys: [jwk] }))
    return async () => void (await control.call('DELETE', `${ids()}/${id}`))
  })

  const made = async (expiresInSeconds = 60) => {
    const answer = await control.call('POST', `${ids()}/${id}/tokens`, { expires_in_s: expiresInSeconds })
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([201, 'no-store'])
    return (await answer.json()) as { token: string; expires_at: string; hls_url: string; watch_url: string }
  }
  const signed = (audience: string | undefined, { key = own, kid = 'site-1', expires = 60 as number | null } = {}) => {
    const token = new SignJWT().setProtectedHeader({ alg: 'EdDSA', kid })
    if (audience !== undefined) token.setAudience(audience)
    if (expires !== null) token.setExpirationTime(Math.floor(nowMs / 1000) + expires)
    return token.sign(key)
  }

  it('needs a token, and says when it is over', async () => {
    const { token, expires_at, hls_url, watch_url } = await made()
    expect(decodeJwt(token).aud).toBe(id)
    expect(Date.parse(expires_at)).toBe(nowMs + 60_000)
    expect([hls_url, watch_url]).toEqual([
      `${control.url}/live/${id}~${token}/index.m3u8`,
      `${control.url}/watch/${id}~${token}`,
    ])
    expect(await outcome(await get(id))).toBe('playback_token_needed')
    expect(await outcome(await get(`${id}~${token}`))).toBe('ok')
    expect(await outcome(await get(encodeURIComponent(`${id}~${token}`).replace('~', '%7E')))).toBe('ok')
    nowMs += 64_000
    expect(await outcome(await get(`${id}~${token}`))).toBe('ok')
    nowMs += 2_000
    const late = await get(`${id}~${token}`)
    expect([late.status, late.headers.get('access-control-allow-origin'), late.headers.get('cache-control')]).toEqual([
      403,
      '*',
      'no-store',
    ])
    expect(await late.json()).toMatchObject({
      code: 'playback_token_expired',
      detail: 'The token to watch this stream is over. Get a new one; reload the page.',
    })
  })

  it('takes tokens that the operator signs, by the keys that are named now', async () => {
    const token = await signed(id)
    expect(await outcome(await get(`${id}~${token}`))).toBe('ok')
    await control.call('PATCH', `${ids()}/${id}`, { token_keys: [] })
    expect(await outcome(await get(`${id}~${token}`))).toBe('playback_token_invalid')
  })

  it.each([
    ['for another playback id', () => signed('pb_other')],
    ['for none', () => signed(undefined)],
    ['without an end', () => signed(id, { expires: null })],
    ['by a key that is not known', () => signed(id, { kid: 'site-2' })],
    ['by another key of that name', async () => signed(id, { key: (await generateKeyPair('EdDSA')).privateKey })],
    ['that is none', async () => 'x'],
    ['that is none at all', async () => 'e30.e30.'],
    ['without a signature', async () => `${(await signed(id)).split('.').slice(0, 2).join('.')}.`],
    ['of control for something else', async () => (await control.runtime.signingKeys.current()).kid],
  ])('refuses a token %s', async (_, make) => {
    expect(await outcome(await get(`${id}~${await make()}`))).toBe('playback_token_invalid')
  })

  it('lets apps in that name no site, and only the sites that are allowed', async () => {
    await control.call('PATCH', `${ids()}/${id}`, { allowed_origins: ['https://site.example'] })
    const { token } = await made()
    const from = async (headers: Record<string, string>) => outcome(await get(`${id}~${token}`, headers))
    expect([
      await from({}),
      await from({ origin: 'https://site.example' }),
      await from({ origin: 'https://evil.example' }),
    ]).toEqual(['ok', 'ok', 'site_not_allowed'])
  })

  it('ends with the playback id', async () => {
    const { token } = await made()
    await control.call('DELETE', `${ids()}/${id}`)
    expect((await get(`${id}~${token}`)).status).toBe(404)
  })

  it('tells no log of its tokens', async () => {
    const { token } = await made()
    logged.length = 0
    await (await get(`${id}~${token}`)).text()
    await (await fetch(`${control.url}/v1/playback/${id}~${token}`)).text()
    await (await fetch(`${control.url}/live/${id}%7E${token}/none`)).text()
    expect(logged.some((line) => line.includes(id))).toBe(true)
    expect(logged.join('')).not.toContain(token)
    expect(withoutPlaybackToken(`/live/${id}~${token}/a/b.m4s?x`)).toBe(`/live/${id}~•••/a/b.m4s?x`)
  })
})

it('sends viewers of what is for all to the CDN that is set, by the name of the worker if wanted', async () => {
  const [open, signed] = [await add({}), await add({ allowed_origins: ['https://site.example'] })]
  const hlsUrl = async ({ id }: PlaybackId) => {
    const answer = await fetch(`${control.url}/v1/playback/${id}`, { headers: { origin: 'https://site.example' } })
    return ((await answer.json()) as Playback).hls_url
  }
  const set = (base_url: string | null) => control.call('PATCH', '/v1/settings', { playback: { base_url } })
  expect((await set('https://cdn.example/')).status).toBe(200)
  expect(await hlsUrl(open)).toBe(`https://cdn.example/live/${open.id}/index.m3u8`)
  expect(await hlsUrl(signed)).toBe(`/live/${signed.id}/index.m3u8`)
  // Our own pages load nothing from elsewhere.
  const here = await fetch(`${control.url}/v1/playback/${open.id}`)
  expect([((await here.json()) as Playback).hls_url, here.headers.get('vary')]).toEqual([
    `/live/${open.id}/index.m3u8`,
    'Origin',
  ])
  await set('https://{worker}.cdn.example')
  expect(await hlsUrl(open)).toBe(`https://fake.cdn.example/live/${open.id}/index.m3u8`)
  expect((await set('https://cdn.example/path')).status).toBe(422)
  await set(null)
  expect(await hlsUrl(open)).toBe(`/live/${open.id}/index.m3u8`)
})

it.each([
  [{ policy: 'private' }, '/policy'],
  [{ allowed_origins: ['*'] }, '/allowed_origins/0'],
  [{ allowed_origins: ['https://site.example/path'] }, '/allowed_origins/0'],
  [{ allowed_origins: ['https://u@site.example'] }, '/allowed_origins/0'],
  [{ allowed_origins: ['javascript:alert(1)'] }, '/allowed_origins/0'],
  [{ allowed_origins: ["https://a.example'; script-src *"] }, '/allowed_origins/0'],
  [{ token_keys: [{ kty: 'OKP', crv: 'Ed25519', kid: 'a', x: 'short' }] }, '/token_keys/0/x'],
  [{ token_keys: [{ kty: 'OKP', crv: 'Ed25519', kid: 'a', x: 'A'.repeat(43), d: 'secret' }] }, '/token_keys/0/d'],
])('refuses %j', async (rules, pointer) => {
  const answer = await control.call('POST', ids(), rules)
  expect(answer.status).toBe(422)
  expect(((await answer.json()) as Problem).errors?.map((error) => error.pointer)).toContain(pointer)
})

it('gives the picture of a stream that viewers need a token for to whoever may read it, for nobody to keep', async () => {
  await add({ policy: 'signed' })
  for (const { id, policy } of stream.playback_ids)
    if (policy === 'public') await control.call('DELETE', `${ids()}/${id}`)
  const path = `/v1/live-streams/${stream.id}/snapshot.jpg`
  const answer = await control.call('GET', path)
  expect([answer.status, await answer.text(), answer.headers.get('cache-control')]).toEqual([200, 'media', 'no-store'])
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect((await fetch(`${control.url}${path}`)).status).toBe(401)
})
