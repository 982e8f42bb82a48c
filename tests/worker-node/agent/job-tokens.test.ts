import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { JobRefused, sealSecret, signJob } from '#schema/job-signature.ts'
import { jobDestination, jobOf, registryUnderTest, workerId } from './registry-under-test.ts'

let under: Awaited<ReturnType<typeof registryUnderTest>>
beforeEach(async () => {
  under = await registryUnderTest()
})
afterEach(() => under.registry.close('worker_stopping'))

const seconds = (count: number) => new Date(Date.now() + count * 1_000)

/** Claims that would be right, if somebody we trust had signed them. */
const claims = (jwt: SignJWT) =>
  jwt.setIssuer('weir-control').setAudience(workerId).setIssuedAt().setExpirationTime('2m')

/** The token with one claim of its payload changed and the signature left as it was. */
const tampered = (token: string, change: (job: Record<string, unknown>) => void) => {
  const [header, payload, signature] = token.split('.')
  const parsed = JSON.parse(Buffer.from(payload!, 'base64url').toString()) as { job: Record<string, unknown> }
  change(parsed.job)
  return [header, Buffer.from(JSON.stringify(parsed)).toString('base64url'), signature].join('.')
}

const untrusted: Record<string, () => Promise<string> | string> = {
  'signed with a key that is not pinned, under the id of one that is': async () => {
    const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
    return signJob(jobOf(), workerId, { kid: 'key_1', privateKey }, new Date())
  },
  'signed under the id of a key that nobody pinned': () =>
    signJob(jobOf(), workerId, { ...under.signingKey, kid: 'key_2' }, new Date()),
  'for another worker': () => signJob(jobOf(), 'wrk_other', under.signingKey, new Date()),
  'whose time is over': () => under.token({}, seconds(-200)),
  'tampered with': async () =>
    tampered(await under.token(), (job) => {
      job.live_stream_id = 'ls_2'
    }),
  'cut short': async () => (await under.token()).slice(0, -4),
  'not signed at all (alg none)': () =>
    new UnsecuredJWT({ job: jobOf() })
      .setIssuer('weir-control')
      .setAudience(workerId)
      .setIssuedAt()
      .setExpirationTime('2m')
      .encode(),
  'signed with our public key as an HS256 secret': () =>
    claims(new SignJWT({ job: jobOf() }))
      .setProtectedHeader({ alg: 'HS256', kid: 'key_1', typ: 'weir-job+jwt' })
      .sign(Buffer.from(under.publicKey.x!, 'base64url')),
  'of another type, such as a request token': () =>
    claims(new SignJWT({ job: jobOf() }))
      .setProtectedHeader({ alg: 'EdDSA', kid: 'key_1' })
      .sign(under.signingKey.privateKey),
  'of another issuer': () =>
    claims(new SignJWT({ job: jobOf() }))
      .setIssuer(workerId)
      .setProtectedHeader({ alg: 'EdDSA', kid: 'key_1', typ: 'weir-job+jwt' })
      .sign(under.signingKey.privateKey),
  'without an end': () =>
    new SignJWT({ job: jobOf() })
      .setProtectedHeader({ alg: 'EdDSA', kid: 'key_1', typ: 'weir-job+jwt' })
      .setIssuer('weir-control')
      .setAudience(workerId)
      .setIssuedAt()
      .sign(under.signingKey.privateKey),
  'with a job that is not whole': () => under.token({ fence: 'first' as unknown as number }),
  'that is no token': () => 'hello',
}

describe('a job token', () => {
  it.each(Object.keys(untrusted))('%s is refused and runs nothing', async (name) => {
    const token = await untrusted[name]!()
    await expect(under.registry.accept(token)).rejects.toThrow(JobRefused)
    expect(under.registry.sessions).toEqual([])
    expect(under.events.batch()).toEqual([])
  })

  it.each(Object.keys(untrusted))('%s changes nothing of a session that runs', async (name) => {
    await under.registry.accept(await under.token({ name: 'Right' }))
    const token = await untrusted[name]!()
    await expect(under.registry.renew(token)).rejects.toThrow(JobRefused)
    await expect(under.registry.accept(token)).rejects.toThrow(JobRefused)
    expect(under.registry.sessions.map(({ job }) => job.name)).toEqual(['Right'])
  })

  it('whose secrets are sealed to another worker runs nothing', async () => {
    const stranger = await generateKeyPair('ECDH-ES', { crv: 'X25519', extractable: true })
    const sealed = await sealSecret('key', await exportJWK(stranger.publicKey))
    const destination = jobDestination(sealed)
    await expect(under.registry.accept(await under.token({ destinations: [destination] }))).rejects.toThrow()
    expect(under.registry.sessions).toEqual([])
  })

  it('may be a minute over by our clock: hosts do not agree on the time', async () => {
    await under.registry.accept(await under.token({}, seconds(-170)))
    expect(under.registry.sessions).toHaveLength(1)
  })
})
