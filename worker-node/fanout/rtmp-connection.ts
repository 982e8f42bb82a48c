import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Amf0Object, Amf0Value } from '../rtmp/amf0.ts'
import { ChunkReader } from '../rtmp/chunk-reader.ts'
import { defaultChunkSize, encodeMessage } from '../rtmp/chunk-writer.ts'
import { Handshake } from '../rtmp/handshake.ts'
import {
  acknowledgement,
  chunkStreamId,
  command,
  messageType,
  type RtmpCommand,
  type RtmpMessage,
  readCommand,
  readUint32,
  readUserControl,
  userControl,
  userControlEvent,
} from '../rtmp/messages.ts'
import { RtmpProtocolError } from '../rtmp/protocol-error.ts'
import { trusting } from './authorities.ts'
import type { Clock } from './clock.ts'
import type { ConnectionEnds } from './kernel-queue.ts'
import { closedByPeer, notRtmp, type Step, socketFailed, timedOut } from './platform-errors.ts'
import { ourFault, type PublishFailure } from './publish-failure.ts'
import { SlicedWrites } from './sliced-writes.ts'
import type { RtmpTarget } from './target.ts'

/** A server has no reason to send more than short answers: bounds what it can make us hold to 128 KiB. */
const answerLimits = { maxMessageBytes: 65_536, maxChunkStreams: 64 }
/** One that sends more than this within a second keeps us busy for nothing, and is left. */
const floodBytes = 1024 * 1024
/** While so much waits to be sent, pings and the like get no answer: a peer that asks and does not read can't fill our memory. */
const mutedFromBytes = 256 * 1024

/** What is behind a connection on its way up. */
export type Milestone = 'resolve' | 'connect' | 'tls' | 'handshake'

export interface ConnectionOptions {
  readonly clock: Clock
  /** Certificates (PEM) to trust beside the public ones, for rtmps:// targets. */
  readonly authorities: readonly string[]
  /** Called as each is done, in this order; those that there is no need for are left out. */
  readonly onReached?: (milestone: Milestone) => void
  /** A command that nobody waits for: `onStatus`, `close`. */
  readonly onCommand: (command: RtmpCommand) => void
  /** The peer's Acknowledgement. */
  readonly onAcknowledged: (sequence: number) => void
  /** The connection is over; the first reason wins. Called once. */
  readonly onClosed: (failure: PublishFailure) => void
}

interface Wait {
  readonly answers: (command: RtmpCommand) => boolean
  readonly resolve: (command: RtmpCommand) => void
  readonly reject: (failure: PublishFailure) => void
  readonly cancelTimer: () => void
}

/**
 * The client's end of one RTMP connection, plain or over TLS: brings it up, sends, and hands on answers. One step is
 * waited for at a time, each within its own time limit; any failure fails the step and ends the connection.
 */
export class RtmpConnection {
  readonly #target: RtmpTarget
  readonly #options: ConnectionOptions
  readonly #socket: Socket
  /** Where all is written. */
  readonly #out: Pick<SlicedWrites, 'write' | 'end' | 'writableLength'>
  readonly #reader = new ChunkReader(answerLimits)
  /** Undefined once it is done. */
  #handshake: Handshake | undefined = new Handshake('client')
  #step: Step = 'reach'
  #wait: Wait | undefined
  #failure: PublishFailure | undefined
  #outChunkSize = defaultChunkSize
  #receivedBytes = 0
  #acknowledgedBytes = 0
  #windowBytes = Number.POSITIVE_INFINITY
  #floodSinceMs = 0
  #floodBytes = 0
  #attemptedAtMs = 0
  #roundTripMs: number | null = null

