import { createCipheriv, createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { SrtcpSession, SrtpSession } from 'werift'
import { SrtpContext, type SrtpProfile, srtpProfiles } from '#worker/ingest/whip/srtp.ts'

const key = Buffer.from('E1F97A0D3E018BE0D64FA32C06DE4139', 'hex')
const salts: Record<SrtpProfile, Buffer> = {
  [srtpProfiles.aes128CmHmacSha1]: Buffer.from('0EC675AD498AFEEBB6960B3AABE6', 'hex'),
  [srtpProfiles.aeadAes128Gcm]: Buffer.from('0EC675AD498AFEEBB6960B3A', 'hex'),
}

/** An RTP packet in the clear. */
function rtp(sequence: number, payload = `payload ${sequence}`): Buffer {
  const header = Buffer.alloc(12)
  header[0] = 0x80
  header[1] = 96
  header.writeUInt16BE(sequence & 0xffff, 2)
  header.writeUInt32BE(sequence * 3_000, 4)
  header.writeUInt32BE(0xcafebabe, 8)
  return Buffer.concat([header, Buffer.from(payload)])
}

/** The other end, by werift's own implementation. */
function peer(profile: SrtpProfile) {
  const masters = {
    localMasterKey: key,
    localMasterSalt: salts[profile],
    remoteMasterKey: key,
    remoteMasterSalt: salts[profile],
  }
  const [srtp, srtcp] = [new SrtpSession({ profile, keys: masters }), new SrtcpSession({ profile, keys: masters })]
  return {
    seal: (packet: Buffer) => {
      const header = {
        ssrc: packet.readUInt32BE(8),
        sequenceNumber: packet.readUInt16BE(2),
        serializeSize: 12,
        serialize: () => packet.subarray(0, 12),
      }
      return srtp.encrypt(packet.subarray(12), header as never)
    },
    sealRtcp: (packet: Buffer) => srtcp.encrypt(packet),
    openRtcp: (packet: Buffer) => srtcp.decrypt(packet),
  }
}
const report = Buffer.from('80c90001deadbeef81ce0002deadbeefcafebabe', 'hex')

describe.each([
  ['AES-CM with HMAC-SHA1', srtpProfiles.aes128CmHmacSha1],
  ['AES-GCM', srtpProfiles.aeadAes128Gcm],
] as const)('SRTP with %s', (_name, profile) => {
  const context = () => new SrtpContext(profile, { key, salt: salts[profile] })

  it('opens what another implementation sealed, in any order', () => {
    const [other, own] = [peer(profile), context()]
    const sealed = [1, 2, 3, 4].map((sequence) => other.seal(rtp(sequence)))
    for (const index of [0, 2, 1, 3]) expect(own.openRtp(sealed[index] as Buffer, 12)).toEqual(rtp(index + 1))
  })

  it('opens reports, and seals those that another opens', () => {
    const [other, own] = [peer(profile), context()]
    expect(own.openRtcp(other.sealRtcp(report))).toEqual(report)
    for (let time = 0; time < 3; time++) expect(other.openRtcp(own.sealRtcp(report))).toEqual(report)
  })

  it('takes nothing twice, and nothing that was changed', () => {
    const [other, own] = [peer(profile), context()]
    const sealed = other.seal(rtp(7))
    for (let at = 0; at < sealed.length; at++) {
      const forged = Buffer.from(sealed)
      forged[at] = (forged[at] ?? 0) ^ 1
      expect(own.openRtp(forged, 12)).toBeUndefined()
    }
    expect(own.openRtp(sealed, 12)).toEqual(rtp(7))
    expect(own.openRtp(sealed, 12)).toBeUndefined()
    const sealedReport = other.sealRtcp(report)
    expect(own.openRtcp(sealedReport)).toEqual(report)
    expect(own.openRtcp(sealedReport)).toBeUndefined()
  })

  it('goes on after the sequence number wrapped in the middle of a gap', () => {
    const own = context()
    expect(own.openRtp(sealAt(profile, 65_000, 0), 12)).toBeDefined()
    expect(own.openRtp(sealAt(profile, 800, 1), 12)).toEqual(rtp(800))
    expect(own.openRtp(sealAt(profile, 65_530, 0), 12)).toBeDefined()
    expect(own.openRtp(sealAt(profile, 801, 1), 12)).toEqual(rtp(801))
  })

  it('listens to sixteen sources, not to one made up for each packet', () => {
    const own = context()
    const opened = Array.from({ length: 40 }, (_, index) => {
      const packet = rtp(1)
      packet.writeUInt32BE(index + 1, 8)
      return own.openRtp(peer(profile).seal(packet), 12)
    })
    expect(opened.filter(Boolean)).toHaveLength(16)
  })

  it('takes no report in the clear', () => {
    expect(context().openRtcp(Buffer.concat([report, Buffer.alloc(30)]))).toBeUndefined()
  })
})

/** Seals as RFC 3711 §4.1.1 and RFC 7714 §8.1 say, with a roll-over counter of our choice. */
function sealAt(profile: SrtpProfile, sequence: number, rollover: number): Buffer {
  const derive = (label: number, bytes: number) => {
    const iv = Buffer.alloc(16)
    salts[profile].copy(iv)
    iv[7] = (iv[7] ?? 0) ^ label
    return createCipheriv('aes-128-ctr', key, iv).update(Buffer.alloc(bytes))
  }
  const packet = rtp(sequence)
  const [header, payload] = [packet.subarray(0, 12), packet.subarray(12)]
  const isGcm = profile === srtpProfiles.aeadAes128Gcm
  const iv = Buffer.alloc(isGcm ? 12 : 16)
  const at = isGcm ? 2 : 4
  header.copy(iv, at, 8, 12)
  iv.writeUInt32BE(rollover, at + 4)
  iv.writeUInt16BE(sequence, at + 8)
  const salt = derive(2, isGcm ? 12 : 14)
  for (const [index, byte] of salt.entries()) iv[index] = (iv[index] ?? 0) ^ byte
  if (isGcm) {
    const cipher = createCipheriv('aes-128-gcm', derive(0, 16), iv)
    cipher.setAAD(header)
    return Buffer.concat([header, cipher.update(payload), cipher.final(), cipher.getAuthTag()])
  }
  const sealed = Buffer.concat([header, createCipheriv('aes-128-ctr', derive(0, 16), iv).update(payload)])
  const counter = Buffer.alloc(4)
  counter.writeUInt32BE(rollover)
  const tag = createHmac('sha1', derive(1, 20)).update(sealed).update(counter).digest().subarray(0, 10)
  return Buffer.concat([sealed, tag])
}
