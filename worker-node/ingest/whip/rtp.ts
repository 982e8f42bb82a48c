/** An RTP packet (RFC 3550 §5.1), its payload in the clear. */
export interface RtpPacket {
  readonly payloadType: number
  readonly sequence: number
  /** In ticks of the payload's clock, 32 bits. */
  readonly timestamp: number
  readonly ssrc: number
  /** The last packet of a frame, for picture codecs. */
  readonly marker: boolean
  readonly payload: Buffer
}

/** Whether a datagram is RTP or RTCP (RFC 7983 §7). */
export const isMedia = (datagram: Buffer): boolean => {
  const first = datagram[0] ?? 0
  return datagram.length >= 8 && first >= 128 && first <= 191
}

/** Whether what is media is a report: packet types 192–223 (RFC 5761 §4). */
export const isRtcp = (datagram: Buffer): boolean => {
  const type = datagram[1] ?? 0
  return type >= 192 && type <= 223
}

/** Bytes of the header with CSRCs and extension; undefined when the packet is too short for them. */
export function rtpHeaderBytes(packet: Buffer): number | undefined {
  const [first = 0] = packet
  if (packet.length < 12 || first >> 6 !== 2) return
  let bytes = 12 + (first & 15) * 4
  if ((first & 16) !== 0) {
    if (packet.length < bytes + 4) return
    bytes += 4 + packet.readUInt16BE(bytes + 2) * 4
  }
  return packet.length >= bytes ? bytes : undefined
}

/** Reads a packet; undefined where it makes no sense. The payload is a view into it. */
export function readRtp(packet: Buffer): RtpPacket | undefined {
  const headerBytes = rtpHeaderBytes(packet)
  if (headerBytes === undefined) return
  const [first = 0, second = 0] = packet
  const padding = (first & 32) !== 0 ? (packet[packet.length - 1] ?? 0) : 0
  if (headerBytes + padding > packet.length) return
  return {
    payloadType: second & 127,
    sequence: packet.readUInt16BE(2),
    timestamp: packet.readUInt32BE(4),
    ssrc: packet.readUInt32BE(8),
    marker: (second & 128) !== 0,
    payload: packet.subarray(headerBytes, packet.length - padding),
  }
}

/** How far `to` lies ahead of `from`, as sequence numbers wrap: −32768 … 32767. */
export const sequenceDistance = (from: number, to: number): number => ((to - from + 0x8000) & 0xffff) - 0x8000
