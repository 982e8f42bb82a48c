import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { type DatagramRelay, relayDatagrams } from '../srt/datagram-relay.ts'
import { extensionContent, handshakeType, readHandshake } from '../srt/handshake.ts'
import { controlType, controlTypeOf, extensionType, headerBytes } from '../srt/packet.ts'
import type { FfmpegBinary } from '../transcode/ffmpeg-binary.ts'
import { type FfmpegProcess, startFfmpeg } from '../transcode/ffmpeg-process.ts'
import type { Clock } from './clock.ts'
import { optionFile } from './option-file.ts'
import { ourFault, PublishFailure } from './publish-failure.ts'
import { callEnded, callRejected, noSrtHere, nothingThere, silent, uncallable, wrongPassphrase } from './srt-errors.ts'
import { unreachable } from './system-errors.ts'
import type { SrtTarget } from './target.ts'
import { nullPacket, packetBytes } from './transport-stream.ts'

/** From the start of FFmpeg until the listener has agreed. A listener that is not there is known in 4 s. Milliseconds. */
const connectLimitMs = 8_000
const answerLimitMs = 4_000
/** It has nothing to save: whoever does not heed one signal gets the next. Milliseconds. */
const stopStepMs = 200
/** The peer's idea of when a packet was sent may be so much later than ours, milliseconds. */
const clockMarginMs = 100
/** What one packet of SRT carries of a transport stream. */
const packetsPerMessage = 7
const messageBytes = packetsPerMessage * packetBytes
/** FFmpeg calls nobody before there is something to send. */
const firstMessage = Buffer.concat(new Array<Buffer>(packetsPerMessage).fill(nullPacket))

export interface SrtCallOptions {
  readonly ffmpeg: FfmpegBinary
  readonly clock: Clock
  /** Gives the call up. */
  readonly signal: AbortSignal
  /** It was connected and is over, and not by us. */
  readonly onLost: (failure: PublishFailure) => void
  /** The peer has got so many bytes of what was written. */
  readonly onAcknowledged?: (bytes: number) => void
  readonly onReached?: (milestone: 'resolve' | 'srt_handshake') => void
}

/**
 * A call to an SRT listener (draft-sharabayko-srt-01), made by an FFmpeg that sends on what it is given as it is. Its
 * packets go by a port of ours on loopback, where we read from the peer's what FFmpeg does not tell: why it refuses, that
 * it ends, and how far away it is. Neither address, stream id nor passphrase stand in a command line.
 */
export class SrtCall {
  readonly #target: SrtTarget
  readonly #options: SrtCallOptions
  readonly #connected = Promise.withResolvers<void>()
  #relay: DatagramRelay | undefined
  #ffmpeg: FfmpegProcess | undefined
  #failure: PublishFailure | undefined
  #isConnected = false
  #isEnding = false
  #wasHeard = false
  #wasEndedByPeer = false
  #roundTripMs: number | null = null
  #firstSequence = 0
  /** The peer holds what it has got for so long, milliseconds. */
  #latencyMs: number
  #writtenBytes = 0
  #arrivedBytes = 0
  #onArrived: (() => void) | undefined
  readonly #abort = new AbortController()

  private constructor(target: SrtTarget, options: SrtCallOptions) {
    this.#target = target
    this.#options = options
    this.#latencyMs = target.latencyMs
    // It may fail before anybody waits for it.
    this.#connected.promise.catch(() => {})
  }

