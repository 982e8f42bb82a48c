import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { type Handshake, readHandshake } from '../../srt/handshake.ts'
import { quiet } from '../../transcode/encoders.ts'
import type { FfmpegBinary } from '../../transcode/ffmpeg-binary.ts'
import { type FfmpegExit, type FfmpegProcess, startFfmpeg } from '../../transcode/ffmpeg-process.ts'
import { shakeHandsFor } from './stand-in-handshake.ts'

export interface ListenerOptions {
  readonly ffmpeg: FfmpegBinary
  readonly passphrase: string
  readonly latencyMs: number
  /** How long it waits for its caller, ms. */
  readonly openingMs: number
  /** Takes what the caller sends, whole SRT messages. */
  readonly onMedia: (bytes: Buffer) => void
  /** Takes what the listener sends to the caller, after its handshake. */
  readonly onDatagram: (datagram: Buffer) => void
}

const loopback = '127.0.0.1'
/** It does not say when it listens, so it is asked until it answers, each so many ms. */
const askEachMs = 10
const stopStepMs = 300

/**
 * FFmpeg as the SRT listener of one caller, on a loopback port of its own, and our end of the way to it. It hands the
 * bytes on as they come, without looking into them. It lives until `close`, or until its caller is gone.
 */
export class ListenerLink {
  readonly #process: FfmpegProcess
  readonly #socket: Socket
  readonly #onDatagram: (datagram: Buffer) => void
  #onHandshake: ((handshake: Handshake) => void) | undefined
  #closed = false

  static async open(options: ListenerOptions): Promise<ListenerLink> {
    const port = await freePort()
    const socket = createSocket('udp4')
    // Until the listener is there, the kernel answers that nobody is: that is no fault.
    socket.on('error', () => {})
    socket.connect(port, loopback)
    await once(socket, 'connect')
    return new ListenerLink(options, port, socket)
  }

  private constructor(options: ListenerOptions, port: number, socket: Socket) {
    this.#socket = socket
    this.#onDatagram = options.onDatagram
    socket.on('message', (datagram: Buffer) => this.#take(datagram))
    this.#process = startFfmpeg({
      ffmpeg: options.ffmpeg,
      args: listenerArguments(port, options),
      stdin: false,
      sinks: [options.onMedia],
      signal: new AbortController().signal,
      stopStepMs,
    })
    this.exited = this.#process.exited.then((exit) => {
      this.#closeSocket()
      return exit
    })
  }

  /** The listener is gone. Never rejects. */
  readonly exited: Promise<FfmpegExit>

  /** Goes through the handshake in the caller's place: see {@link shakeHandsFor}. Undefined when the listener ends before. */
  async shakeHands(conclusion: Handshake, receivedAtMs: number): Promise<Handshake | undefined> {
    const answer = await shakeHandsFor(conclusion, receivedAtMs, (...question) => this.#ask(...question), askEachMs)
    this.#onHandshake = undefined
    return answer
  }

  /** Sends what came from the caller. */
  send(datagram: Buffer): void {
    if (!this.#closed) this.#socket.send(datagram, () => {})
  }

  /** Ends the listener; resolves when it is gone. */
  async close(): Promise<FfmpegExit> {
    await this.#process.stop()
    return this.exited
  }

  /** Sends until an answer fits; undefined when the listener ends first. */
  #ask(
    question: () => Buffer,
    eachMs: number,
    fits: (handshake: Handshake) => boolean,
  ): Promise<Handshake | undefined> {
    const { promise, resolve } = Promise.withResolvers<Handshake | undefined>()
    this.#onHandshake = (handshake) => {
      if (fits(handshake)) resolve(handshake)
    }
    void this.exited.then(() => resolve(undefined))
    this.send(question())
    const timer = setInterval(() => this.send(question()), eachMs)
    return promise.finally(() => clearInterval(timer))
  }

  #take(datagram: Buffer): void {
    const handshake = this.#onHandshake && readHandshake(datagram)
    if (handshake) this.#onHandshake?.(handshake)
    else this.#onDatagram(datagram)
  }

  #closeSocket(): void {
    if (this.#closed) return
    this.#closed = true
    this.#socket.close()
  }
}

function listenerArguments(port: number, { passphrase, latencyMs, openingMs }: ListenerOptions): string[] {
  const query = new URLSearchParams({
    mode: 'listener',
    passphrase,
    latency: String(latencyMs * 1_000),
    listen_timeout: String(openingMs * 1_000),
    payload_size: '1456',
  })
  return [
    ...quiet,
    ...['-protocol_whitelist', 'srt', '-f', 'data', '-raw_packet_size', '8192'],
    ...['-i', `srt://${loopback}:${port}?${query}`],
    ...['-map', '0', '-c', 'copy', '-flush_packets', '1', '-f', 'data', 'pipe:3'],
  ]
}

/** A port that is free now. Should another program take it before the listener does, the listener ends, and the caller calls again. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, loopback)
  await once(socket, 'listening')
  const { port } = socket.address()
  await new Promise<void>((resolve) => socket.close(() => resolve()))
  return port
}
