import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto'
import { ReplayWindow } from './replay-window.ts'

/** The two protection profiles that every WebRTC client has (RFC 5764 §4.1.2, RFC 7714 §14.2). */
export const srtpProfiles = {
  aeadAes128Gcm: 0x0007,
  aes128CmHmacSha1: 0x0001,
} as const
export type SrtpProfile = (typeof srtpProfiles)[keyof typeof srtpProfiles]

/** Master key and salt of one direction. */
export interface SrtpMaster {
  readonly key: Buffer
  readonly salt: Buffer
}

/** Bytes of master key and salt by profile. */
export const keyBytes = 16
export const saltBytes = (profile: SrtpProfile): number => (profile === srtpProfiles.aeadAes128Gcm ? 12 : 14)

/** Sources (SSRCs) whose state is kept for one direction; a peer that makes up more is not listened to. */
const maxSources = 16
const hmacTagBytes = 10
const gcmTagBytes = 16

/**
 * Opens and seals the packets of one direction: SRTP (RFC 3711 §3.3) and SRTCP (§3.4) with AES-CM or AES-GCM (RFC 7714).
 * The index is estimated as §3.3.1 says, so a long gap across the wrap of the sequence number is survived. Packets that
 * are forged, replayed or cut give undefined.
 */
export class SrtpContext {
  readonly #isGcm: boolean
  readonly #rtp: SessionKeys
  readonly #rtcp: SessionKeys
  readonly #rtpSources = new Map<number, ReplayWindow>()
  readonly #rtcpSources = new Map<number, ReplayWindow>()
  #sentIndex = 0

  constructor(profile: SrtpProfile, master: SrtpMaster) {
    this.#isGcm = profile === srtpProfiles.aeadAes128Gcm
    this.#rtp = deriveKeys(master, 0, this.#isGcm)
    this.#rtcp = deriveKeys(master, 3, this.#isGcm)
  }

