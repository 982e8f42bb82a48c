import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Amf0Object, Amf0Value } from '../../rtmp/amf0.ts'
import { ChunkReader } from '../../rtmp/chunk-reader.ts'
import { defaultChunkSize, encodeMessage } from '../../rtmp/chunk-writer.ts'
import { Handshake } from '../../rtmp/handshake.ts'
import {
  chunkStreamId,
  command,
  isAmf0Object,
  messageType,
  type RtmpCommand,
  type RtmpMessage,
  readCommand,
  setChunkSize,
} from '../../rtmp/messages.ts'
import type { HolderAddress } from './holder-address.ts'
import { maxCommandBytes, maxRelayBehindBytes, relayedMark, relayOpeningMs, relaySilenceMs } from './limits.ts'
import type { PublishRequest, Refusal } from './publish-session.ts'

export interface HolderLinkOptions {
  readonly address: HolderAddress
  readonly wanted: PublishRequest
  /** More waits to be sent than `maxRelayBehindBytes`, or no longer so. */
  readonly onHeldBack: (held: boolean) => void
  /** The holder ended the publication, in these words. */
  readonly onRefused: (refusal: Refusal) => void
  /** The holder is gone without a word. */
  readonly onLost: () => void
}

const transaction = { connect: 1, createStream: 2, publish: 3 } as const
const chunkSize = 65_536
const watchEachMs = 500
/** Enhanced RTMP v2, `capsEx`: the holder may ask us to look for another one. */
const reconnects = 0x01

/**
 * An encoder's publication, carried on to the worker that holds its stream: our own RTMP client (RTMP 1.0 §7.2) with the same
 * stream key, which is all that the holder trusts. Messages go through untouched. Memory: `maxRelayBehindBytes` and one message.
 */
export class HolderLink {
  readonly #options: HolderLinkOptions
  readonly #socket: Socket
  readonly #reader = new ChunkReader({ maxMessageBytes: maxCommandBytes, maxChunkStreams: 64 })
  readonly #opened = Promise.withResolvers<Refusal | 'unreachable' | 'open'>()
  readonly #watch: NodeJS.Timeout
  #handshake: Handshake | undefined = new Handshake('client')
  #state: 'opening' | 'open' | 'over' = 'opening'
  #chunkSize = defaultChunkSize
  #streamId = 1
  #heardAtMs = performance.now()
  #isHeldBack = false

  /** Resolves once the holder takes the publication, or with why not. */
  static async open(options: HolderLinkOptions): Promise<HolderLink | Refusal | 'unreachable'> {
    const link = new HolderLink(options)
    const result = await link.#opened.promise
    return result === 'open' ? link : result
  }

