import type { LogFields } from '#schema/log/line.ts'
import type { Log } from '../../observe/log.ts'
import { type Handshake, handshakeType, inductionAnswer, readHandshake, refusalAnswer } from '../../srt/handshake.ts'
import { destinationOf, headerBytes } from '../../srt/packet.ts'
import { type Refusal, rejection } from '../../srt/rejection.ts'
import type { FfmpegBinary } from '../../transcode/ffmpeg-binary.ts'
import type { Source, SourceEnd } from '../source.ts'
import { Caller, type Peer } from './caller.ts'
import { lockedForListener, readConclusion } from './conclusion.ts'
import { CookieJar } from './cookie.ts'
import { HandshakeRate } from './handshake-rate.ts'
import { KeyExchange } from './key-exchange.ts'
import { maxDatagramBytes, type SrtLimits } from './limits.ts'
import { RefusalMemory } from './refusal-memory.ts'
import { type Call, isRelayed, RelayedCall, type SrtHolder, unmarked } from './relayed-call.ts'
import { createSrtSource } from './srt-source.ts'
import type { PublishRequest } from './stream-id.ts'

/** Whether a caller may publish. `rejection` is the code that its handshake is refused with; see `rejection.ts`. */
export type SrtAuthorization =
  /**
   * `slot` names the place that it takes, of which there may be several for one key; left out, key and input are the place.
   * `about`: what it publishes to, for the log.
   */
  | { readonly accept: true; readonly passphrase: string; readonly slot?: string; readonly about?: LogFields }
  /** `holder`: the worker that runs the stream, which the caller is handed on to. */
  | { readonly accept: false; readonly rejection: number; readonly detail: string; readonly holder?: SrtHolder }

export interface SrtHandlers {
  /**
   * Asked before any media is taken; `input` is the input that the caller names, if it does, and `isRelayed` whether another
   * worker handed it on. One that fails or takes too long refuses the caller. Callers wait three seconds, unless they were told otherwise.
   */
  authorize(
    streamKey: string,
    input: string | null,
    remoteAddress: string,
    isRelayed: boolean,
  ): Promise<SrtAuthorization>
  /** A caller that was let in is not connected after all. */
  onNotComing(streamKey: string, end: SourceEnd): void
  /** Given when a caller is connected; open it here to have every frame. */
  onSource(streamKey: string, slot: string | null, source: Source): void
  readonly ffmpeg: FfmpegBinary
  readonly log: Pick<Log, 'info'>
}

export interface CallersOptions extends SrtHandlers {
  readonly limits: SrtLimits
  /** Monotonic milliseconds. */
  readonly nowMs: () => number
  readonly send: (datagram: Buffer, peer: Peer) => void
}

/** A caller that was let in. */
interface AdmittedCall {
  readonly conclusion: Handshake
  /** When that came, performance.now. */
  readonly receivedAtMs: number
  readonly streamKey: string
  readonly slot: string | null
  readonly passphrase: string
  readonly about: LogFields
  readonly peer: Peer
  readonly call: string
}

/** All callers on one port: who is let in, and which datagram is whose. Whatever comes, nothing throws out of here. */
export class Callers {
  readonly #options: CallersOptions
  readonly #cookies: CookieJar
  readonly #rate: HandshakeRate
  readonly #refusals: RefusalMemory
  /** By peer and the socket that the caller speaks from; undefined while it is being authorised. */
  readonly #byCall = new Map<string, Call | undefined>()
  /** By peer and the socket that its packets are for. */
  readonly #bySocket = new Map<string, Call>()
  readonly #countByAddress = new Map<string, number>()
  /** Callers that are being let in. */
  readonly #opening = new Set<Promise<void>>()
  /** Listeners that are there yet, of callers that have left too. */
  readonly #listeners = new Set<Promise<void>>()
  readonly #closing = Promise.withResolvers<SrtAuthorization>()

  constructor(options: CallersOptions) {
    this.#options = options
    this.#cookies = new CookieJar(options.nowMs)
    this.#rate = new HandshakeRate(options.limits.handshakesPerSecond, options.nowMs)
    this.#refusals = new RefusalMemory(options.nowMs)
  }