  /** The RTP packet inside, its payload in the clear; `headerBytes` is where the payload begins. */
  openRtp(packet: Buffer, headerBytes: number): Buffer | undefined {
    const tagBytes = this.#isGcm ? gcmTagBytes : hmacTagBytes
    if (packet.length < headerBytes + tagBytes) return
    const ssrc = packet.readUInt32BE(8)
    const known = this.#rtpSources.get(ssrc)
    if (!known && this.#rtpSources.size >= maxSources) return
    const window = known ?? new ReplayWindow()
    const sequence = packet.readUInt16BE(2)
    const index = window.estimate(sequence)
    if (window.isReplay(index)) return
    const rollover = Math.floor(index / 65_536)
    const payload = this.#isGcm
      ? openGcm(
          this.#rtp.key,
          gcmIv(this.#rtp.salt, ssrc, index),
          packet.subarray(0, headerBytes),
          packet.subarray(headerBytes),
        )
      : this.#openCm(packet, headerBytes, ssrc, index, rollover)
    if (!payload) return
    window.accept(index)
    if (!known) this.#rtpSources.set(ssrc, window)
    return Buffer.concat([packet.subarray(0, headerBytes), payload])
  }

  /** The compound RTCP packet inside. */
  openRtcp(packet: Buffer): Buffer | undefined {
    const tagBytes = this.#isGcm ? gcmTagBytes : hmacTagBytes
    if (packet.length < 8 + tagBytes + 4) return
    const ssrc = packet.readUInt32BE(4)
    // AES-CM: tag behind the index; GCM: the index is the last.
    const indexAt = this.#isGcm ? packet.length - 4 : packet.length - tagBytes - 4
    const word = packet.readUInt32BE(indexAt)
    if (word >>> 31 === 0) return
    const index = word & 0x7fffffff
    const known = this.#rtcpSources.get(ssrc)
    if (known?.isReplay(index) || (!known && this.#rtcpSources.size >= maxSources)) return
    const head = packet.subarray(0, 8)
    const body = this.#isGcm
      ? openGcm(
          this.#rtcp.key,
          gcmIv(this.#rtcp.salt, ssrc, index),
          Buffer.concat([head, packet.subarray(indexAt)]),
          packet.subarray(8, indexAt),
        )
      : this.#openCmRtcp(packet, ssrc, index)
    if (!body) return
    const window = known ?? new ReplayWindow()
    window.accept(index)
    if (!known) this.#rtcpSources.set(ssrc, window)
    return Buffer.concat([head, body])
  }

  /** Seals a compound RTCP packet of ours. */
  sealRtcp(packet: Buffer): Buffer {
    const index = this.#sentIndex++ & 0x7fffffff
    const ssrc = packet.readUInt32BE(4)
    const head = packet.subarray(0, 8)
    const word = Buffer.alloc(4)
    word.writeUInt32BE((index | 0x80000000) >>> 0)
    if (this.#isGcm) {
      const cipher = createCipheriv('aes-128-gcm', this.#rtcp.key, gcmIv(this.#rtcp.salt, ssrc, index))
      cipher.setAAD(Buffer.concat([head, word]))
      const body = Buffer.concat([cipher.update(packet.subarray(8)), cipher.final()])
      return Buffer.concat([head, body, cipher.getAuthTag(), word])
    }
    const cipher = createCipheriv('aes-128-ctr', this.#rtcp.key, counterIv(this.#rtcp.salt, ssrc, index))
    const sealed = Buffer.concat([head, cipher.update(packet.subarray(8)), word])
    return Buffer.concat([sealed, hmacTag(this.#rtcp.authKey, [sealed])])
  }

  #openCm(packet: Buffer, headerBytes: number, ssrc: number, index: number, rollover: number): Buffer | undefined {
    const tagAt = packet.length - hmacTagBytes
    const roc = Buffer.alloc(4)
    roc.writeUInt32BE(rollover)
    if (!timingSafeEqual(packet.subarray(tagAt), hmacTag(this.#rtp.authKey, [packet.subarray(0, tagAt), roc]))) return
    const decipher = createDecipheriv('aes-128-ctr', this.#rtp.key, counterIv(this.#rtp.salt, ssrc, index))
    return decipher.update(packet.subarray(headerBytes, tagAt))
  }

  #openCmRtcp(packet: Buffer, ssrc: number, index: number): Buffer | undefined {
    const tagAt = packet.length - hmacTagBytes
    if (!timingSafeEqual(packet.subarray(tagAt), hmacTag(this.#rtcp.authKey, [packet.subarray(0, tagAt)]))) return
    const decipher = createDecipheriv('aes-128-ctr', this.#rtcp.key, counterIv(this.#rtcp.salt, ssrc, index))
    return decipher.update(packet.subarray(8, tagAt - 4))
  }
}

interface SessionKeys {
  readonly key: Buffer
  readonly authKey: Buffer
  readonly salt: Buffer
}

/** RFC 3711 §4.3: labels 0, 1, 2 for SRTP and 3, 4, 5 for SRTCP. */
function deriveKeys({ key, salt }: SrtpMaster, firstLabel: number, isGcm: boolean): SessionKeys {
  const derive = (label: number, bytes: number): Buffer => {
    const iv = Buffer.alloc(16)
    salt.copy(iv)
    iv[7] = (iv[7] ?? 0) ^ label
    return createCipheriv('aes-128-ctr', key, iv).update(Buffer.alloc(bytes))
  }
  return {
    key: derive(firstLabel, keyBytes),
    authKey: derive(firstLabel + 1, 20),
    salt: derive(firstLabel + 2, isGcm ? 12 : 14),
  }
}

/** RFC 3711 §4.1.1. */
function counterIv(salt: Buffer, ssrc: number, index: number): Buffer {
  const iv = Buffer.alloc(16)
  iv.writeUInt32BE(ssrc, 4)
  iv.writeUIntBE(index, 8, 6)
  for (let at = 0; at < 14; at++) iv[at] = (iv[at] ?? 0) ^ (salt[at] ?? 0)
  return iv
}

/** RFC 7714 §8.1 and §9.1: two zero bytes, SSRC, and the 48-bit index. */
function gcmIv(salt: Buffer, ssrc: number, index: number): Buffer {
  const iv = Buffer.alloc(12)
  iv.writeUInt32BE(ssrc, 2)
  iv.writeUIntBE(index, 6, 6)
  for (let at = 0; at < 12; at++) iv[at] = (iv[at] ?? 0) ^ (salt[at] ?? 0)
  return iv
}

function openGcm(key: Buffer, iv: Buffer, additional: Buffer, sealed: Buffer): Buffer | undefined {
  const tagAt = sealed.length - gcmTagBytes
  if (tagAt < 0) return
  const decipher = createDecipheriv('aes-128-gcm', key, iv)
  decipher.setAAD(additional)
  decipher.setAuthTag(sealed.subarray(tagAt))
  const opened = decipher.update(sealed.subarray(0, tagAt))
  try {
    decipher.final()
  } catch {
    return
  }
  return opened
}

function hmacTag(key: Buffer, parts: readonly Buffer[]): Buffer {
  const hmac = createHmac('sha1', key)
  for (const part of parts) hmac.update(part)
  return hmac.digest().subarray(0, hmacTagBytes)
}
