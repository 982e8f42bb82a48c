/** Bytes of every SRT packet's header (draft-sharabayko-srt-01 §3). */
export const headerBytes = 16

/** Types of control packets (§3.2). A message of `userDefined` carries an extension in its subtype. */
export const controlType = { handshake: 0, keepalive: 1, acknowledgement: 2, shutdown: 5, userDefined: 0x7fff } as const
/** Extension messages (§3.2.1.1, Table 5): the same numbers in a handshake's extensions and as subtypes. */
export const extensionType = {
  srtRequest: 1,
  srtResponse: 2,
  keyRequest: 3,
  keyResponse: 4,
  streamId: 5,
} as const

/** The type of a control packet; undefined for a data packet and for what is too short to be either. */
export function controlTypeOf(datagram: Buffer): number | undefined {
  if (datagram.length < headerBytes || (datagram[0]! & 0x80) === 0) return
  return datagram.readUInt16BE(0) & 0x7fff
}

/** The extension that a user-defined control packet carries. */
export function extensionOf(datagram: Buffer): number | undefined {
  return controlTypeOf(datagram) === controlType.userDefined ? datagram.readUInt16BE(2) : undefined
}

/** The socket that a packet is for; 0: a listener. */
export function destinationOf(datagram: Buffer): number {
  return datagram.readUInt32BE(12)
}

/** Microseconds since the sender's socket was made, 32 bits. */
export function timestampOf(datagram: Buffer): number {
  return datagram.readUInt32BE(8)
}

/** A control packet's header and `content`. */
export function controlPacket(
  type: number,
  { destination, timestamp = 0 }: { destination: number; timestamp?: number },
  content: Buffer,
): Buffer {
  const packet = Buffer.alloc(headerBytes + content.length)
  packet.writeUInt16BE(0x8000 | type, 0)
  packet.writeUInt32BE(timestamp, 8)
  packet.writeUInt32BE(destination, 12)
  content.copy(packet, headerBytes)
  return packet
}

/** Tells a peer that the connection is over (§3.2.7). Some implementations want the padding of four bytes. */
export function shutdownPacket(destination: number): Buffer {
  return controlPacket(controlType.shutdown, { destination }, Buffer.alloc(4))
}
