import { createLocalJWKSet, exportJWK, generateKeyPair } from 'jose'
import { beforeAll, expect, it } from 'vitest'
import { type SigningKey, signMediaAccess } from '#schema/job-signature.ts'
import { MediaAccess } from '#worker/agent/media-access.ts'
import { startOrigin } from '#worker/package/origin.ts'
import { packageOf } from '../../support/live-origin.ts'
import { syntheticMedia } from '../../support/live-samples.ts'

const start = Date.parse('2026-11-22T12:00:00Z')
let key: SigningKey
let nowMs: number
let access: MediaAccess

const keyPair = async (kid: string) => {
  const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  return { key: { kid, privateKey: pair.privateKey }, jwk: { ...(await exportJWK(pair.publicKey)), kid } }
}

beforeAll(async () => {
  const control = await keyPair('k1')
  key = control.key
  nowMs = start
  const trustedKeys = createLocalJWKSet({ keys: [control.jwk] })
  access = new MediaAccess({ workerId: 'wrk_1', trustedKeys, now: () => new Date(nowMs) })
})

const bearer = async (workerId = 'wrk_1', by = key) => `Bearer ${await signMediaAccess(workerId, by, new Date(start))}`

it('knows control by a token that it signed for this worker, until that is over', async () => {
  nowMs = start
  const good = await bearer()
  expect(await access.isControl(good)).toBe(true)
  expect(await access.isControl(good)).toBe(true)
  expect(await access.isControl(await bearer('wrk_2'))).toBe(false)
  expect(await access.isControl(await bearer('wrk_1', (await keyPair('k1')).key))).toBe(false)
  for (const wrong of [undefined, '', 'Bearer', 'Bearer x.y.z', 'Basic dTpw'])
    expect(await access.isControl(wrong)).toBe(false)
  nowMs = start + 700_000
  expect(await access.isControl(good)).toBe(false)
})

it('serves what is not for everybody to control only, and the rest to all', async () => {
  nowMs = start
  const { package: live, feed } = packageOf(syntheticMedia(), 'low_latency')
  feed.advance(3)
  const origin = await startOrigin({
    host: '127.0.0.1',
    port: 0,
    resolve: () => ({ package: live }),
    admits: async (id, authorization) => id === 'pb_open' || access.isControl(authorization),
    log: () => {},
  })
  const get = (path: string, authorization?: string) =>
    fetch(`http://127.0.0.1:${origin.port}/live/${path}`, { headers: authorization ? { authorization } : {} })
  const status = async (...request: Parameters<typeof get>) => (await get(...request)).status
  for (const file of ['index.m3u8', '180p.m3u8', 'manifest.mpd', 'epoch1/180p/init.mp4', 'time']) {
    expect(await status(`pb_open/${file}`)).toBe(200)
    expect(await status(`pb_signed/${file}`)).toBe(403)
    expect(await status(`pb_signed/${file}`, await bearer())).toBe(200)
  }
  const refused = await get('pb_signed/index.m3u8', 'Bearer no')
  expect([refused.headers.get('cache-control'), await refused.text()]).toEqual([
    'no-store',
    'This stream is served by its control plane only.\n',
  ])
  await origin.close()
})
