import type { Socket } from 'node:net'
import type { Amf0Value } from '../../rtmp/amf0.ts'
import { ChunkReader } from '../../rtmp/chunk-reader.ts'
import { defaultChunkSize, encodeMessage } from '../../rtmp/chunk-writer.ts'
import { Handshake } from '../../rtmp/handshake.ts'
import * as rtmp from '../../rtmp/messages.ts'
import { RtmpProtocolError } from '../../rtmp/protocol-error.ts'
import { type DialOptions, dial } from '../egress/dial.ts'
import { timedOut } from '../egress/egress-error.ts'
import { UnsupportedMediaError } from '../rtmp/media-kind.ts'
import { Publication, type PublicationEnd, type RtmpPublication } from '../rtmp/publication.ts'
import { closedByUs, lost, stalled } from './pull-error.ts'
import { type RtmpAddress, readRtmpAddress } from './rtmp-address.ts'
import { splitAggregate } from './rtmp-aggregate.ts'
import { isPlayEnd, nothingYet, notRtmp, playRefusal, unsupported } from './rtmp-refusal.ts'

/** Limits of a play session, milliseconds. */
const answerLimitMs = 8_000
/** A server that knows the stream but has no media yet is asked anew after so long. */
const firstMediaMs = 10_000
const silenceMs = 8_000
const watchEachMs = 500
const maxBehindBytes = 4 * 1024 * 1024
/** What the server may have sent before it wants to hear of us; also how far it counts as read. */
const windowBytes = 2_500_000
const bufferMs = 1_000
/** What `play` begins with (§7.2.2.1): the live stream of this name, else the recorded one. */
const liveOrRecorded = -2_000
const transaction = { connect: 1, createStream: 2, play: 3 } as const

/**
 * Plays one stream of an RTMP(S) server (RTMP 1.0 §7.2) over a connection to a checked address; resolves once it sends media. Throws a
 * PullError, an EgressError or an RtmpRedirect.
 */
export async function playRtmp(url: URL, options: DialOptions, signal: AbortSignal): Promise<RtmpPlayed> {
  const address = readRtmpAddress(url)
  const socket = await dial(address, options, signal)
  return new RtmpPlay(socket, address, signal).begun
}

/** An RTMP stream that plays. */
export interface RtmpPlayed {
  readonly publication: RtmpPublication
  /** Why it is over. Never rejects. */
  readonly over: Promise<Error>
}

class RtmpPlay {
  /** The media, once there is some. */
  readonly begun: Promise<RtmpPlayed>
  readonly #socket: Socket
  readonly #address: RtmpAddress
  readonly #reader = new ChunkReader()
  readonly #begun = Promise.withResolvers<RtmpPlayed>()
  readonly #over = Promise.withResolvers<Error>()
  readonly #publication: Publication
  readonly #watch: NodeJS.Timeout
  readonly #release: () => void
  #handshake: Handshake | undefined = new Handshake('client')
  #step: 'connect' | 'create' | 'play' | 'media' = 'connect'
  #sinceMs = performance.now()
  #received = 0
  #acknowledged = 0
  #isOver = false

  constructor(socket: Socket, address: RtmpAddress, signal: AbortSignal) {
    this.#socket = socket
    this.#address = address
    this.begun = this.#begun.promise
    this.#publication = new Publication({
      streamKey: '',
      slot: '',
      remoteAddress: '',
      nowMs: () => performance.now(),
      maxBehindBytes,
      liveMs: silenceMs,
      connection: { pause: () => socket.pause(), resume: () => socket.resume(), end: (end) => this.#end(end) },
    })
    const stop = () => this.#end({ reason: 'closed_by_us', detail: 'The input was stopped.' })
    signal.addEventListener('abort', stop, { once: true })
    this.#release = () => signal.removeEventListener('abort', stop)
    this.#watch = setInterval(() => this.#check(), watchEachMs)
    socket.on('data', (bytes: Buffer) => this.#take(bytes))
    socket.on('error', () => {}).on('close', () => this.#fail(lost(address.host)))
    socket.write(this.#handshake?.start() ?? Buffer.alloc(0))
    if (signal.aborted) stop()
  }

  #take(bytes: Buffer): void {
    if (this.#isOver) return
    this.#received += bytes.length
    try {
      if (this.#handshake) this.#shake(this.#handshake, bytes)
      else this.#read(bytes)
    } catch (error) {
      if (error instanceof UnsupportedMediaError)
        this.#end({ reason: 'unsupported_media', detail: error.message }, unsupported(error))
      else if (error instanceof RtmpProtocolError) this.#fail(notRtmp(this.#address.host, error))
      else throw error
    }
    if (this.#received - this.#acknowledged < windowBytes / 2) return
    this.#acknowledged = this.#received
    this.#send(rtmp.acknowledgement(this.#received))
  }

  #shake(handshake: Handshake, bytes: Buffer): void {
    const { send, rest } = handshake.push(bytes)
    if (send.length > 0) this.#socket.write(send)
    if (!rest) return
    this.#handshake = undefined
    const { app, tcUrl } = this.#address
    this.#command(0, 'connect', transaction.connect, {
      ...{ app, tcUrl, flashVer: 'LNX 9,0,124,2', fpad: false, capabilities: 15 },
      ...{ audioCodecs: 4071, videoCodecs: 252, videoFunction: 1 },
    })
    this.#read(rest)
  }

  #read(bytes: Buffer): void {
    for (const message of this.#reader.push(bytes)) {
      this.#onMessage(message)
      if (this.#isOver) return
    }
  }

  #onMessage(message: rtmp.RtmpMessage): void {
    const { type } = message
    if (type === rtmp.messageType.commandAmf0 || type === rtmp.messageType.commandAmf3)
      this.#onCommand(rtmp.readCommand(message))
    else if (type === rtmp.messageType.aggregate) for (const part of splitAggregate(message)) this.#onMedia(part)
    else if (mediaTypes.has(type)) this.#onMedia(message)
    else if (type === rtmp.messageType.userControl) this.#onControl(message)
  }

