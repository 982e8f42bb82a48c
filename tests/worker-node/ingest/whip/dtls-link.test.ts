import { beforeAll, describe, expect, it } from 'vitest'
import { DtlsClient, HashAlgorithm, SignatureAlgorithm } from 'werift'
import { createDtlsIdentity, type DtlsIdentity, type DtlsKeys, DtlsLink } from '#worker/ingest/whip/dtls-link.ts'
import { saltBytes, srtpProfiles } from '#worker/ingest/whip/srtp.ts'
import { eventually } from '../../../support/eventually.ts'

let ours: DtlsIdentity
let offered: DtlsIdentity
let other: DtlsIdentity
beforeAll(async () => {
  ours = await createDtlsIdentity()
  offered = await createDtlsIdentity()
  other = await createDtlsIdentity()
})

interface Client {
  readonly certificate: DtlsIdentity
  /** Whose private key it has. */
  readonly key: DtlsIdentity
  readonly profiles?: readonly number[]
  /** Repeats every datagram, as an impatient client on a slow line does. */
  readonly repeats?: boolean
}

/** A client that connects to a link which expects the certificate of the offer. */
async function connect({ certificate, key, profiles = [7, 1], repeats = false }: Client) {
  const keys: DtlsKeys[] = []
  const failures: string[] = []
  const transport = {
    type: 'udp',
    address: { address: '', port: 0, family: '' },
    closed: false,
    onData: (_datagram: Buffer) => {},
    send: async (datagram: Buffer) =>
      setImmediate(() => {
        link.receive(datagram)
        if (repeats) link.receive(datagram)
      }),
    close: async () => {},
  }
  const link: DtlsLink = new DtlsLink({
    identity: ours,
    fingerprints: new Map([['sha-256', offered.fingerprint]]),
    send: (datagram) => setImmediate(() => transport.onData(datagram)),
    onKeys: (each) => keys.push(each),
    onFailed: (detail) => failures.push(detail),
  })
  const client = new DtlsClient({
    cert: certificate.certificatePem,
    key: key.keyPem,
    signatureHash: { hash: HashAlgorithm.sha256_4, signature: SignatureAlgorithm.ecdsa_3 },
    transport: transport as never,
    srtpProfiles: [...profiles] as never,
    extendedMasterSecret: true,
  })
  client.connect().catch(() => {})
  await eventually('it is decided', () => keys.length > 0 || failures.length > 0)
  link.close()
  return { client, keys, failures }
}

describe('the encrypted connection', () => {
  it.each([
    ['AES-GCM', [7, 1], srtpProfiles.aeadAes128Gcm],
    ['AES-CM', [1], srtpProfiles.aes128CmHmacSha1],
  ] as const)('gives both ends the same keys, with %s', async (_name, profiles, profile) => {
    const { client, keys, failures } = await connect({ certificate: offered, key: offered, profiles })
    expect(failures).toEqual([])
    expect(keys).toHaveLength(1)
    expect(keys[0]?.profile).toBe(profile)
    const theirs = client.extractSessionKeys(16, saltBytes(profile))
    expect(keys[0]?.remote).toEqual({ key: theirs.localKey, salt: theirs.localSalt })
    expect(keys[0]?.local).toEqual({ key: theirs.remoteKey, salt: theirs.remoteSalt })
  })

  it('takes repeated datagrams for what they are', async () => {
    const { keys } = await connect({ certificate: offered, key: offered, repeats: true })
    expect(keys).toHaveLength(1)
  })

  it('is refused with another certificate than the offered one', async () => {
    const { keys, failures } = await connect({ certificate: other, key: other })
    expect(keys).toEqual([])
    expect(failures).toEqual([expect.stringContaining('somebody else')])
  })

  it('is refused with the offered certificate and without its key', async () => {
    const { keys, failures } = await connect({ certificate: offered, key: other })
    expect(keys).toEqual([])
    expect(failures).toEqual([expect.stringContaining('somebody else')])
  })

  it('is given up when the handshake does not end', () => {
    const failures: string[] = []
    const link = new DtlsLink({
      identity: ours,
      fingerprints: new Map(),
      send: () => {},
      onKeys: () => {},
      onFailed: (detail) => failures.push(detail),
    })
    for (let count = 0; count < 200; count++) link.receive(Buffer.alloc(1_200, 22))
    expect(failures).toHaveLength(1)
  })
})