  /** Throws a PublishFailure where the certificate of an authority that it needs can't be read. */
  constructor(target: RtmpTarget, options: ConnectionOptions) {
    this.#target = target
    this.#options = options
    const { host, port } = target
    const to = { host, port, autoSelectFamilyAttemptTimeout: 1_000 }
    const named = isIP(host) ? {} : { servername: host }
    this.#socket = target.secure
      ? connectTls({ ...to, ...named, secureContext: trusting(options.authorities) })
      : connectTcp(to)
    this.#out = target.secure ? new SlicedWrites(this.#socket) : this.#socket
    const reached = (milestone: Milestone) => options.onReached?.(milestone)
    this.#socket.setNoDelay(true).setKeepAlive(true, 15_000)
    this.#socket
      .on('lookup', (error) => error === null && reached('resolve'))
      .on('connectionAttempt', () => {
        this.#attemptedAtMs = options.clock.nowMs()
      })
      .on('connect', () => {
        this.#roundTripMs = Math.round((options.clock.nowMs() - this.#attemptedAtMs) * 10) / 10
        reached('connect')
        if (target.secure) this.#go('secure')
        else this.#shake()
      })
      .on('secureConnect', () => {
        reached('tls')
        this.#shake()
      })
      .on('data', (bytes: Buffer) => this.#received(bytes))
      .on('error', (error) => this.fail(socketFailed(this.#step, target, error)))
      .on('end', () => this.fail(closedByPeer(this.#step, target)))
      .on('close', () => this.fail(closedByPeer(this.#step, target)))
  }

  /**
   * Begins `step` and waits until `answers` is true of a command: the handshake's end counts as a command of that name.
   * Throws a PublishFailure where it fails or takes longer than `limitMs`; the connection is then closed.
   */
  async step(step: Step, limitMs: number, answers: (command: RtmpCommand) => boolean): Promise<RtmpCommand> {
    if (this.#failure) throw this.#failure
    this.#go(step)
    return new Promise((resolve, reject) => {
      const cancelTimer = this.#options.clock.after(limitMs, () => this.fail(timedOut(this.#step, this.#target)))
      this.#wait = { answers, resolve, reject, cancelTimer }
    })
  }

  /** All steps are done: from here on a loss is the loss of a broadcast. Throws where that has happened already. */
  open(): void {
    if (this.#failure) throw this.#failure
    this.#go('broadcast')
  }

  /** Undefined before there is a connection, and after. */
  get ends(): ConnectionEnds | undefined {
    const { localAddress, localPort, remoteAddress, remotePort } = this.#socket
    if (!localAddress || !localPort || !remoteAddress || !remotePort) return undefined
    return { localAddress, localPort, remoteAddress, remotePort }
  }

  /** What it took the peer's TCP to answer, milliseconds; null before it has. */
  get roundTripMs(): number | null {
    return this.#roundTripMs
  }

  /** Sends messages in one write, in chunks of the size last set. */
  send(...messages: readonly RtmpMessage[]): void {
    const chunks = messages.map((message) => {
      const isControl = message.type < messageType.audio
      return encodeMessage(message, this.#outChunkSize, isControl ? chunkStreamId.control : chunkStreamId.command)
    })
    this.#out.write(Buffer.concat(chunks))
  }

  sendCommand(streamId: number, name: string, transactionId: number, object: Amf0Object | null, ...args: Amf0Value[]) {
    this.send(command(streamId, name, transactionId, object, ...args))
  }

  /** Tells from when on we send chunks of this size; the peer must have been told. */
  set outChunkSize(bytes: number) {
    this.#outChunkSize = bytes
  }

  /** Writes ready-made chunks; `flushed` is called once they have left this process, and never after a loss. */
  write(bytes: Buffer, flushed: () => void): void {
    this.#out.write(bytes, (error) => {
      if (!error) flushed()
    })
  }

  /** Ends the connection for this reason, at once: what the kernel has not sent is thrown away. */
  fail(failure: PublishFailure): void {
    if (this.#failure) return
    this.#failure = failure
    const canReset = !this.#target.secure && !this.#socket.connecting && !this.#socket.writableEnded
    if (canReset) this.#socket.resetAndDestroy()
    else this.#socket.destroy()
    const wait = this.#wait
    this.#wait = undefined
    wait?.cancelTimer()
    wait?.reject(failure)
    this.#options.onClosed(failure)
  }

  /** Sends what was written, then closes. Resolves when the peer has closed too, or after `limitMs`. */
  async end(limitMs: number): Promise<void> {
    if (this.#socket.closed) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const cancelTimer = this.#options.clock.after(limitMs, () => this.#socket.destroy())
    this.#socket.once('close', resolve)
    this.#out.end()
    await promise
    cancelTimer()
  }

  #go(step: Step): void {
    this.#step = step
  }

  #shake(): void {
    this.#go('handshake')
    if (this.#handshake) this.#out.write(this.#handshake.start())
  }

  #received(bytes: Buffer): void {
    this.#receivedBytes += bytes.length
    try {
      this.#limitFlood(bytes.length)
      if (this.#handshake) this.#shakeOn(this.#handshake, bytes)
      else this.#read(bytes)
    } catch (error) {
      this.fail(error instanceof RtmpProtocolError ? notRtmp(this.#target, error) : ourFault(error))
    }
    if (this.#receivedBytes - this.#acknowledgedBytes < this.#windowBytes) return
    this.#acknowledgedBytes = this.#receivedBytes
    this.#answer(acknowledgement(this.#receivedBytes))
  }

  #limitFlood(bytes: number): void {
    const nowMs = this.#options.clock.nowMs()
    if (nowMs - this.#floodSinceMs >= 1_000) {
      this.#floodSinceMs = nowMs
      this.#floodBytes = 0
    }
    this.#floodBytes += bytes
    if (this.#floodBytes > floodBytes) throw new RtmpProtocolError('The server sends more than a server has to say')
  }

  #answer(message: RtmpMessage): void {
    if (!this.#failure && this.#out.writableLength < mutedFromBytes) this.send(message)
  }

  #shakeOn(handshake: Handshake, bytes: Buffer): void {
    const { send, rest } = handshake.push(bytes)
    if (send.length > 0) this.#out.write(send)
    if (!rest) return
    this.#handshake = undefined
    this.#options.onReached?.('handshake')
    this.#settle({ name: 'handshake', transactionId: 0, object: null, args: [] })
    this.#read(rest)
  }

  #read(bytes: Buffer): void {
    for (const message of this.#reader.push(bytes)) {
      if (this.#failure) return
      this.#take(message)
    }
  }

  #take(message: RtmpMessage): void {
    switch (message.type) {
      case messageType.acknowledgement:
        this.#options.onAcknowledged(readUint32(message))
        return
      case messageType.windowAcknowledgementSize:
        this.#windowBytes = Math.max(1, readUint32(message))
        return
      case messageType.userControl: {
        const control = readUserControl(message)
        if (control?.event === userControlEvent.pingRequest)
          this.#answer(userControl(userControlEvent.pingResponse, control.value))
        return
      }
      case messageType.commandAmf0:
      case messageType.commandAmf3: {
        const received = readCommand(message)
        if (!this.#settle(received)) this.#options.onCommand(received)
      }
    }
  }

  #settle(received: RtmpCommand): boolean {
    const wait = this.#wait
    if (!wait?.answers(received)) return false
    this.#wait = undefined
    wait.cancelTimer()
    wait.resolve(received)
    return true
  }
}
