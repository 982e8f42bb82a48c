import { randomBytes } from 'node:crypto'
import type { Source, SourceEnd } from '../source.ts'
import type { MediaChoice } from './codec-choice.ts'
import { type DtlsIdentity, type DtlsKeys, DtlsLink } from './dtls-link.ts'
import type { WhipLimits } from './limits.ts'
import { MediaIntake } from './media-intake.ts'
import { type MediaPlace, notConnected } from './not-connected.ts'
import { isMedia, isRtcp, rtpHeaderBytes } from './rtp.ts'
import { RtpSession } from './rtp-session.ts'
import type { SdpOffer } from './sdp-offer.ts'
import { SrtpContext } from './srtp.ts'
import type { IceCredentials, UdpPath, UdpPort } from './udp-port.ts'

export interface WhipSessionOptions {
  readonly offer: SdpOffer
  readonly choice: MediaChoice
  readonly port: UdpPort
  readonly identity: DtlsIdentity
  readonly limits: WhipLimits
  readonly place: MediaPlace
  readonly nowMs: () => number
  /** The encrypted connection stands: media may come. */
  readonly onConnected: () => void
}

/** How often reports go out and silence is looked for, ms. */
const reportEachMs = 500

/** One publisher: its encrypted connection, what comes over it, and the source that is made of it. */
export class WhipSession {
  /** Where the publisher finds it again: part of a URL that nobody can guess. */
  readonly id = randomBytes(16).toString('base64url')
  readonly source: Source
  readonly #options: WhipSessionOptions
  readonly #intake: MediaIntake
  readonly #rtp: RtpSession
  readonly #path: UdpPath
  readonly #dtls: DtlsLink
  readonly #timer: NodeJS.Timeout
  readonly #startedMs: number
  readonly #resolveEnded: (end: SourceEnd) => void
  #inbound: SrtpContext | undefined
  #outbound: SrtpContext | undefined
  #lastMediaMs: number
  #isOver = false

  constructor(options: WhipSessionOptions) {
    const { offer, choice, port, identity, limits, nowMs } = options
    const { promise: ended, resolve } = Promise.withResolvers<SourceEnd>()
    this.#options = options
    this.#resolveEnded = resolve
    this.#startedMs = nowMs()
    this.#lastMediaMs = this.#startedMs
    const intake = new MediaIntake({
      choice,
      encoder: offer.tool,
      maxBehindBytes: limits.maxBehindBytes,
      nowMs,
      onKeyframeNeeded: () => this.#rtp.requestKeyframe(),
    })
    this.#intake = intake
    this.#rtp = new RtpSession({
      choice,
      maxBitrateKbps: limits.maxBitrateKbps,
      nowMs,
      intake,
      send: (packet) => this.#sendReports(packet),
      onGoodbye: () => this.end({ reason: 'ended', detail: 'The publisher ended the stream.' }),
    })
    this.#path = port.register({ receive: (datagram) => this.#receive(datagram) })
    this.#dtls = new DtlsLink({
      identity,
      fingerprints: offer.fingerprints,
      send: (datagram) => this.#path.send(datagram),
      onKeys: (keys) => this.#onKeys(keys),
      onFailed: (detail) => this.end({ reason: 'refused', detail }),
    })
    this.#timer = setInterval(() => this.#onTimer(), reportEachMs)
    this.source = {
      input: { kind: 'stdin', format: 'matroska' },
      ready: intake.ready,
      describe: () => intake.describe(),
      ended,
      get bytesReceived() {
        return intake.bytesReceived
      },
      get heldBack() {
        return intake.heldBack
      },
      open: () => intake.open(),
      close: (why) => this.end({ reason: 'ended', detail: why }),
    }
  }

  get credentials(): IceCredentials {
    return this.#path.credentials
  }

  /** New ICE credentials for a publisher whose network changed (RFC 8445 §9). */
  restartIce(): IceCredentials {
    return this.#path.restart()
  }

  /** The first reason counts. */
  end(end: SourceEnd): void {
    if (this.#isOver) return
    this.#isOver = true
    clearInterval(this.#timer)
    this.#rtp.close()
    this.#dtls.close()
    this.#path.close()
    this.#intake.end()
    this.#resolveEnded(end)
  }

  #receive(datagram: Buffer): void {
    if (this.#isOver) return
    if (!isMedia(datagram)) {
      const first = datagram[0] ?? 0
      if (first >= 20 && first <= 63) this.#dtls.receive(datagram)
      return
    }
    if (!this.#inbound) return
    if (isRtcp(datagram)) {
      const reports = this.#inbound.openRtcp(datagram)
      if (reports) this.#rtp.takeReports(reports)
      return
    }
    const headerBytes = rtpHeaderBytes(datagram)
    const packet = headerBytes === undefined ? undefined : this.#inbound.openRtp(datagram, headerBytes)
    if (!packet) return
    this.#lastMediaMs = this.#options.nowMs()
    this.#rtp.take(packet)
  }

  #onKeys({ profile, local, remote }: DtlsKeys): void {
    this.#inbound = new SrtpContext(profile, remote)
    this.#outbound = new SrtpContext(profile, local)
    this.#lastMediaMs = this.#options.nowMs()
    this.#rtp.start()
    this.#options.onConnected()
  }

  #sendReports(packet: Buffer): void {
    if (this.#outbound) this.#path.send(this.#outbound.sealRtcp(packet))
  }

  #onTimer(): void {
    const nowMs = this.#options.nowMs()
    const { limits, place } = this.#options
    const { connectMs, silenceMs } = limits
    if (!this.#inbound) {
      if (nowMs - this.#startedMs > connectMs)
        this.end({ reason: 'refused', detail: notConnected(this.#path.wasReached, place) })
      return
    }
    if (nowMs - this.#lastMediaMs > silenceMs) return void this.end({ reason: 'lost', detail: silent })
    this.#rtp.report()
  }
}

const silent = 'The publisher fell silent: its network, its computer or its browser stopped.'
