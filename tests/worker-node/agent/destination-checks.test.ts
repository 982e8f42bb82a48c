import { createLocalJWKSet, exportJWK, generateKeyPair } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import type { DestinationCheckResult } from '#schema/contracts/destination-check.ts'
import { type SigningKey, sealSecret, signCheck } from '#schema/job-signature.ts'

import { ControlUnreachable } from '#worker/agent/control-client.ts'
import { DestinationChecks } from '#worker/agent/destination-checks.ts'
import type { Address } from '#worker/fanout/target.ts'
import { recordedLog } from './registry-under-test.ts'

const result: DestinationCheckResult = { ok: true, steps: [{ name: 'connect', ms: 1 }], error: null }
let key: SigningKey
let publicKey: CryptoKey
let sealing: { publicKey: CryptoKey; privateKey: CryptoKey }
beforeAll(async () => {
  const signing = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  key = { kid: 'k1', privateKey: signing.privateKey }
  publicKey = signing.publicKey
  sealing = await generateKeyPair('ECDH-ES', { crv: 'X25519', extractable: true })
})

async function order(id: string, workerId = 'wrk_1', signer = key): Promise<string> {
  const secrets = JSON.stringify({ stream_key: 'k', srt_passphrase: null })
  const sealed_secrets = await sealSecret(secrets, await exportJWK(sealing.publicKey))
  return signCheck({ id, url: 'rtmps://h/app', ca_pem: 'PEM', sealed_secrets }, workerId, signer, new Date())
}

async function checks() {
  const tried: { address: Address; authorities: readonly string[] }[] = []
  const posted: [string, unknown][] = []
  const control = { isAway: false }
  const { log, lines } = recordedLog()
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'EdDSA' }
  const instance = new DestinationChecks({
    workerId: 'wrk_1',
    trustedKeys: createLocalJWKSet({ keys: [jwk] }),
    sealingKey: sealing.privateKey,
    control: {
      unixMs: Date.now,
      post: async (path: string, body: unknown) => {
        if (control.isAway) throw new ControlUnreachable('Control does not answer.')
        posted.push([path, body])
        return {} as never
      },
    },
    check: async (address, authorities) => {
      tried.push({ address, authorities })
      return result
    },
    log,
  })
  return { instance, tried, posted, control, lines }
}

describe('DestinationChecks', () => {
  it('tries what control orders, once, and tells what came of it', async () => {
    const { instance, tried, posted } = await checks()
    await instance.take([await order('chk_1')])
    await instance.take([await order('chk_1'), await order('chk_2')])
    const address = { url: 'rtmps://h/app', streamKey: 'k', srtPassphrase: null }
    expect(tried).toEqual([
      { address, authorities: ['PEM'] },
      { address, authorities: ['PEM'] },
    ])
    expect(posted).toEqual([
      ['/worker/v1/destination-checks/chk_1', result],
      ['/worker/v1/destination-checks/chk_2', result],
    ])
  })

  it('tries again where control could not be told, when the order comes again', async () => {
    const { instance, tried, posted, control, lines } = await checks()
    const token = await order('chk_1')
    control.isAway = true
    await instance.take([token])
    control.isAway = false
    await instance.take([token])
    await instance.take([token])
    expect([tried.length, posted, lines.length]).toEqual([2, [['/worker/v1/destination-checks/chk_1', result]], 1])
  })

  it('tries nothing that is not signed by control for this worker', async () => {
    const { instance, tried, lines } = await checks()
    const stranger = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
    await instance.take([
      await order('chk_1', 'wrk_2'),
      await order('chk_2', 'wrk_1', { kid: 'k1', privateKey: stranger.privateKey }),
      'garbage',
    ])
    expect(tried).toEqual([])
    expect(lines).toHaveLength(3)
  })

  it('tries a few at a time; the others come with the next heartbeat', async () => {
    const { instance, tried } = await checks()
    const tokens = await Promise.all(Array.from({ length: 6 }, (_, index) => order(`chk_${index}`)))
    await instance.take(tokens)
    const first = tried.length
    await instance.take(tokens)
    expect([first, tried.length]).toEqual([4, 6])
  })
})