  receive(datagram: Buffer, peer: Peer): void {
    if (datagram.length < headerBytes || datagram.length > maxDatagramBytes) return
    const destination = destinationOf(datagram)
    if (destination !== 0) this.#bySocket.get(keyOf(peer, destination))?.fromCaller(datagram)
    else if (this.#rate.admits(peer.address)) this.#shakeHands(datagram, peer)
  }

  /** Ends those that have gone silent. To be called now and then. */
  watch(): void {
    for (const caller of this.#byCall.values()) caller?.watch()
  }

  /** Ends all; resolves when their listeners are gone. */
  async endAll(): Promise<void> {
    this.#closing.resolve({ accept: false, ...uncheckable })
    const callers = [...this.#byCall.values()].filter((caller) => caller !== undefined)
    for (const caller of callers) caller.finish({ reason: 'ended', detail: 'The server is stopping.' })
    await Promise.all(this.#opening)
    await Promise.all(this.#listeners)
  }

  #shakeHands(datagram: Buffer, peer: Peer): void {
    const handshake = readHandshake(datagram)
    if (handshake?.type === handshakeType.induction) {
      const cookie = this.#cookies.bake(peer.address, peer.port)
      this.#options.send(inductionAnswer(handshake, cookie), peer)
    } else if (handshake?.type === handshakeType.conclusion) {
      if (this.#cookies.isOurs(handshake.cookie, peer.address, peer.port)) this.#conclude(handshake, peer)
    }
  }

  #conclude(conclusion: Handshake, peer: Peer): void {
    const call = keyOf(peer, conclusion.socketId)
    const known = this.#refusals.recall(call)
    if (this.#byCall.has(call)) {
      this.#byCall.get(call)?.repeatAnswer()
    } else if (known) {
      this.#options.send(known, peer)
    } else {
      const request = this.#tooMany(peer) ?? readConclusion(conclusion)
      if ('rejection' in request) this.#refuse(conclusion, peer, request)
      else track(this.#opening, this.#open(conclusion, request, peer, call))
    }
  }

  /** Never rejects. */
  async #open(conclusion: Handshake, request: PublishRequest, peer: Peer, call: string): Promise<void> {
    this.#enter(call, peer)
    let refusal: Refusal | undefined
    try {
      refusal = await this.#letIn(conclusion, request, peer, call)
    } catch (error) {
      refusal = this.#failed(error, peer, uncheckable)
    }
    if (refusal === undefined) return
    this.#leave(call, peer)
    this.#refuse(conclusion, peer, refusal)
  }

  async #letIn(
    conclusion: Handshake,
    { streamKey, input }: PublishRequest,
    peer: Peer,
    call: string,
  ): Promise<Refusal | undefined> {
    const receivedAtMs = performance.now()
    const authorization = await this.#authorize(conclusion, { streamKey, input }, peer)
    if (!authorization.accept) {
      const { holder } = authorization
      if (!holder || isRelayed(conclusion)) return authorization
      return this.#handOn({ conclusion, receivedAtMs, peer, call }, holder)
    }
    const { passphrase, slot = input, about = {} } = authorization
    const admitted = { receivedAtMs, streamKey, slot, passphrase, about, peer, call, conclusion: unmarked(conclusion) }
    const refusal = await this.#connect(admitted).catch((error: unknown) => this.#failed(error, peer, unconnectable))
    if (refusal) this.#options.onNotComing(streamKey, { reason: 'refused', detail: refusal.detail })
    return refusal
  }

  async #connect(admitted: AdmittedCall): Promise<Refusal | undefined> {
    const { conclusion, receivedAtMs, streamKey, slot, passphrase, about, peer, call } = admitted
    const { ffmpeg, limits, nowMs, log } = this.#options
    const keys = new KeyExchange(passphrase)
    const locked = await lockedForListener(conclusion, keys)
    if ('rejection' in locked) return locked
    const present = this.#publishing(streamKey, slot)
    if (present?.live) return taken
    present?.finish({ reason: 'lost', detail: 'Another encoder took over with the same stream key.' })

    const send = (datagram: Buffer) => this.#options.send(datagram, peer)
    const caller = new Caller({
      ...{ peer, streamKey, slot, conclusion: locked, receivedAtMs, keys, limits, nowMs, send },
      ffmpeg: { ...ffmpeg, ...(ffmpeg.log && { log: ffmpeg.log.child(about) }) },
    })
    this.#byCall.set(call, caller)
    const refusal = await caller.connect()
    track(this.#listeners, caller.gone())
    if (refusal) return refusal
    const socket = keyOf(peer, caller.socketId)
    this.#bySocket.set(socket, caller)
    void caller.ended.then((end) => {
      this.#bySocket.delete(socket)
      this.#leave(call, peer)
      log.info({ remoteAddress: peer.address, ...about, ...end }, 'an SRT caller left')
    })
    log.info({ remoteAddress: peer.address, ...about }, 'an SRT caller publishes')
    this.#options.onSource(streamKey, slot, createSrtSource(caller))
    return
  }

  async #handOn(
    { conclusion, receivedAtMs, peer, call }: Pick<AdmittedCall, 'conclusion' | 'receivedAtMs' | 'peer' | 'call'>,
    holder: SrtHolder,
  ): Promise<Refusal | undefined> {
    const { limits, nowMs, log } = this.#options
    const send = (datagram: Buffer) => this.#options.send(datagram, peer)
    const relayed = new RelayedCall({ conclusion, receivedAtMs, holder, limits, nowMs, send })
    this.#byCall.set(call, relayed)
    const refusal = await relayed.connect()
    if (refusal) return refusal
    const socket = keyOf(peer, relayed.socketId)
    this.#bySocket.set(socket, relayed)
    void relayed.ended.then((end) => {
      this.#bySocket.delete(socket)
      this.#leave(call, peer)
      log.info({ remoteAddress: peer.address, ...end }, 'an SRT caller that was handed on left')
    })
    log.info({ remoteAddress: peer.address }, 'an SRT caller is handed on to the worker that runs its stream')
    return
  }

  #failed(error: unknown, peer: Peer, refusal: Refusal): Refusal {
    this.#options.log.info({ remoteAddress: peer.address, error }, 'an SRT caller could not be let in')
    return refusal
  }

  async #authorize(
    conclusion: Handshake,
    { streamKey, input }: Pick<PublishRequest, 'streamKey' | 'input'>,
    peer: Peer,
  ): Promise<SrtAuthorization> {
    const late = Promise.withResolvers<SrtAuthorization>()
    const timer = setTimeout(() => late.resolve({ accept: false, ...uncheckable }), this.#options.limits.openingMs)
    const answer = this.#options.authorize(streamKey, input, peer.address, isRelayed(conclusion))
    try {
      return await Promise.race([answer, late.promise, this.#closing.promise])
    } finally {
      clearTimeout(timer)
    }
  }

  #publishing(streamKey: string, slot: string | null): Caller | undefined {
    for (const caller of this.#byCall.values())
      if (caller instanceof Caller && caller.streamKey === streamKey && caller.slot === slot) return caller
    return
  }

  #tooMany(peer: Peer): Refusal | undefined {
    const { callers, callersPerAddress, opening } = this.#options.limits
    const isFull = this.#byCall.size >= callers || this.#opening.size >= opening
    if (!isFull && (this.#countByAddress.get(peer.address) ?? 0) < callersPerAddress) return
    return { rejection: rejection.overload, detail: 'Too many callers at once' }
  }

  #enter(call: string, { address }: Peer): void {
    this.#byCall.set(call, undefined)
    this.#countByAddress.set(address, (this.#countByAddress.get(address) ?? 0) + 1)
  }

  #leave(call: string, { address }: Peer): void {
    this.#byCall.delete(call)
    const left = (this.#countByAddress.get(address) ?? 1) - 1
    if (left === 0) this.#countByAddress.delete(address)
    else this.#countByAddress.set(address, left)
  }

  #refuse(conclusion: Handshake, peer: Peer, refusal: Refusal): void {
    const answer = refusalAnswer(conclusion, refusal.rejection)
    this.#refusals.remember(keyOf(peer, conclusion.socketId), answer)
    this.#options.send(answer, peer)
    const { rejection: code, detail } = refusal
    this.#options.log.info({ remoteAddress: peer.address, rejection: code, detail }, 'an SRT caller was refused')
  }
}

const taken: Refusal = {
  rejection: rejection.conflict,
  detail: 'Another SRT encoder publishes with this stream key already. Stop it first, or add a backup input.',
}
const uncheckable: Refusal = {
  rejection: rejection.unavailable,
  detail: 'The stream key could not be checked just now',
}
const unconnectable: Refusal = {
  rejection: rejection.serverError,
  detail: 'An SRT encoder could not be connected. The log of the worker says why.',
}

const keyOf = ({ address, port }: Peer, socketId: number) => `${address}|${port}|${socketId}`

/** Keeps a promise, which never rejects, for as long as it is open. */
function track(promises: Set<Promise<void>>, promise: Promise<void>): void {
  promises.add(promise)
  void promise.then(() => promises.delete(promise))
}
