import type { Socket } from 'node:net'
import { ChunkReader, defaultChunkLimits } from '../../rtmp/chunk-reader.ts'
import { Handshake } from '../../rtmp/handshake.ts'
import { messageType, type RtmpMessage, readCommand } from '../../rtmp/messages.ts'
import { RtmpProtocolError } from '../../rtmp/protocol-error.ts'
import { lingerMs, maxCommandBytes, type RtmpLimits, reconnectMs, relayedSignEachMs } from './limits.ts'
import { UnsupportedMediaError } from './media-kind.ts'
import { Outgoing } from './outgoing.ts'
import type { Publication, PublicationEnd } from './publication.ts'
import { type Elsewhere, isElsewhere, type PublishRequest, PublishSession, type Refusal } from './publish-session.ts'
import { type MediaSink, type Place, RelayedPublication } from './relayed-publication.ts'

/** What a connection needs of its server. */
export interface ConnectionHost {
  readonly limits: RtmpLimits
  /** Asks whether this peer may publish; gives the refusal if not. Never rejects. */
  authorize(wanted: PublishRequest, remoteAddress: string): Promise<Refusal | Place | Elsewhere>
  /** Enters the publication of an authorised peer, in place of a dead one; gives the refusal if a live one holds the key. */
  open(wanted: PublishRequest, place: Place, connection: Connection): Publication | Refusal
  /** The peer's media goes on to the worker that runs its stream. */
  relayed(remoteAddress: string): void
  /** The peer was told that it publishes: its media may be read. */
  opened(publication: Publication): void
  /** By a fault of ours; its end follows. */
  failed(connection: Connection, error: unknown): void
  /** The connection is over; `publication` is what it published, if anything. */
  ended(connection: Connection, publication: Publication | undefined, end: PublicationEnd): void
}

const mediaTypes: ReadonlySet<number> = new Set([
  messageType.audio,
  messageType.video,
  messageType.dataAmf0,
  messageType.dataAmf3,
])

/**
 * One peer: its socket, handshake, chunks, time limits and end. What it says goes to PublishSession, its media to Publication.
 * Nothing that a peer sends throws out of here. Memory before `publish` is granted: 128 KiB of half-sent messages,
 * two socket reads, 256 KiB of unread answers.
 */
export class Connection {
  readonly remoteAddress: string
  readonly #socket: Socket
  readonly #host: ConnectionHost
  readonly #session = new PublishSession()
  readonly #reader = new ChunkReader({ ...defaultChunkLimits, maxMessageBytes: maxCommandBytes })
  readonly #handshake = new Handshake('server')
  readonly #outgoing: Outgoing
  #state: 'handshake' | 'commands' | 'authorizing' | 'publishing' | 'closing' = 'handshake'
  /** What it publishes here. */
  #publication: Publication | undefined
  /** Where its media goes. */
  #sink: MediaSink | undefined
  #signs: NodeJS.Timeout | undefined
  #deadline: NodeJS.Timeout | undefined