  #onMedia(message: rtmp.RtmpMessage): void {
    if (this.#step !== 'play' && this.#step !== 'media') return
    this.#publication.take(message)
    if (this.#step === 'media' || this.#publication.received().bytes === 0) return
    this.#step = 'media'
    this.#begun.resolve({ publication: this.#publication, over: this.#over.promise })
  }

  #onControl(message: rtmp.RtmpMessage): void {
    const control = rtmp.readUserControl(message)
    if (control?.event === rtmp.userControlEvent.pingRequest)
      this.#send(rtmp.userControl(rtmp.userControlEvent.pingResponse, control.value))
    if (control?.event === rtmp.userControlEvent.streamEof && this.#step === 'media')
      this.#fail(lost(this.#address.host))
  }

  #onCommand(command: rtmp.RtmpCommand): void {
    const { name, transactionId, args } = command
    const [first] = args
    const refusal = playRefusal(this.#address.host, command)
    if (refusal) this.#fail(refusal)
    else if (name === '_result' && transactionId === transaction.connect) this.#create()
    else if (name === '_result' && transactionId === transaction.createStream && typeof first === 'number')
      this.#play(first)
    else if (this.#step === 'media' && isPlayEnd(command)) this.#fail(lost(this.#address.host))
  }

  #create(): void {
    this.#step = 'create'
    this.#send(rtmp.windowAcknowledgementSize(windowBytes))
    this.#command(0, 'createStream', transaction.createStream, null)
  }

  #play(streamId: number): void {
    this.#step = 'play'
    this.#sinceMs = performance.now()
    this.#command(streamId, 'play', transaction.play, null, this.#address.streamName, liveOrRecorded)
    this.#send(setBufferLength(streamId, bufferMs))
  }

  #check(): void {
    const { lastMediaAtMs } = this.#publication.received()
    const { host } = this.#address
    const nowMs = performance.now()
    if (this.#step === 'media') {
      if (!this.#publication.heldBack && nowMs - lastMediaAtMs > silenceMs) this.#fail(stalled(host))
    } else if (nowMs - this.#sinceMs > (this.#step === 'play' ? firstMediaMs : answerLimitMs)) {
      this.#fail(this.#step === 'play' ? nothingYet(host) : timedOut(host))
    }
  }

  #fail(error: Error): void {
    this.#end({ reason: 'disconnected', detail: error.message }, error)
  }

  #end(end: PublicationEnd, error: Error = closedByUs()): void {
    if (this.#isOver) return
    this.#isOver = true
    clearInterval(this.#watch)
    this.#release()
    this.#socket.destroy()
    this.#publication.finish(end)
    this.#begun.reject(error)
    this.#over.resolve(error)
  }

  #command(
    streamId: number,
    name: string,
    id: number,
    object: Parameters<typeof rtmp.command>[3],
    ...args: Amf0Value[]
  ) {
    this.#send(rtmp.command(streamId, name, id, object, ...args))
  }

  #send(message: rtmp.RtmpMessage): void {
    const isControl = message.type < rtmp.messageType.audio
    const stream = isControl ? rtmp.chunkStreamId.control : rtmp.chunkStreamId.command
    if (!this.#isOver) this.#socket.write(encodeMessage(message, defaultChunkSize, stream))
  }
}

const { audio, video, dataAmf0, dataAmf3 } = rtmp.messageType
const mediaTypes: ReadonlySet<number> = new Set([audio, video, dataAmf0, dataAmf3])

/** RTMP 1.0 §7.1.7: how much the client buffers; some servers send nothing before they know. */
function setBufferLength(streamId: number, ms: number): rtmp.RtmpMessage {
  const payload = Buffer.alloc(10)
  payload.writeUInt16BE(rtmp.userControlEvent.setBufferLength)
  payload.writeUInt32BE(streamId, 2)
  payload.writeUInt32BE(ms, 6)
  return { type: rtmp.messageType.userControl, timestamp: 0, streamId: 0, payload }
}
