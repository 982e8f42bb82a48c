/** A sender's clock: the same instant in wall time and in RTP ticks (RFC 3550 §6.4.1). */
export interface SenderReport {
  readonly ssrc: number
  /** NTP time in milliseconds; only differences mean anything. */
  readonly ntpMs: number
  readonly rtpTimestamp: number
  /** The middle 32 bits of the NTP time, for the answer. */
  readonly ntpMiddle: number
}

/** What the reports of a peer say that matters to a receiver. */
export interface RtcpReading {
  readonly senderReports: readonly SenderReport[]
  /** Sources that said goodbye. */
  readonly goodbyes: readonly number[]
}

/** One source as a receiver saw it (RFC 3550 §6.4.1). */
export interface ReceptionReport {
  readonly ssrc: number
  /** Share of packets lost since the last report, 0–1. */
  readonly fractionLost: number
  readonly lost: number
  /** Highest sequence number with its cycles. */
  readonly highestSequence: number
  /** In ticks of the source. */
  readonly jitter: number
  readonly lastReportNtpMiddle: number
  /** Since that report, ms. */
  readonly delayMs: number
}

const packetTypes = {
  senderReport: 200,
  receiverReport: 201,
  goodbye: 203,
  feedback: 205,
  payloadFeedback: 206,
} as const

/** Reads a compound packet; what can't be read is left out. */
export function readRtcp(packet: Buffer): RtcpReading {
  const senderReports: SenderReport[] = []
  const goodbyes: number[] = []
  for (let at = 0; at + 8 <= packet.length; ) {
    const end = at + 4 + packet.readUInt16BE(at + 2) * 4
    if (end > packet.length || (packet[at] ?? 0) >> 6 !== 2) break
    const type = packet[at + 1]
    if (type === packetTypes.senderReport && end - at >= 28) senderReports.push(readSenderReport(packet, at))
    if (type === packetTypes.goodbye)
      for (let index = 0; index < ((packet[at] ?? 0) & 31) && at + 8 + index * 4 <= end; index++)
        goodbyes.push(packet.readUInt32BE(at + 4 + index * 4))
    at = end
  }
  return { senderReports, goodbyes }
}

function readSenderReport(packet: Buffer, at: number): SenderReport {
  const seconds = packet.readUInt32BE(at + 8)
  const fraction = packet.readUInt32BE(at + 12)
  return {
    ssrc: packet.readUInt32BE(at + 4),
    ntpMs: seconds * 1_000 + (fraction / 2 ** 32) * 1_000,
    rtpTimestamp: packet.readUInt32BE(at + 16),
    ntpMiddle: packet.readUInt32BE(at + 10),
  }
}

/** A receiver report; it stands first in every compound packet of ours. */
export function receiverReport(ownSsrc: number, reports: readonly ReceptionReport[]): Buffer {
  const packet = header(packetTypes.receiverReport, reports.length, 8 + reports.length * 24)
  packet.writeUInt32BE(ownSsrc, 4)
  for (const [index, report] of reports.entries()) {
    const at = 8 + index * 24
    packet.writeUInt32BE(report.ssrc, at)
    packet[at + 4] = Math.max(0, Math.min(255, Math.floor(report.fractionLost * 256)))
    packet.writeIntBE(Math.max(-0x800000, Math.min(0x7fffff, report.lost)), at + 5, 3)
    packet.writeUInt32BE(report.highestSequence >>> 0, at + 8)
    packet.writeUInt32BE(Math.max(0, Math.min(0xffffffff, Math.round(report.jitter))), at + 12)
    packet.writeUInt32BE(report.lastReportNtpMiddle, at + 16)
    packet.writeUInt32BE(Math.max(0, Math.min(0xffffffff, Math.round(report.delayMs * 65.536))), at + 20)
  }
  return packet
}

/** Asks for packets again (generic NACK, RFC 4585 §6.2.1). */
export function nack(ownSsrc: number, ssrc: number, lost: readonly number[]): Buffer {
  const pairs: { first: number; following: number }[] = []
  for (const sequence of lost) {
    const last = pairs.at(-1)
    const distance = last === undefined ? 0 : (sequence - last.first) & 0xffff
    if (last !== undefined && distance >= 1 && distance <= 16) last.following |= 1 << (distance - 1)
    else pairs.push({ first: sequence, following: 0 })
  }
  const packet = header(packetTypes.feedback, 1, 12 + pairs.length * 4)
  packet.writeUInt32BE(ownSsrc, 4)
  packet.writeUInt32BE(ssrc, 8)
  for (const [index, { first, following }] of pairs.entries()) {
    packet.writeUInt16BE(first, 12 + index * 4)
    packet.writeUInt16BE(following, 14 + index * 4)
  }
  return packet
}

/** Asks for a keyframe (picture loss indication, RFC 4585 §6.3.1). */
export function pictureLoss(ownSsrc: number, ssrc: number): Buffer {
  const packet = header(packetTypes.payloadFeedback, 1, 12)
  packet.writeUInt32BE(ownSsrc, 4)
  packet.writeUInt32BE(ssrc, 8)
  return packet
}

/** Says how much we take, bit/s, all sources together (REMB, draft-alvestrand-rmcat-remb-03). */
export function bitrateLimit(ownSsrc: number, bitsPerSecond: number, ssrcs: readonly number[]): Buffer {
  const packet = header(packetTypes.payloadFeedback, 15, 20 + ssrcs.length * 4)
  packet.writeUInt32BE(ownSsrc, 4)
  packet.write('REMB', 12, 'latin1')
  const exponent = Math.max(0, Math.ceil(Math.log2(bitsPerSecond / 0x3ffff)))
  packet.writeUInt32BE(((ssrcs.length << 24) | (exponent << 18) | Math.floor(bitsPerSecond / 2 ** exponent)) >>> 0, 16)
  for (const [index, ssrc] of ssrcs.entries()) packet.writeUInt32BE(ssrc, 20 + index * 4)
  return packet
}

function header(type: number, count: number, bytes: number): Buffer {
  const packet = Buffer.alloc(bytes)
  packet[0] = 0x80 | count
  packet[1] = type
  packet.writeUInt16BE(bytes / 4 - 1, 2)
  return packet
}