  /** Connects. Throws a PublishFailure; nothing is left running then. */
  static async open(target: SrtTarget, options: SrtCallOptions): Promise<SrtCall> {
    const call = new SrtCall(target, options)
    const { clock, signal } = options
    const stop = () => call.#fail(new PublishFailure('stopped', { detail: 'The destination was stopped.', fix: '' }))
    signal.addEventListener('abort', stop, { once: true })
    const cancelLimit = clock.after(connectLimitMs, () => call.#fail(silent(target)))
    try {
      if (signal.aborted) stop()
      const failure = uncallable(target)
      if (failure) throw failure
      await Promise.race([call.#connect(), call.#connected.promise])
      await call.#connected.promise
      return call
    } catch (error) {
      call.#fail(error instanceof PublishFailure ? error : ourFault(error))
      throw call.#failure ?? error
    } finally {
      cancelLimit()
      signal.removeEventListener('abort', stop)
    }
  }

  /** There and back as the peer has measured it last, milliseconds; null before that. */
  get roundTripMs(): number | null {
    return this.#roundTripMs
  }

  /** Sends bytes of a transport stream; `flushed` is called once they have left this process, and never after a loss. */
  write(bytes: Buffer, flushed: () => void): void {
    if (this.#isEnding) return
    this.#writtenBytes += bytes.length
    this.#ffmpeg?.stdin?.write(bytes, (error) => {
      if (!error && !this.#failure) flushed()
    })
  }

  /**
   * Hangs up once the peer has got what was written and has handed it on, for it may throw away what it still holds.
   * Resolves within `limitMs` and the moment that it takes to kill it.
   */
  async end(limitMs: number): Promise<void> {
    this.#isEnding = true
    const ffmpeg = this.#ffmpeg
    if (!ffmpeg) return
    const { clock } = this.#options
    const cancelLimit = clock.after(limitMs, () => void ffmpeg.stop())
    const missingBytes = (messageBytes - (this.#writtenBytes % messageBytes)) % messageBytes
    ffmpeg.stdin?.write(firstMessage.subarray(0, missingBytes))
    this.#writtenBytes += missingBytes
    await Promise.race([this.#arrived(), ffmpeg.exited])
    const cancelEnd = clock.after(this.#latencyMs + clockMarginMs, () => ffmpeg.stdin?.end())
    await ffmpeg.exited
    cancelEnd()
    cancelLimit()
    this.#relay?.close()
  }

  async #arrived(): Promise<void> {
    if (this.#arrivedBytes >= this.#writtenBytes) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#onArrived = resolve
    await promise
  }

  /** Hangs up at once, for this reason; the first one wins. */
  fail(failure: PublishFailure): void {
    this.#fail(failure)
  }

  async #connect(): Promise<void> {
    const addresses = await this.#resolve(this.#target.host)
    if (this.#failure) return
    const relay = await this.#relayTo(addresses)
    this.#relay = relay
    if (this.#failure) return relay.close()
    this.#start(relay.port)
  }

  async #resolve(host: string): Promise<string[]> {
    if (isIP(host)) return [host]
    const found = await lookup(host, { all: true }).catch((error: NodeJS.ErrnoException) => {
      throw unreachable(this.#target, error)
    })
    this.#options.onReached?.('resolve')
    return found.map(({ address }) => address)
  }

  /** To the first address that there is a way to: a name may have one of IPv6 where this machine has none. */
  async #relayTo([address = '', ...others]: readonly string[]): Promise<DatagramRelay> {
    try {
      return await relayDatagrams(
        address,
        this.#target.port,
        (packet) => this.#heard(packet),
        () => this.#refusedBySystem(),
      )
    } catch (error) {
      if (!isNoWay(error)) throw error
      if (others.length === 0) throw unreachable(this.#target, error)
      return this.#relayTo(others)
    }
  }

  #start(port: number): void {
    const { streamName, passphrase, latencyMs } = this.#target
    const options = optionFile({
      mode: 'caller',
      latency: String(latencyMs * 1_000),
      connect_timeout: String(answerLimitMs),
      // What is late is left out by us, whole groups of pictures at a time; libsrt would leave out pieces of pictures.
      snddropdelay: '-1',
      // What is still on its way when we hang up is sent again for so long, seconds.
      linger: '1',
      ...(streamName !== '' && { streamid: streamName }),
      ...(passphrase !== null && { passphrase }),
    })
    const ffmpeg = startFfmpeg({
      ffmpeg: this.#options.ffmpeg,
      args: sendingArgs(port),
      stdin: true,
      sinks: [],
      files: [options.descriptor],
      stopStepMs,
      signal: this.#abort.signal,
    })
    options.close()
    this.#ffmpeg = ffmpeg
    ffmpeg.stdin?.write(firstMessage)
    this.#writtenBytes += firstMessage.length
    void ffmpeg.exited.then(({ stderrTail }) => {
      if (!this.#isEnding) this.#fail(this.#exitReason(stderrTail))
    })
  }

  #exitReason(stderr: string): PublishFailure {
    if (this.#isConnected) return callEnded(this.#target, this.#wasEndedByPeer)
    if (/Protocol not found/i.test(stderr)) return noSrtHere()
    return this.#wasHeard ? callEnded(this.#target, this.#wasEndedByPeer) : silent(this.#target)
  }

  /** ICMP says that the port is closed. Once a listener has been heard, it may only be starting anew. */
  #refusedBySystem(): void {
    if (!this.#wasHeard) this.#fail(nothingThere(this.#target))
  }

  /** A packet of the peer. */
  #heard(packet: Buffer): void {
    this.#wasHeard = true
    switch (controlTypeOf(packet)) {
      case controlType.handshake:
        this.#answered(packet)
        break
      case controlType.acknowledgement:
        this.#acknowledged(packet.subarray(headerBytes))
        break
      case controlType.shutdown:
        this.#wasEndedByPeer = true
    }
  }

  #answered(packet: Buffer): void {
    const answer = readHandshake(packet)
    if (!answer || this.#isConnected) return
    if (answer.type >= 1_000 && answer.type !== handshakeType.conclusion)
      this.#fail(callRejected(this.#target, answer.type))
    if (answer.type !== handshakeType.conclusion) return
    if (hasRefusedKey(extensionContent(answer, extensionType.keyResponse))) {
      this.#fail(wrongPassphrase(this.#target))
      return
    }
    this.#isConnected = true
    this.#firstSequence = answer.initialSequence
    this.#latencyMs = Math.max(this.#latencyMs, agreedLatencyMs(extensionContent(answer, extensionType.srtResponse)))
    this.#options.onReached?.('srt_handshake')
    this.#connected.resolve()
  }

  /** The next packet that it waits for, and in most the time there and back in µs (§3.2.4). Numbers have 31 bits. */
  #acknowledged(content: Buffer): void {
    if (!this.#isConnected || content.length < 4) return
    const packets = (content.readUInt32BE(0) - this.#firstSequence) & 0x7fff_ffff
    this.#arrivedBytes = packets * messageBytes
    this.#options.onAcknowledged?.(Math.max(0, this.#arrivedBytes - firstMessage.length))
    if (this.#arrivedBytes >= this.#writtenBytes) this.#onArrived?.()
    if (content.length >= 8) this.#roundTripMs = Math.round(content.readUInt32BE(4) / 100) / 10
  }

  #fail(failure: PublishFailure): void {
    if (this.#failure || this.#isEnding) return
    this.#failure = failure
    this.#abort.abort()
    this.#relay?.close()
    if (this.#isConnected) this.#options.onLost(failure)
    else this.#connected.reject(failure)
  }
}

/** The system refuses to send there. */
const isNoWay = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error && error.syscall === 'connect'

/** It answers with a state instead of the key (§3.2.2): 3, no secret; 4, another one. */
function hasRefusedKey(content: Buffer | undefined): boolean {
  return content?.length === 4 && content.readUInt32BE(0) >= 3
}

/** The receiver's TSBPD delay (§3.2.1.1): the longer one of what both sides want. */
const agreedLatencyMs = (content: Buffer | undefined): number =>
  content && content.length >= 12 ? content.readUInt16BE(8) : 0

/** What comes on stdin goes out as it is, in whole messages. */
function sendingArgs(port: number): string[] {
  return [
    ...['-hide_banner', '-nostats', '-loglevel', 'level+error', '-protocol_whitelist', 'pipe,srt,udp'],
    ...['-f', 'data', '-raw_packet_size', String(50 * messageBytes), '-i', 'pipe:0'],
    ...['-map', '0', '-c', 'copy', '-fpre', '/dev/fd/3'],
    ...['-flush_packets', '0', '-f', 'data', `srt://127.0.0.1:${port}`],
  ]
}
