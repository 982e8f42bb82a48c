import { createHash, verify, X509Certificate } from 'node:crypto'
import { CipherContext, DtlsServer, HashAlgorithm, NamedCurveAlgorithm, SignatureAlgorithm } from 'werift'
import { keyBytes, type SrtpMaster, type SrtpProfile, saltBytes, srtpProfiles } from './srtp.ts'

/** Our certificate: made once per process, known to publishers by its fingerprint. */
export interface DtlsIdentity {
  readonly certificatePem: string
  readonly keyPem: string
  /** SHA-256, `AB:CD:…` as SDP writes it. */
  readonly fingerprint: string
}

/** Keys of a connection whose other end has proven to be the one of the offer. */
export interface DtlsKeys {
  readonly profile: SrtpProfile
  readonly local: SrtpMaster
  readonly remote: SrtpMaster
}

export interface DtlsLinkOptions {
  readonly identity: DtlsIdentity
  /** The fingerprints of the offer, by algorithm. */
  readonly fingerprints: ReadonlyMap<string, string>
  readonly send: (datagram: Buffer) => void
  readonly onKeys: (keys: DtlsKeys) => void
  readonly onFailed: (detail: string) => void
}

/** Bytes of a whole handshake at most; with retransmissions it takes some 10 KB. */
const maxHandshakeBytes = 128 * 1024
const handshakeRecord = 22
const signature = { hash: HashAlgorithm.sha256_4, signature: SignatureAlgorithm.ecdsa_3 } as const

/** Makes a self-signed P-256 certificate. */
export async function createDtlsIdentity(): Promise<DtlsIdentity> {
  const made = await CipherContext.createSelfSignedCertificateWithKey(signature, NamedCurveAlgorithm.secp256r1_23)
  const { raw } = new X509Certificate(made.certPem)
  return { certificatePem: made.certPem, keyPem: made.keyPem, fingerprint: fingerprintOf(raw, 'sha256') }
}

/** The DTLS server of one publisher (RFC 5764): takes datagrams, gives the SRTP keys once. */
export class DtlsLink {
  readonly #options: DtlsLinkOptions
  readonly #server: DtlsServer
  #bytes = 0
  #over = false
  #connected = false

