import { randomFillSync } from 'node:crypto'
import { RtmpProtocolError } from './protocol-error.ts'

/** What one step of a handshake gives. */
export interface HandshakeStep {
  /** Bytes to send now; may be empty. */
  readonly send: Buffer
  /** Undefined while the handshake goes on; then the bytes that came behind it. */
  readonly rest: Buffer | undefined
}

const version = 3
/** C1, S1, C2 and S2 are each so long (RTMP 1.0 §5.2.3, §5.2.4). */
const packetBytes = 1536
const nothing = Buffer.alloc(0)

/** One side of the plain handshake (RTMP 1.0 §5.2). Holds at most 3,073 bytes and one `push`. */
export class Handshake {
  readonly #role: 'client' | 'server'
  #bytes = nothing
  #answered = false

  constructor(role: 'client' | 'server') {
    this.#role = role
  }

  /** What to send before anything came: C0 and C1 of a client, nothing of a server. */
  start(): Buffer {
    return this.#role === 'client' ? versionAndPacket() : nothing
  }

  /** Takes what the peer sent. Throws RtmpProtocolError when it speaks another version. */
  push(bytes: Buffer): HandshakeStep {
    this.#bytes = Buffer.concat([this.#bytes, bytes])
    if (this.#bytes.length > 0 && this.#bytes[0] !== version) throw new RtmpProtocolError('This is not RTMP version 3')
    let send = nothing
    if (!this.#answered && this.#bytes.length >= 1 + packetBytes) {
      this.#answered = true
      const echo = this.#bytes.subarray(1, 1 + packetBytes)
      send = this.#role === 'client' ? echo : Buffer.concat([versionAndPacket(), echo])
    }
    // The peer's echo is not compared with what was sent: hardware encoders send what they like there.
    const done = this.#bytes.length >= 1 + 2 * packetBytes
    return { send, rest: done ? this.#bytes.subarray(1 + 2 * packetBytes) : undefined }
  }
}

/** Version, time 0, four zero bytes (which tell a peer that no digest stands in it), 1,528 random bytes. */
function versionAndPacket(): Buffer {
  const bytes = Buffer.alloc(1 + packetBytes)
  bytes[0] = version
  return randomFillSync(bytes, 9)
}
