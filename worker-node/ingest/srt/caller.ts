import { extensionContent, type Handshake, handshakeType, withExtension, writeHandshake } from '../../srt/handshake.ts'
import {
  controlType,
  controlTypeOf,
  extensionOf,
  extensionType,
  headerBytes,
  shutdownPacket,
} from '../../srt/packet.ts'
import { type Refusal, rejection } from '../../srt/rejection.ts'
import type { FfmpegBinary } from '../../transcode/ffmpeg-binary.ts'
import type { FfmpegExit } from '../../transcode/ffmpeg-process.ts'
import { TransportStreamIntake } from '../mpegts/transport-stream-intake.ts'
import type { SourceEnd } from '../source.ts'
import type { KeyExchange } from './key-exchange.ts'
import { latencyFor } from './latency.ts'
import type { SrtLimits } from './limits.ts'
import { ListenerLink } from './listener-link.ts'
import type { Call } from './relayed-call.ts'

export interface Peer {
  readonly address: string
  readonly port: number
}

export interface CallerOptions {
  readonly peer: Peer
  readonly streamKey: string
  readonly slot: string | null
  /** Its conclusion, with the keys already locked for the listener. */
  readonly conclusion: Handshake
  /** When that came, performance.now. */
  readonly receivedAtMs: number
  readonly keys: KeyExchange
  readonly ffmpeg: FfmpegBinary
  readonly limits: SrtLimits
  readonly nowMs: () => number
  /** Sends a datagram to the peer. */
  readonly send: (datagram: Buffer) => void
}

/**
 * One caller that may publish: its datagrams go to a listener of its own and back, what the listener reads is taken in.
 * Ends when it says so, when it falls silent, when its listener ends, or by `close`.
 */
export class Caller implements Call {
  readonly streamKey: string
  readonly slot: string | null
  readonly peer: Peer
  readonly intake: TransportStreamIntake
  /** Never rejects. */
  readonly ended: Promise<SourceEnd>
  readonly #options: CallerOptions
  readonly #resolveEnded: (end: SourceEnd) => void
  #link: ListenerLink | undefined
  #answer: Buffer | undefined
  /** The caller's socket at the listener. */
  #socketId = 0
  readonly #latencyMs: number
  #sendsSomething = false
  #changesKeys = false
  #saidGoodbye = false
  #goodbyeTimer: NodeJS.Timeout | undefined
  #over = false
  #lastDatagramAtMs: number
  /** Undefined while it is being connected, which has a limit of its own. */
  #connectedAtMs: number | undefined

  constructor(options: CallerOptions) {
    this.#options = options
    this.streamKey = options.streamKey
    this.slot = options.slot
    this.peer = options.peer
    this.#latencyMs = latencyFor(options.conclusion)
    this.#lastDatagramAtMs = options.nowMs()
    this.intake = new TransportStreamIntake({
      protocol: 'srt',
      maxBehindBytes: options.limits.maxBehindBytes,
      nowMs: options.nowMs,
    })
    const ended = Promise.withResolvers<SourceEnd>()
    this.ended = ended.promise
    this.#resolveEnded = ended.resolve
  }