  constructor(options: DtlsLinkOptions) {
    this.#options = options
    const transport = {
      type: 'udp',
      address: { address: '', port: 0, family: '' },
      closed: false,
      onData: (_datagram: Buffer) => {},
      send: async (datagram: Buffer) => {
        if (!this.#over) options.send(datagram)
      },
      close: async () => {},
    }
    this.#server = new DtlsServer({
      cert: options.identity.certificatePem,
      key: options.identity.keyPem,
      signatureHash: signature,
      transport: transport as unknown as ConstructorParameters<typeof DtlsServer>[0]['transport'],
      srtpProfiles: [srtpProfiles.aeadAes128Gcm, srtpProfiles.aes128CmHmacSha1],
      extendedMasterSecret: true,
      certificateRequest: true,
    })
    this.#server.onConnect.subscribe(() => this.#onConnect())
    this.#server.onError.subscribe(() => this.#fail('The encrypted connection (DTLS) could not be set up.'))
    this.#receive = (datagram) => transport.onData(datagram)
  }

  readonly #receive: (datagram: Buffer) => void

  /** Takes a DTLS datagram. After the handshake only a repeated Finished is of use, and that is encrypted. */
  receive(datagram: Buffer): void {
    if (this.#over || datagram.length < 13) return
    if (this.#connected && (datagram[0] !== handshakeRecord || datagram.readUInt16BE(3) === 0)) return
    this.#bytes += datagram.length
    if (this.#bytes > maxHandshakeBytes)
      return void this.#fail('The handshake of the encrypted connection did not end.')
    try {
      this.#receive(datagram)
    } catch {
      // What can't be read is as good as lost.
    }
  }

  close(): void {
    this.#over = true
  }

  #fail(detail: string): void {
    if (this.#over || this.#connected) return
    this.#over = true
    this.#options.onFailed(detail)
  }

  #onConnect(): void {
    if (this.#over || this.#connected) return
    const profile = this.#server.srtp.srtpProfile
    if (profile !== srtpProfiles.aeadAes128Gcm && profile !== srtpProfiles.aes128CmHmacSha1)
      return void this.#fail('The publisher has no encryption of media (SRTP) that Weir knows.')
    if (!this.#isPeerGenuine())
      return void this.#fail('The encrypted connection came from somebody else than the offer; it was refused.')
    this.#connected = true
    const keys = this.#server.extractSessionKeys(keyBytes, saltBytes(profile))
    this.#options.onKeys({
      profile,
      local: { key: keys.localKey, salt: keys.localSalt },
      remote: { key: keys.remoteKey, salt: keys.remoteSalt },
    })
  }

  /**
   * werift 0.25 takes the client's certificate without proof. So here: the certificate is the one of the offer, its key
   * signed the handshake (CertificateVerify, RFC 5246 §7.4.8), and the secret came from the key share that was signed.
   */
  #isPeerGenuine(): boolean {
    const { sortedHandshakeCache, handshakeCache } = this.#server.dtls
    const find = (type: number) => handshakeCache[clientFlight]?.data.find((message) => message.msg_type === type)
    const certificate = firstCertificate(find(messageTypes.certificate)?.fragment)
    const proof = find(messageTypes.certificateVerify)?.fragment
    const keyShare = find(messageTypes.clientKeyExchange)?.fragment
    const used = this.#server.cipher.remoteKeyPair?.publicKey
    if (!certificate || !proof || !keyShare || !used || proof.length < 4) return false
    if (!keyShare.subarray(1).equals(used) || !this.#isExpected(certificate)) return false
    const signedMessages = sortedHandshakeCache.filter(({ msg_type }) => !afterProof.has(msg_type))
    const hash = hashes[proof[0] ?? 0]
    if (hash === undefined || proof.readUInt16BE(2) !== proof.length - 4) return false
    try {
      const { publicKey } = new X509Certificate(certificate)
      return verify(
        hash,
        Buffer.concat(signedMessages.map((message) => message.serialize())),
        publicKey,
        proof.subarray(4),
      )
    } catch {
      return false
    }
  }

  /** Every fingerprint of the strongest algorithm counts (RFC 8122 §5). */
  #isExpected(certificate: Buffer): boolean {
    for (const algorithm of ['sha-512', 'sha-384', 'sha-256']) {
      const expected = this.#options.fingerprints.get(algorithm)
      if (expected !== undefined) return fingerprintOf(certificate, algorithm.replace('-', '')) === expected
    }
    return false
  }
}

/** HandshakeType (RFC 5246 §7.4). */
const messageTypes = { certificate: 11, certificateVerify: 15, clientKeyExchange: 16, finished: 20 } as const
/** The flight with the client's certificate and proof (RFC 6347 §4.2.4). */
const clientFlight = 5
/** What the proof does not cover, since it comes with or after it. */
const afterProof = new Set<number>([messageTypes.certificateVerify, messageTypes.finished])
/** HashAlgorithm (RFC 5246 §7.4.1.4.1). */
const hashes: Readonly<Record<number, string>> = { 2: 'sha1', 4: 'sha256', 5: 'sha384', 6: 'sha512' }

/** The sender's own certificate out of a Certificate message. */
function firstCertificate(message: Buffer | undefined): Buffer | undefined {
  if (!message || message.length < 6) return
  const length = message.readUIntBE(3, 3)
  return length > 0 && message.length >= 6 + length ? message.subarray(6, 6 + length) : undefined
}

function fingerprintOf(certificate: Buffer, hash: string): string {
  const digest = createHash(hash).update(certificate).digest('hex').toUpperCase()
  return digest.match(/../g)?.join(':') ?? ''
}