  constructor(socket: Socket, remoteAddress: string, host: ConnectionHost) {
    this.#socket = socket
    this.remoteAddress = remoteAddress
    this.#host = host
    this.#outgoing = new Outgoing(socket)
    socket.setNoDelay(true)
    socket.on('data', (bytes: Buffer) => this.#guard(() => this.#take(bytes)))
    socket.on('error', () => {}) // 'close' follows.
    socket.on('close', () => this.#onClose())
    this.#limit(host.limits.handshakeMs, 'The RTMP handshake took too long')
  }

  /** Tells the peer why, and closes. Only the first call has an effect. */
  end(end: PublicationEnd, code = 'NetStream.Publish.Rejected'): void {
    if (this.#state === 'closing') return
    if (this.#state !== 'handshake') this.#outgoing.send(this.#session.refused({ code, description: end.detail }))
    this.#finish(end)
  }

  /**
   * Has the peer connect again (Enhanced RTMP v2, Reconnect Request): it leaves by itself once it has, or after a while we
   * close. A peer that does not understand that is told why, and closed at once.
   */
  askToReconnect(end: PublicationEnd): void {
    if (this.#state === 'closing') return
    if (!this.#session.understandsReconnect) {
      this.end(end)
      return
    }
    this.#outgoing.send(this.#session.reconnectRequest(end.detail))
    this.#finish(end, reconnectMs)
  }

  /** Stops reading: TCP holds the peer back. */
  pause(): void {
    if (this.#state !== 'closing') this.#socket.pause()
  }

  resume(): void {
    if (this.#state !== 'authorizing') this.#socket.resume()
  }

  #guard(work: () => void): void {
    try {
      work()
    } catch (error) {
      if (error instanceof UnsupportedMediaError) this.end({ reason: 'unsupported_media', detail: error.message })
      else if (error instanceof RtmpProtocolError) this.#finish({ reason: 'protocol_error', detail: error.message })
      else {
        this.#host.failed(this, error)
        this.end({ reason: 'closed_by_us', detail: 'Something went wrong on our side. Publish again.' })
      }
    }
  }

  #take(bytes: Buffer): void {
    this.#outgoing.received(bytes.length)
    if (this.#state === 'closing') return
    if (this.#state === 'publishing') this.#deadline?.refresh()
    if (this.#state === 'handshake') this.#shakeHands(bytes)
    else this.#reader.push(bytes)
    this.#readMessages()
    if (!this.#hasEnded()) this.#outgoing.acknowledgeWhenDue()
  }

  #shakeHands(bytes: Buffer): void {
    const { send, rest } = this.#handshake.push(bytes)
    if (send.length > 0) this.#outgoing.write(send)
    if (rest === undefined) return
    this.#state = 'commands'
    this.#limit(this.#host.limits.publishMs, 'The encoder connected but did not publish')
    this.#reader.push(rest)
  }

  /** While the peer is being authorised, what it sent stays unparsed. */
  #readMessages(): void {
    if (this.#state !== 'commands' && this.#state !== 'publishing') return
    for (const message of this.#reader.messages()) {
      this.#onMessage(message)
      if (this.#state !== 'commands' && this.#state !== 'publishing') return
    }
  }

  #onMessage(message: RtmpMessage): void {
    const { type } = message
    if (type === messageType.commandAmf0 || type === messageType.commandAmf3) this.#onCommand(message)
    else if (mediaTypes.has(type))
      this.#sink?.take(message) // Before `publish` is granted, nobody takes it.
    else if (type === messageType.aggregate) throw new RtmpProtocolError('Aggregate messages are not taken')
    else this.#outgoing.obey(message)
  }

  #onCommand(message: RtmpMessage): void {
    const { answers, next } = this.#session.command(readCommand(message), message.streamId)
    for (const answer of answers) this.#outgoing.send(answer)
    if (next?.kind === 'publish') void this.#publish(next)
    else if (next?.kind === 'unpublish')
      this.#finish({ reason: 'unpublished', detail: 'The encoder stopped the stream.' })
    else if (next?.kind === 'refuse') this.#finish({ reason: 'protocol_error', detail: next.detail })
  }

  async #publish(wanted: PublishRequest): Promise<void> {
    this.#state = 'authorizing'
    clearTimeout(this.#deadline)
    this.#socket.pause()
    const answer = await this.#host.authorize(wanted, this.remoteAddress)
    if (this.#hasEnded()) return
    if (isElsewhere(answer) && !this.#session.isRelayed) return this.#relay(wanted, answer)
    if ('code' in answer) return this.#refuse(answer)
    this.#publishHere(wanted, answer)
  }

  #publishHere(wanted: PublishRequest, place: Place): void {
    const opened = this.#host.open(wanted, place, this)
    if ('code' in opened) {
      this.#refuse(opened)
      return
    }
    this.#publication = opened
    this.#begin(opened, () => this.#host.opened(opened))
    // Whoever hands it on hears from us, so that it knows that we are alive.
    if (this.#session.isRelayed) this.#signs = setInterval(() => this.#outgoing.acknowledge(), relayedSignEachMs)
  }

  /** What came behind `publish` waits until there is somebody to take it. */
  async #relay(wanted: PublishRequest, elsewhere: Elsewhere): Promise<void> {
    const relay = new RelayedPublication({
      wanted,
      limits: this.#host.limits,
      ask: () => this.#host.authorize(wanted, this.remoteAddress),
      onHere: (place) => {
        const opened = this.#host.open(wanted, place, this)
        if ('code' in opened) return opened
        this.#publication = opened
        this.#host.opened(opened)
        return opened
      },
      pause: () => this.pause(),
      resume: () => this.resume(),
      end: (refusal) => this.#refuse(refusal),
    })
    this.#sink = relay
    const answer = await relay.open(elsewhere)
    if (this.#hasEnded()) return
    if (answer === undefined) return this.#begin(relay, () => this.#host.relayed(this.remoteAddress))
    this.#sink = undefined
    if ('code' in answer) return this.#refuse(answer)
    this.#publishHere(wanted, answer)
  }

  #begin(sink: MediaSink, begun: () => void): void {
    this.#sink = sink
    this.#state = 'publishing'
    this.#reader.maxMessageBytes = this.#host.limits.maxMessageBytes
    for (const answer of this.#session.accepted()) this.#outgoing.send(answer)
    this.#watchIdle()
    begun()
    this.#guard(() => this.#readMessages())
    if (!sink.heldBack) this.resume()
  }

  #hasEnded(): boolean {
    return this.#state === 'closing'
  }

  #refuse(refusal: Refusal): void {
    this.end({ reason: 'closed_by_us', detail: refusal.description }, refusal.code)
  }

  #limit(afterMs: number, detail: string): void {
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(() => this.end({ reason: 'timeout', detail }), afterMs)
  }

  #watchIdle(): void {
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(() => {
      // A reader that holds the encoder back is no fault of the encoder's.
      if (this.#sink?.heldBack) this.#deadline?.refresh()
      else this.end({ reason: 'timeout', detail: 'The encoder went silent.' })
    }, this.#host.limits.idleMs)
  }

  /** What was sent is flushed, what comes is thrown away; then, after a moment to read the answer, the socket is destroyed. */
  #finish(end: PublicationEnd, peerMayStayMs = 0): void {
    if (this.#state === 'closing') return
    this.#state = 'closing'
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(() => this.#socket.destroy(), Math.max(lingerMs, peerMayStayMs))
    this.#socket.resume()
    // An encoder that has said goodbye closes by itself; rtmp2sink takes our close for a failure.
    if (end.reason !== 'unpublished' && peerMayStayMs === 0) this.#socket.end()
    clearInterval(this.#signs)
    this.#sink?.finish(end)
    this.#host.ended(this, this.#publication, end)
  }

  #onClose(): void {
    this.#finish({ reason: 'disconnected', detail: 'The connection to the encoder was lost.' })
    clearTimeout(this.#deadline)
  }
}
