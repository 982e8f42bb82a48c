import { connect, type Socket } from 'node:net'
import type { Amf0Object, Amf0Value } from '#worker/rtmp/amf0.ts'
import { ChunkReader } from '#worker/rtmp/chunk-reader.ts'
import { encodeMessage } from '#worker/rtmp/chunk-writer.ts'
import { Handshake } from '#worker/rtmp/handshake.ts'
import { command, messageType, type RtmpCommand, type RtmpMessage, readCommand } from '#worker/rtmp/messages.ts'
import { eventually } from './eventually.ts'

/** An RTMP client that says exactly what a test wants, right or wrong, and remembers every answer. */
export class RtmpPeer {
  readonly commands: RtmpCommand[] = []
  readonly messages: RtmpMessage[] = []
  readonly socket: Socket
  readonly #handshake = new Handshake('client')
  readonly #reader = new ChunkReader()
  #shaken = false
  #closed = false

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1').setNoDelay()
    this.socket.on('data', (bytes: Buffer) => this.#take(bytes))
    this.socket.on('error', () => {})
    this.socket.on('close', () => {
      this.#closed = true
    })
  }

  /** Connects and shakes hands. */
  static async open(port: number): Promise<RtmpPeer> {
    const peer = new RtmpPeer(port)
    peer.socket.write(peer.#handshake.start())
    await eventually('the handshake is done', () => peer.#shaken || peer.#closed)
    if (!peer.#shaken) throw new Error('The server closed the connection during the handshake')
    return peer
  }

  /** Goes all the way to `publish`, as FFmpeg does, and waits for the answer. */
  static async publish(port: number, streamKey: string): Promise<RtmpPeer> {
    const peer = await RtmpPeer.open(port)
    peer.connect()
    peer.command('releaseStream', 2, null, streamKey)
    peer.command('FCPublish', 3, null, streamKey)
    peer.command('createStream', 4, null)
    peer.send(command(1, 'publish', 5, null, streamKey, 'live'))
    await eventually('publish was answered', () => peer.status)
    return peer
  }

  connect(properties: Amf0Object = {}): void {
    this.command('connect', 1, { app: 'live', tcUrl: 'rtmp://127.0.0.1/live', ...properties })
  }

  command(name: string, transactionId: number, object: Amf0Object | null, ...args: Amf0Value[]): void {
    this.send(command(0, name, transactionId, object, ...args))
  }

  send(message: RtmpMessage): void {
    this.socket.write(encodeMessage(message, 128, 5))
  }

  video(timestamp: number, payload: Buffer): void {
    this.send({ type: messageType.video, timestamp, streamId: 1, payload })
  }

  audio(timestamp: number, payload: Buffer): void {
    this.send({ type: messageType.audio, timestamp, streamId: 1, payload })
  }

  /** Code and description of the newest `onStatus` or `_error`. */
  get status(): { code: string; description: string } | undefined {
    const answer = this.commands.findLast((each) => each.name === 'onStatus' || each.name === '_error')
    const said = answer?.args[0]
    return said as { code: string; description: string } | undefined
  }

  get closed(): boolean {
    return this.#closed
  }

  #take(bytes: Buffer): void {
    let rest: Buffer | undefined = bytes
    if (!this.#shaken) {
      const step = this.#handshake.push(bytes)
      this.socket.write(step.send)
      rest = step.rest
      if (rest === undefined) return
      this.#shaken = true
    }
    for (const message of this.#reader.push(rest)) {
      this.messages.push(message)
      if (message.type === messageType.commandAmf0) this.commands.push(readCommand(message))
    }
  }
}

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

/** H.264 sequence header as an FLV video body: x264 baseline, 320x180, 25 fps by its VUI. */
export const avcHeader = hex(
  '17 00 000000 0142c00cffe100176742c00cda05067e7c0440000003004000000c83c50aa801000468ce0fc8',
)
/** AAC-LC, 44.1 kHz, stereo. */
export const aacHeader = hex('af 00 1210')
/** A keyframe, an inter frame and an AAC frame; their content means nothing. */
export const keyframe = Buffer.concat([hex('17 01 000000 00000064 65'), Buffer.alloc(99, 1)])
export const interFrame = Buffer.concat([hex('27 01 000000 00000032 41'), Buffer.alloc(49, 2)])
export const aacFrame = Buffer.concat([hex('af 01'), Buffer.alloc(30, 3)])
