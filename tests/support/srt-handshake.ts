import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { type Handshake, handshakeType, readHandshake, writeHandshake } from '#worker/srt/handshake.ts'
import { extensionType } from '#worker/srt/packet.ts'

/** A whole, right conclusion, as libsrt 1.5 sends it; the cookie is still missing. */
export function conclusion(streamId: string, { socketId = 4_711, keys = keyMaterial(16) } = {}): Handshake {
  return {
    timestamp: 250,
    destination: 0,
    version: 5,
    encryption: 2,
    extensionField: 7,
    initialSequence: 1_000,
    mtu: 1_500,
    flowWindow: 8_192,
    type: handshakeType.conclusion,
    socketId,
    cookie: 0,
    peerAddress: Buffer.from('0100007f000000000000000000000000', 'hex'),
    extensions: [
      { type: extensionType.srtRequest, content: Buffer.from('00010501000000bf00780000', 'hex') },
      { type: extensionType.keyRequest, content: keys },
      { type: extensionType.streamId, content: streamIdContent(streamId) },
    ],
  }
}

/** The induction that goes before it. */
export function induction(of: Handshake): Handshake {
  return { ...of, version: 4, encryption: 0, extensionField: 2, type: handshakeType.induction, extensions: [] }
}

/** The content of a stream id extension. */
export function streamIdContent(streamId: string): Buffer {
  const padded = Buffer.alloc(Math.ceil(streamId.length / 4) * 4)
  padded.write(streamId, 'latin1')
  return padded.swap32()
}

/** A Key Material message of the right form, whose key nobody can open. */
export function keyMaterial(keyBytes: 16 | 24 | 32): Buffer {
  const head = Buffer.from('12202901000000000200020000000404', 'hex')
  head[15] = keyBytes / 4
  return Buffer.concat([head, Buffer.alloc(16, 0x5a), Buffer.alloc(8 + keyBytes, 0xc3)])
}

/** A caller of which a test makes up each datagram. */
export class SrtPeer {
  readonly socket: Socket
  readonly received: Buffer[] = []
  readonly #port: number

  private constructor(socket: Socket, port: number) {
    this.socket = socket
    this.#port = port
    socket.on('message', (datagram: Buffer) => {
      this.received.push(datagram)
      if (this.received.length > 100) this.received.shift()
    })
  }

  static async open(port: number): Promise<SrtPeer> {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new SrtPeer(socket, port)
  }

  send(datagram: Buffer): void {
    this.socket.send(datagram, this.#port, '127.0.0.1')
  }

  /** Sends a handshake and gives the next one that comes. */
  async ask(handshake: Handshake): Promise<Handshake> {
    const { promise, resolve } = Promise.withResolvers<Handshake>()
    // A listener of another call of this peer may say something meanwhile.
    const look = (datagram: Buffer) => {
      const read = readHandshake(datagram)
      if (read) resolve(read)
    }
    this.socket.on('message', look)
    this.send(writeHandshake(handshake))
    return promise.finally(() => this.socket.off('message', look))
  }

  /** Goes through the induction; gives the conclusion with the cookie. */
  async withCookie(handshake: Handshake): Promise<Handshake> {
    return { ...handshake, cookie: (await this.ask(induction(handshake))).cookie }
  }

  close(): void {
    this.socket.close()
  }
}