  private constructor(options: HolderLinkOptions) {
    this.#options = options
    const { host, port, secure } = options.address
    this.#socket = secure
      ? connectTls({ host, port, ...(isIP(host) ? {} : { servername: host }) })
      : connectTcp({ host, port })
    this.#socket
      .setNoDelay(true)
      .on(secure ? 'secureConnect' : 'connect', () => this.#socket.write(this.#handshake?.start() ?? Buffer.alloc(0)))
      .on('data', (bytes: Buffer) => this.#take(bytes))
      .on('drain', () => this.#holdBack(false))
      .on('error', () => {}) // 'close' follows.
      .on('close', () => this.#lose())
    this.#watch = setInterval(() => {
      const limitMs = this.#state === 'opening' ? relayOpeningMs : relaySilenceMs
      if (performance.now() - this.#heardAtMs > limitMs) this.#lose()
    }, watchEachMs)
  }

  get heldBack(): boolean {
    return this.#isHeldBack
  }

  /** Sends one media or data message. */
  take({ type, timestamp, payload }: RtmpMessage): void {
    if (this.#state !== 'open') return
    const stream = type === messageType.video ? chunkStreamId.video : chunkStreamId.audio
    const chunks = type === messageType.video || type === messageType.audio ? stream : chunkStreamId.data
    this.#socket.write(encodeMessage({ type, timestamp, streamId: this.#streamId, payload }, this.#chunkSize, chunks))
    if (this.#socket.writableLength > maxRelayBehindBytes) this.#holdBack(true)
  }

  /** Ends it from our side: with a goodbye where the encoder said one, else as a lost connection. */
  close(saysGoodbye: boolean): void {
    if (saysGoodbye && this.#state === 'open') {
      this.#command(0, 'FCUnpublish', 0, null, this.#options.wanted.streamKey)
      this.#command(0, 'deleteStream', 0, null, this.#streamId)
      this.#state = 'over'
      this.#socket.end()
      this.#socket.setTimeout(relayOpeningMs, () => this.#socket.destroy())
      clearInterval(this.#watch)
      return
    }
    this.#finish()
  }

  #take(bytes: Buffer): void {
    this.#heardAtMs = performance.now()
    if (this.#state === 'over') return
    try {
      if (this.#handshake) this.#shakeHands(this.#handshake, bytes)
      else this.#read(bytes)
    } catch {
      this.#lose() // It is no worker of ours that answers there.
    }
  }

  #shakeHands(handshake: Handshake, bytes: Buffer): void {
    const { send, rest } = handshake.push(bytes)
    if (send.length > 0) this.#socket.write(send)
    if (!rest) return
    this.#handshake = undefined
    const { app, tcUrl } = this.#options.address
    this.#command(0, 'connect', transaction.connect, {
      app,
      tcUrl,
      flashVer: 'Weir',
      capsEx: reconnects,
      [relayedMark]: true,
    })
    this.#read(rest)
  }

  #read(bytes: Buffer): void {
    for (const message of this.#reader.push(bytes)) {
      const isCommand = message.type === messageType.commandAmf0 || message.type === messageType.commandAmf3
      if (isCommand) this.#onCommand(readCommand(message))
      if (this.#state === 'over') return
    }
  }

  #onCommand({ name, transactionId, args }: RtmpCommand): void {
    const said = args[0] !== undefined && isAmf0Object(args[0]) ? args[0] : {}
    const { level, code, description } = said
    if (name === '_error' || (name === 'onStatus' && level === 'error')) {
      this.#refuse({
        code: typeof code === 'string' ? code : 'NetStream.Publish.Denied',
        description: typeof description === 'string' ? description : 'The worker that runs this stream refused it.',
      })
    } else if (name === 'onStatus' && code === 'NetConnection.Connect.ReconnectRequest') {
      this.#lose() // Its stream goes to another worker, and its encoder with it.
    } else if (name === '_result' && transactionId === transaction.connect) {
      this.#send(setChunkSize(chunkSize))
      this.#chunkSize = chunkSize
      this.#command(0, 'createStream', transaction.createStream, null)
    } else if (name === '_result' && transactionId === transaction.createStream && typeof args[0] === 'number') {
      const { streamKey, inputId } = this.#options.wanted
      this.#streamId = args[0]
      const publishName = inputId === null ? streamKey : `${streamKey}?input=${inputId}`
      this.#command(this.#streamId, 'publish', transaction.publish, null, publishName, 'live')
    } else if (name === 'onStatus' && code === 'NetStream.Publish.Start' && this.#state === 'opening') {
      this.#state = 'open'
      this.#opened.resolve('open')
    }
  }

  #refuse(refusal: Refusal): void {
    const wasOpen = this.#state === 'open'
    this.#opened.resolve(refusal)
    this.#finish()
    if (wasOpen) this.#options.onRefused(refusal)
  }

  #lose(): void {
    const wasOpen = this.#state === 'open'
    this.#opened.resolve('unreachable')
    this.#finish()
    if (wasOpen) this.#options.onLost()
  }

  #finish(): void {
    this.#state = 'over'
    clearInterval(this.#watch)
    this.#socket.destroy()
  }

  #holdBack(held: boolean): void {
    if (this.#isHeldBack === held || (held && this.#state !== 'open')) return
    this.#isHeldBack = held
    this.#options.onHeldBack(held)
  }

  #command(streamId: number, name: string, id: number, object: Amf0Object | null, ...args: Amf0Value[]): void {
    this.#send(command(streamId, name, id, object, ...args))
  }

  #send(message: RtmpMessage): void {
    const isControl = message.type < messageType.audio
    this.#socket.write(
      encodeMessage(message, this.#chunkSize, isControl ? chunkStreamId.control : chunkStreamId.command),
    )
  }
}
