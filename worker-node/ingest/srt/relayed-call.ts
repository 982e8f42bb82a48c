import { createSocket, type Socket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import type { LeaseHolder } from '#schema/contracts/worker.ts'
import { type Handshake, handshakeType, readHandshake, writeHandshake } from '../../srt/handshake.ts'
import { controlType, controlTypeOf, shutdownPacket } from '../../srt/packet.ts'
import { type Refusal, rejection } from '../../srt/rejection.ts'
import type { SourceEnd } from '../source.ts'
import type { SrtLimits } from './limits.ts'
import { shakeHandsFor } from './stand-in-handshake.ts'

/** A caller, whoever takes its media. */
export interface Call {
  /** What its packets name as their destination once it is connected. */
  readonly socketId: number
  /** Never rejects. */
  readonly ended: Promise<SourceEnd>
  /** Its conclusion came again: the answer to it was lost, or is not there yet. */
  repeatAnswer(): void
  fromCaller(datagram: Buffer): void
  /** Ends it if it has gone silent. To be called now and then. */
  watch(): void
  /** Ends it from our side, telling the caller. Only the first end counts. */
  finish(end: SourceEnd): void
}

/** The worker that holds a stream, as far as SRT goes. */
export type SrtHolder = Pick<LeaseHolder, 'srt_url' | 'origin_url'>

export interface RelayedCallOptions {
  readonly conclusion: Handshake
  /** When that came, performance.now. */
  readonly receivedAtMs: number
  readonly holder: SrtHolder
  readonly limits: SrtLimits
  readonly nowMs: () => number
  /** Sends a datagram to the caller. */
  readonly send: (datagram: Buffer) => void
}

/** All tries to reach the holder together, ms: callers wait three seconds. */
const reachMs = 2_600
/** A listener says something each second: one that is silent for so long is gone, ms. A caller waits longer. */
const holderSilentMs = 3_000
const kernelBufferBytes = 1024 * 1024
/** Stands where a caller writes its peer's address, which nobody reads: it was handed on once, and is not to be again. */
const relayedMark = Buffer.from('weir handed it on', 'latin1').subarray(0, 16)
/** 127.0.0.1, as callers write it. */
const loopback = Buffer.from([1, 0, 0, 127, ...new Array<number>(12).fill(0)])

/** Whether another worker handed this caller on. */
export const isRelayed = (conclusion: Handshake): boolean => conclusion.peerAddress.equals(relayedMark)

/** The conclusion without that mark. */
export const unmarked = (conclusion: Handshake): Handshake =>
  isRelayed(conclusion) ? { ...conclusion, peerAddress: loopback } : conclusion

/**
 * A caller whose stream another worker runs: its datagrams go there and back as they are, stream id, keys and all. Neither
 * passphrase nor media is opened here. When the holder falls silent the caller is told to go, so that it calls again.
 */
export class RelayedCall implements Call {
  readonly ended: Promise<SourceEnd>
  readonly #options: RelayedCallOptions
  readonly #resolveEnded: (end: SourceEnd) => void
  #socket: Socket | undefined
  #onHandshake: ((handshake: Handshake) => void) | undefined
  #answer: Buffer | undefined
  #socketId = 0
  #callerAtMs: number
  #holderAtMs: number
  #over = false

  constructor(options: RelayedCallOptions) {
    this.#options = options
    this.#callerAtMs = options.nowMs()
    this.#holderAtMs = options.nowMs()
    const ended = Promise.withResolvers<SourceEnd>()
    this.ended = ended.promise
    this.#resolveEnded = ended.resolve
  }

  get socketId(): number {
    return this.#socketId
  }

  /** Connects the caller with the holder. Gives the refusal where that fails, which may be the holder's. */
  async connect(): Promise<Refusal | undefined> {
    const addresses = addressesOf(this.#options.holder)
    for (const { host, port } of addresses) {
      const answer = await this.#reach(host, port, reachMs / addresses.length).catch(() => undefined)
      if (this.#over) break
      if (answer?.type === handshakeType.conclusion) {
        this.#socketId = answer.socketId
        this.#answer = writeHandshake(answer)
        this.#holderAtMs = this.#options.nowMs()
        this.#options.send(this.#answer)
        return
      }
      this.#closeSocket()
      if (answer) return { rejection: answer.type, detail: 'The worker that runs its stream refused an SRT encoder' }
    }
    this.#over = true
    return {
      rejection: rejection.unavailable,
      detail: 'The worker that runs the stream of an SRT encoder does not answer',
    }
  }

  repeatAnswer(): void {
    if (this.#answer) this.#options.send(this.#answer)
  }

  fromCaller(datagram: Buffer): void {
    this.#callerAtMs = this.#options.nowMs()
    this.#socket?.send(datagram, () => {})
    if (controlTypeOf(datagram) === controlType.shutdown)
      this.#finish({ reason: 'ended', detail: 'The encoder ended the stream.' })
  }

  watch(): void {
    const { nowMs, limits } = this.#options
    if (nowMs() - this.#callerAtMs > limits.idleMs)
      this.#finish({ reason: 'lost', detail: 'Nothing comes from the encoder any more.' })
    else if (nowMs() - this.#holderAtMs > holderSilentMs)
      this.finish({ reason: 'lost', detail: 'The worker that runs the stream does not answer any more.' })
  }

  finish(end: SourceEnd): void {
    if (!this.#over) {
      this.#options.send(shutdownPacket(this.#options.conclusion.socketId))
      this.#socket?.send(shutdownPacket(this.#socketId), () => {})
    }
    this.#finish(end)
  }

  #finish(end: SourceEnd): void {
    if (this.#over) return
    this.#over = true
    // What was sent last is on its way yet.
    setImmediate(() => this.#closeSocket())
    this.#resolveEnded(end)
  }

  async #reach(host: string, port: number, withinMs: number): Promise<Handshake | undefined> {
    const { conclusion, receivedAtMs } = this.#options
    const { address, family } = await lookup(host)
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
    this.#socket = socket
    // The kernel says that nobody is there: the time limit tells of it.
    socket.on('error', () => {})
    socket.on('message', (datagram: Buffer) => this.#fromHolder(datagram))
    socket.connect(port, address)
    await once(socket, 'connect')
    socket.setRecvBufferSize(kernelBufferBytes)
    const late = Promise.withResolvers<undefined>()
    const timer = setTimeout(() => late.resolve(undefined), withinMs)
    try {
      return await shakeHandsFor(
        { ...conclusion, peerAddress: relayedMark },
        receivedAtMs,
        (question, eachMs, fits) => {
          const { promise, resolve } = Promise.withResolvers<Handshake | undefined>()
          this.#onHandshake = (handshake) => fits(handshake) && resolve(handshake)
          const put = () => this.#socket?.send(question(), () => {})
          put()
          const again = setInterval(put, eachMs)
          return Promise.race([promise, late.promise]).finally(() => clearInterval(again))
        },
      )
    } finally {
      this.#onHandshake = undefined
      clearTimeout(timer)
    }
  }

  #fromHolder(datagram: Buffer): void {
    this.#holderAtMs = this.#options.nowMs()
    const handshake = this.#onHandshake && readHandshake(datagram)
    if (handshake) this.#onHandshake?.(handshake)
    if (handshake || this.#over || this.#answer === undefined) return
    this.#options.send(datagram)
    if (controlTypeOf(datagram) === controlType.shutdown)
      this.#finish({ reason: 'ended', detail: 'The worker that runs the stream ended it.' })
  }

  #closeSocket(): void {
    const socket = this.#socket
    this.#socket = undefined
    socket?.close()
  }
}

/** Best first: the host by which control reaches that one worker, then what callers are told, which all workers may share. */
function addressesOf({ srt_url, origin_url }: SrtHolder): { host: string; port: number }[] {
  const told = srt_url === undefined ? null : URL.parse(srt_url)
  if (told === null) return []
  const own = origin_url === undefined ? null : URL.parse(origin_url)
  const hosts = new Set([own?.hostname ?? told.hostname, told.hostname])
  return [...hosts].map((host) => ({ host: host.replace(/^\[|\]$/g, ''), port: Number(told.port) }))
}
