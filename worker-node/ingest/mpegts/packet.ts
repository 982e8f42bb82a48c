/** Bytes of every packet of a transport stream (ISO/IEC 13818-1 §2.4.3.2). */
export const packetBytes = 188
export const syncByte = 0x47

/** The header of one packet, and where its payload lies. */
export interface Packet {
  readonly pid: number
  /** A PES packet or a section begins in it. */
  readonly unitStart: boolean
  /** `random_access_indicator`. */
  readonly randomAccess: boolean
  /** The payload; empty where there is none, where it is scrambled, or where the packet says that it is broken. */
  readonly payload: Buffer
}

const nothing = Buffer.alloc(0)

/** Reads the packet that begins at `at`; all 188 bytes are there. It never throws. */
export function readPacket(bytes: Buffer, at: number): Packet {
  const second = bytes[at + 1]!
  const fourth = bytes[at + 3]!
  const pid = ((second & 0x1f) << 8) | bytes[at + 2]!
  const hasAdaptation = (fourth & 0x20) !== 0
  const adaptationBytes = hasAdaptation ? 1 + bytes[at + 4]! : 0
  const randomAccess = adaptationBytes > 1 && (bytes[at + 5]! & 0x40) !== 0
  const isBroken = (second & 0x80) !== 0 || (fourth & 0xc0) !== 0
  const hasPayload = (fourth & 0x10) !== 0 && !isBroken && adaptationBytes < packetBytes - 4
  const payload = hasPayload ? bytes.subarray(at + 4 + adaptationBytes, at + packetBytes) : nothing
  return { pid, unitStart: (second & 0x40) !== 0 && hasPayload, randomAccess, payload }
}