  /** Starts the listener and connects the caller with it. Gives the refusal where that fails. */
  async connect(): Promise<Refusal | undefined> {
    const { conclusion, receivedAtMs, keys, ffmpeg, limits } = this.#options
    const link = await ListenerLink.open({
      ffmpeg,
      passphrase: keys.listenerPassphrase,
      latencyMs: this.#latencyMs,
      openingMs: limits.openingMs,
      onMedia: (bytes) => {
        this.#sendsSomething = true
        this.intake.push(bytes)
      },
      onDatagram: (datagram) => this.#fromListener(datagram),
    })
    this.#link = link
    if (this.#over) await link.close()
    const answer = await link.shakeHands(conclusion, receivedAtMs)
    if (answer?.type !== handshakeType.conclusion || this.#over) {
      return refusalOf(answer, await link.close())
    }
    void link.exited.then(() => this.#onListenerGone())
    this.#socketId = answer.socketId
    this.#answer = writeHandshake(forCaller(answer, keys))
    this.#connectedAtMs = this.#options.nowMs()
    this.#lastDatagramAtMs = this.#connectedAtMs
    this.#options.send(this.#answer)
    return
  }

  /** What its packets name as their destination once it is connected. */
  get socketId(): number {
    return this.#socketId
  }

  /** Its conclusion came again: the answer to it was lost, or is not there yet. */
  repeatAnswer(): void {
    if (this.#answer) this.#options.send(this.#answer)
  }

  fromCaller(datagram: Buffer): void {
    this.#lastDatagramAtMs = this.#options.nowMs()
    if (controlTypeOf(datagram) === controlType.shutdown) this.#sayGoodbye(datagram)
    else if (extensionOf(datagram) === extensionType.keyRequest) void this.#changeKeys(datagram)
    else this.#link?.send(datagram)
  }

  /** Whether media came of late and more is to be expected. */
  get live(): boolean {
    if (this.#saidGoodbye) return false
    return this.#options.nowMs() - this.intake.received().lastMediaAtMs < this.#options.limits.liveMs
  }

  /** Ends it if it has gone silent. To be called now and then. */
  watch(): void {
    if (this.#connectedAtMs === undefined) return
    const { nowMs, limits } = this.#options
    const now = nowMs()
    const lastMediaAtMs = Math.max(this.#connectedAtMs, this.intake.received().lastMediaAtMs)
    if (now - this.#lastDatagramAtMs > limits.idleMs)
      this.#finish({ reason: 'lost', detail: 'Nothing comes from the encoder any more.' })
    else if (now - lastMediaAtMs > limits.silentMs) this.finish(this.#silence())
  }

  /** Ends it from our side, telling the caller. Only the first end counts. */
  finish(end: SourceEnd): void {
    if (!this.#over) this.#options.send(shutdownPacket(this.#options.conclusion.socketId))
    this.#finish(end)
  }

  /** Resolves when its listener is gone. */
  async gone(): Promise<void> {
    await this.#link?.exited
  }

  #finish(end: SourceEnd): void {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#goodbyeTimer)
    void this.#link?.close()
    this.intake.end()
    this.#resolveEnded(this.#saidGoodbye ? goodbye : end)
  }

  #onListenerGone(): void {
    this.finish({ reason: 'lost', detail: 'The connection to the encoder broke.' })
  }

  /** Connected, and yet no media: it sends nothing, or nothing that can be read. */
  #silence(): SourceEnd {
    if (this.intake.received().bytes > 0 || !this.#sendsSomething)
      return { reason: 'lost', detail: 'The encoder is connected but sends nothing.' }
    return {
      reason: 'refused',
      detail: 'The encoder sends no transport stream with picture or sound. Set its container to MPEG-TS.',
    }
  }

  /** A listener that hears of the end drops what it holds back for the latency: it is told when it has given that out. */
  #sayGoodbye(shutdown: Buffer): void {
    if (this.#saidGoodbye) return
    this.#saidGoodbye = true
    this.#goodbyeTimer = setTimeout(() => this.#link?.send(shutdown), this.#latencyMs + goodbyeMarginMs)
  }

  /** One at a time, for it costs: a request that is passed over comes again. */
  async #changeKeys(datagram: Buffer): Promise<void> {
    if (this.#changesKeys) return
    this.#changesKeys = true
    const keys = await this.#options.keys.request(datagram.subarray(headerBytes))
    this.#changesKeys = false
    if (typeof keys !== 'string') this.#link?.send(Buffer.concat([datagram.subarray(0, headerBytes), keys]))
  }

  #fromListener(datagram: Buffer): void {
    if (this.#over) return
    const isKeys = extensionOf(datagram) === extensionType.keyResponse
    const content = datagram.subarray(headerBytes)
    const head = datagram.subarray(0, headerBytes)
    this.#options.send(isKeys ? Buffer.concat([head, this.#options.keys.response(content)]) : datagram)
  }
}

/** Added to the latency before a goodbye is passed on. */
const goodbyeMarginMs = 100
const goodbye: SourceEnd = { reason: 'ended', detail: 'The encoder ended the stream.' }

/** Why a caller could not be connected with its listener. */
function refusalOf(answer: Handshake | undefined, exit: FfmpegExit): Refusal {
  if (answer && answer.type !== handshakeType.conclusion)
    return {
      rejection: answer.type,
      detail: 'FFmpeg on the worker refused an SRT encoder. Set its encryption to AES-128 or AES-256, and try again.',
    }
  const detail = /Protocol not found/i.test(exit.stderrTail)
    ? 'FFmpeg on the worker can not receive SRT. Install a full build of FFmpeg there (with libsrt), or publish over RTMP.'
    : 'FFmpeg on the worker did not start for an SRT encoder. The log of the worker may say why.'
  return { rejection: rejection.serverError, detail }
}

/** The listener's answer as the caller expects it. */
function forCaller(answer: Handshake, keys: KeyExchange): Handshake {
  const response = extensionContent(answer, extensionType.keyResponse)
  return response ? withExtension(answer, extensionType.keyResponse, keys.response(response)) : answer
}
