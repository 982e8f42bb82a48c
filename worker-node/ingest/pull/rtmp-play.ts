import type { Socket } from 'node:net'
import type { Amf0Value } from '../../rtmp/amf0.ts'
import { ChunkReader } from '../../rtmp/chunk-reader.ts'
import { defaultChunkSize, encodeMessage } from '../../rtmp/chunk-writer.ts'
import { Handshake } from '../../rtmp/handshake.ts'
import * as rtmp from '../../rtmp/messages.ts'
import { RtmpProtocolError } from '../../rtmp/protocol-error.ts'
import { type DialOptions, dial } from '../egress/dial.ts'
import { UnsupportedMediaError } from '../rtmp/media-kind.ts'
import { Publication, type PublicationEnd, type RtmpPublication } from '../rtmp/publication.ts'
import { lost, PullError, stalled } from './pull-error.ts'
import { type RtmpAddress, readRtmpAddress } from './rtmp-address.ts'
import { splitAggregate } from './rtmp-aggregate.ts'

/** The server sends us elsewhere. */
export class RtmpRedirect extends Error {
  override readonly name = 'RtmpRedirect'
  readonly to: URL

  constructor(to: URL) {
    super('The server redirects')
    this.to = to
  }
}

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
const transaction = { connect: 1, createStream: 2, play: 3 } as const

/**
 * Plays one stream of an RTMP(S) server (RTMP 1.0 §7.2) over a connection to a checked address; resolves once it sends media. Throws a
 * PullError, an EgressError or an RtmpRedirect.
 */
export async function playRtmp(url: URL, options: DialOptions, signal: AbortSignal): Promise<RtmpPublication> {
  const address = readRtmpAddress(url)
  const socket = await dial(address, options, signal)
  return new RtmpPlay(socket, address, signal).begun
}

class RtmpPlay {
  /** The media, once there is some. */
  readonly begun: Promise<RtmpPublication>
  readonly #socket: Socket
  readonly #address: RtmpAddress
  readonly #reader = new ChunkReader()
  readonly #begun = Promise.withResolvers<RtmpPublication>()
  readonly #publication: Publication
  readonly #watch: NodeJS.Timeout
  readonly #release: () => void
  #handshake: Handshake | undefined = new Handshake('client')
  #step: 'connect' | 'create' | 'play' | 'media' = 'connect'
  #sinceMs = performance.now()
  #streamId = 1
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
        this.#end({ reason: 'unsupported_media', detail: error.message }, error)
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
    this.#begun.resolve(this.#publication)
  }

  #onControl(message: rtmp.RtmpMessage): void {
    const control = rtmp.readUserControl(message)
    if (control?.event === rtmp.userControlEvent.pingRequest)
      this.#send(rtmp.userControl(rtmp.userControlEvent.pingResponse, control.value))
    if (control?.event === rtmp.userControlEvent.streamEof && this.#step === 'media')
      this.#fail(lost(this.#address.host))
  }

  #onCommand({ name, transactionId, args: [first] }: rtmp.RtmpCommand): void {
    const code = textOf(first, 'code')
    if (name === '_error' || (name === 'onStatus' && textOf(first, 'level') === 'error'))
      return this.#refused(code, first)
    if (name === '_result' && transactionId === transaction.connect) {
      this.#step = 'create'
      this.#send(rtmp.windowAcknowledgementSize(windowBytes))
      this.#command(0, 'createStream', transaction.createStream, null)
    } else if (name === '_result' && transactionId === transaction.createStream && typeof first === 'number') {
      this.#step = 'play'
      this.#sinceMs = performance.now()
      this.#streamId = first
      this.#command(first, 'play', transaction.play, null, this.#address.streamName, -2_000)
      this.#send(setBufferLength(first, bufferMs))
    } else if (name === 'close' || /Play\.(Stop|Complete|UnpublishNotify)|Connect\.Closed/.test(code)) {
      if (this.#step === 'media') this.#fail(lost(this.#address.host))
    }
  }

  #refused(code: string, first: Amf0Value | undefined): void {
    const { host } = this.#address
    const extra = isObject(first) ? first.ex : undefined
    const redirect = URL.parse(textOf(extra, 'redirect'))
    if (redirect && /^rtmps?:$/.test(redirect.protocol)) return this.#fail(new RtmpRedirect(redirect))
    if (/NotFound|InvalidApp/.test(code))
      return this.#fail(
        new PullError('not_found', `${host} has no such stream.`, 'Check the address, and that the source sends.'),
      )
    this.#fail(
      new PullError(
        'forbidden',
        `${host} refuses to play the stream.`,
        'Check the address and the token in it, if there is one.',
      ),
    )
  }

  #check(): void {
    const { lastMediaAtMs } = this.#publication.received()
    const { host } = this.#address
    const nowMs = performance.now()
    if (this.#step === 'media') {
      if (!this.#publication.heldBack && nowMs - lastMediaAtMs > silenceMs) this.#fail(stalled(host, silenceMs / 1_000))
    } else if (nowMs - this.#sinceMs > (this.#step === 'play' ? firstMediaMs : answerLimitMs)) {
      this.#fail(this.#step === 'play' ? nothingYet(host) : stalled(host, answerLimitMs / 1_000))
    }
  }

  #fail(error: Error): void {
    this.#end({ reason: 'disconnected', detail: error.message }, error)
  }

  #end(end: PublicationEnd, error: Error = new Error(end.detail)): void {
    if (this.#isOver) return
    this.#isOver = true
    clearInterval(this.#watch)
    this.#release()
    this.#socket.destroy()
    this.#publication.finish(end)
    this.#begun.reject(error)
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

function isObject(
  value: Amf0Value | undefined,
): value is Parameters<typeof rtmp.isAmf0Object>[0] & Record<string, Amf0Value> {
  return value !== undefined && rtmp.isAmf0Object(value)
}

function textOf(value: Amf0Value | undefined, property: string): string {
  const text = isObject(value) ? value[property] : undefined
  return typeof text === 'string' ? text : ''
}

const nothingYet = (host: string) =>
  new PullError(
    'no_media',
    `${host} takes the request, but sends no media.`,
    'Check the name of the stream in the address, and that its source sends.',
  )

const notRtmp = (host: string, cause: RtmpProtocolError) =>
  new PullError('source_unreadable', `${host} does not speak RTMP as it should.`, 'Check the address and the port.', {
    cause,
  })
