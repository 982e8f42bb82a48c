import { controlPacket, controlType, controlTypeOf, destinationOf, headerBytes, timestampOf } from './packet.ts'

/** What a handshake is about (draft-sharabayko-srt-01 §3.2.1). From 1000 on it is a refusal. */
export const handshakeType = { induction: 1, conclusion: 0xffff_ffff } as const
/** What a listener writes into the extension field of its induction answer. */
export const srtMagic = 0x4a17

/** A handshake control packet. */
export interface Handshake {
  /** Microseconds since the sender's socket was made, 32 bits. */
  readonly timestamp: number
  /** The socket that it is for; 0: a listener. */
  readonly destination: number
  readonly version: number
  /** Length of the key that the caller asks for, in units of 8 bytes; 0: it does not say. */
  readonly encryption: number
  /** Flags of the extensions that follow, or `srtMagic`. */
  readonly extensionField: number
  readonly initialSequence: number
  readonly mtu: number
  readonly flowWindow: number
  readonly type: number
  /** The socket of whoever sends it. */
  readonly socketId: number
  readonly cookie: number
  /** 16 bytes. */
  readonly peerAddress: Buffer
  readonly extensions: readonly HandshakeExtension[]
}

export interface HandshakeExtension {
  readonly type: number
  readonly content: Buffer
}

const bodyBytes = 48

/** Reads a handshake. Undefined when it is none, or when its extensions do not fit. */
export function readHandshake(datagram: Buffer): Handshake | undefined {
  if (controlTypeOf(datagram) !== controlType.handshake || datagram.length < headerBytes + bodyBytes) return
  const body = datagram.subarray(headerBytes)
  const type = body.readUInt32BE(20)
  // What follows an induction is of no meaning yet.
  const extensions = type === handshakeType.conclusion ? readExtensions(body.subarray(bodyBytes)) : []
  if (extensions === undefined) return
  return {
    timestamp: timestampOf(datagram),
    destination: destinationOf(datagram),
    version: body.readUInt32BE(0),
    encryption: body.readUInt16BE(4),
    extensionField: body.readUInt16BE(6),
    initialSequence: body.readUInt32BE(8),
    mtu: body.readUInt32BE(12),
    flowWindow: body.readUInt32BE(16),
    type,
    socketId: body.readUInt32BE(24),
    cookie: body.readUInt32BE(28),
    peerAddress: body.subarray(32, bodyBytes),
    extensions,
  }
}

export function writeHandshake(handshake: Handshake): Buffer {
  const body = Buffer.alloc(bodyBytes)
  body.writeUInt32BE(handshake.version, 0)
  body.writeUInt16BE(handshake.encryption, 4)
  body.writeUInt16BE(handshake.extensionField, 6)
  body.writeUInt32BE(handshake.initialSequence, 8)
  body.writeUInt32BE(handshake.mtu, 12)
  body.writeUInt32BE(handshake.flowWindow, 16)
  body.writeUInt32BE(handshake.type, 20)
  body.writeUInt32BE(handshake.socketId, 24)
  body.writeUInt32BE(handshake.cookie, 28)
  handshake.peerAddress.copy(body, 32)
  const extensions = handshake.extensions.flatMap(({ type, content }) => {
    const head = Buffer.alloc(4)
    head.writeUInt16BE(type, 0)
    head.writeUInt16BE(content.length / 4, 2)
    return [head, content]
  })
  const { destination, timestamp } = handshake
  return controlPacket(controlType.handshake, { destination, timestamp }, Buffer.concat([body, ...extensions]))
}

/** The answer to an induction: version 5, the magic, and the cookie that the caller must bring back (§4.3.1.1). */
export function inductionAnswer(induction: Handshake, cookie: number): Buffer {
  return writeHandshake({
    ...induction,
    destination: induction.socketId,
    version: 5,
    encryption: 0,
    extensionField: srtMagic,
    cookie,
  })
}

/** The answer to a conclusion that is refused. */
export function refusalAnswer(conclusion: Handshake, rejection: number): Buffer {
  return writeHandshake({
    ...conclusion,
    destination: conclusion.socketId,
    type: rejection,
    extensionField: 0,
    extensions: [],
  })
}

export function extensionContent(handshake: Handshake, type: number): Buffer | undefined {
  return handshake.extensions.find((extension) => extension.type === type)?.content
}

/** The same handshake with another content in one of its extensions. */
export function withExtension(handshake: Handshake, type: number, content: Buffer): Handshake {
  const extensions = handshake.extensions.map((extension) => (extension.type === type ? { type, content } : extension))
  return { ...handshake, extensions }
}

function readExtensions(bytes: Buffer): HandshakeExtension[] | undefined {
  const extensions: HandshakeExtension[] = []
  for (let at = 0; at < bytes.length; ) {
    if (at + 4 > bytes.length) return
    const end = at + 4 + 4 * bytes.readUInt16BE(at + 2)
    if (end > bytes.length) return
    extensions.push({ type: bytes.readUInt16BE(at), content: bytes.subarray(at + 4, end) })
    at = end
  }
  return extensions
}
