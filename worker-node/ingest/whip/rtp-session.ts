import { BitrateMeter } from '../bitrate-meter.ts'
import { BitrateAdvice, QueueMeter } from './bitrate-advice.ts'
import type { MediaChoice } from './codec-choice.ts'
import { JitterBuffer } from './jitter-buffer.ts'
import type { TrackKind } from './media-clock.ts'
import type { MediaIntake } from './media-intake.ts'
import { Reception } from './reception.ts'
import {
  bitrateLimit,
  nack,
  pictureLoss,
  type ReceptionReport,
  readRtcp,
  receiverReport,
  type SenderReport,
} from './rtcp.ts'
import { type RtpPacket, readRtp } from './rtp.ts'

export interface RtpSessionOptions {
  readonly choice: MediaChoice
  readonly maxBitrateKbps: number
  readonly nowMs: () => number
  readonly intake: Pick<MediaIntake, 'take' | 'report' | 'restart' | 'keyframeAgeMs'>
  /** Sends a compound RTCP packet. */
  readonly send: (packet: Buffer) => void
  readonly onGoodbye: () => void
}

/** A lost packet of the picture is worth a round trip or two; of the sound, less. */
const maxWaitMs = { video: 300, audio: 80 } as const
/** Packets behind a gap: 300 ms at 20 Mbit/s, and a second of sound. */
const maxPackets = { video: 600, audio: 64 } as const
const clockRates = { video: 90_000, audio: 48_000 } as const
const tickMs = 20
/** Keyframes are asked for at most this often, and when none came by itself for so long, ms. */
const askApartMs = 400
const keyframeEachMs = 4_000
/** Times that one is asked for without an answer; some senders can't. */
const maxAsks = 8
/** A second source under the same payload type is listened to once the first is silent for so long, ms. */
const takeoverMs = 300

interface Track {
  readonly kind: TrackKind
  readonly payloadType: number
  reception: Reception
  buffer: JitterBuffer
  lastPacketMs: number
  /** Its source said goodbye. */
  isOver: boolean
}

/** Receives the tracks of one publisher and talks back: reports, repairs, keyframes, bit rate (RFC 3550, RFC 4585). */
export class RtpSession {
  readonly #options: RtpSessionOptions
  readonly #ownSsrc = (Math.random() * 2 ** 32) >>> 0
  readonly #tracks = new Map<number, Track>()
  readonly #expected: readonly { readonly kind: TrackKind; readonly payloadType: number }[]
  readonly #advice: BitrateAdvice
  readonly #bitrate = new BitrateMeter()
  readonly #queue = new QueueMeter()
  #ticker: NodeJS.Timeout | undefined
  #isStarted = false
  #asks = 0
  #lastAskMs = Number.NEGATIVE_INFINITY

  constructor(options: RtpSessionOptions) {
    const { video, audio } = options.choice
    this.#options = options
    this.#advice = new BitrateAdvice(options.maxBitrateKbps)
    this.#expected = [
      ...(video ? [{ kind: 'video', payloadType: video.codec.payloadType } as const] : []),
      ...(audio ? [{ kind: 'audio', payloadType: audio.codec.payloadType } as const] : []),
    ]
  }

  /** The connection is up: a first bit rate goes out, which Chromium begins with. */
  start(): void {
    this.#isStarted = true
    this.report()
  }

  /** Takes an RTP packet in the clear. */
  take(bytes: Buffer): void {
    const packet = readRtp(bytes)
    const nowMs = this.#options.nowMs()
    const track = packet && this.#trackOf(packet, nowMs)
    if (!packet || !track) return
    track.lastPacketMs = nowMs
    this.#bitrate.add(bytes.length, nowMs)
    track.reception.note(packet, nowMs)
    // Sound goes out evenly; packets of a picture wait for each other at the sender.
    if (track.kind === 'audio' || this.#expected.length === 1)
      this.#queue.note(packet.timestamp / (clockRates[track.kind] / 1_000), nowMs)
    track.buffer.push(packet, nowMs)
    if (track.buffer.isWaiting) this.#ticker ??= setInterval(() => this.#tick(), tickMs)
  }

  /** Takes a compound RTCP packet in the clear. */
  takeReports(bytes: Buffer): void {
    const nowMs = this.#options.nowMs()
    const { senderReports, goodbyes } = readRtcp(bytes)
    for (const report of senderReports) this.#takeSenderReport(report, nowMs)
    for (const track of this.#tracks.values()) track.isOver ||= goodbyes.includes(track.reception.ssrc)
    // Sound and picture say goodbye each for itself.
    if (goodbyes.length > 0 && [...this.#tracks.values()].every(({ isOver }) => isOver)) this.#options.onGoodbye()
  }

  /** Sends the regular report; to be called twice a second. */
  report(): void {
    const nowMs = this.#options.nowMs()
    const tracks = [...this.#tracks.values()]
    const reports = tracks.map(({ reception }) => reception.report(nowMs))
    const kbps = this.#advice.next({
      receivedKbps: this.#bitrate.kbps(nowMs) ?? this.#options.maxBitrateKbps,
      lossShare: Math.max(0, ...reports.map(({ fractionLost }) => fractionLost)),
      queueMs: this.#queue.queueMs,
    })
    this.#send(
      reports,
      bitrateLimit(
        this.#ownSsrc,
        kbps * 1_000,
        tracks.map(({ reception }) => reception.ssrc),
      ),
    )
    const ageMs = this.#options.intake.keyframeAgeMs(nowMs)
    if (ageMs !== null && ageMs < nowMs - this.#lastAskMs) this.#asks = 0
    if (ageMs === null || ageMs > keyframeEachMs || this.#asks > 0) this.requestKeyframe()
  }

  /** Asks for a keyframe, and again until it is there. */
  requestKeyframe(): void {
    const nowMs = this.#options.nowMs()
    const video = [...this.#tracks.values()].find(({ kind }) => kind === 'video')
    if (!video || !this.#isStarted || nowMs - this.#lastAskMs < askApartMs) return
    const ageMs = this.#options.intake.keyframeAgeMs(nowMs)
    if (this.#asks >= maxAsks && (ageMs ?? Number.POSITIVE_INFINITY) < keyframeEachMs * 4) return
    this.#asks += 1
    this.#lastAskMs = nowMs
    this.#send([], pictureLoss(this.#ownSsrc, video.reception.ssrc))
  }

  close(): void {
    clearInterval(this.#ticker)
    this.#isStarted = false
  }

  /** The track of a packet, by its payload type: one source at a time has it. */
  #trackOf(packet: RtpPacket, nowMs: number): Track | undefined {
    const known = this.#tracks.get(packet.payloadType)
    if (known?.reception.ssrc === packet.ssrc) return known
    if (known && nowMs - known.lastPacketMs < takeoverMs) return
    const expected = this.#expected.find(({ payloadType }) => payloadType === packet.payloadType)
    if (!expected) return
    if (known) this.#options.intake.restart(expected.kind, packet)
    const track = this.#makeTrack(expected, packet.ssrc)
    this.#tracks.set(packet.payloadType, track)
    return track
  }

  #makeTrack({ kind, payloadType }: { kind: TrackKind; payloadType: number }, ssrc: number): Track {
    return {
      kind,
      payloadType,
      lastPacketMs: Number.NEGATIVE_INFINITY,
      isOver: false,
      reception: new Reception(ssrc, clockRates[kind]),
      buffer: new JitterBuffer({
        maxWaitMs: maxWaitMs[kind],
        maxPackets: maxPackets[kind],
        onPacket: (packet, lostBefore) => this.#options.intake.take(kind, packet, lostBefore),
        onMissing: (sequences) => {
          // Opus conceals a lost packet; waiting for it would cost more than it is worth.
          if (kind === 'video') this.#send([], nack(this.#ownSsrc, ssrc, sequences))
        },
      }),
    }
  }

  #takeSenderReport(report: SenderReport, nowMs: number): void {
    const track = [...this.#tracks.values()].find(({ reception }) => reception.ssrc === report.ssrc)
    if (!track) return
    track.reception.noteReport(report, nowMs)
    this.#options.intake.report(track.kind, report)
  }

  #tick(): void {
    const nowMs = this.#options.nowMs()
    for (const { buffer } of this.#tracks.values()) buffer.tick(nowMs)
    if ([...this.#tracks.values()].some(({ buffer }) => buffer.isWaiting)) return
    clearInterval(this.#ticker)
    this.#ticker = undefined
  }

  /** Every compound packet begins with a receiver report (RFC 3550 §6.1). */
  #send(reports: readonly ReceptionReport[], ...packets: readonly Buffer[]): void {
    if (this.#isStarted) this.#options.send(Buffer.concat([receiverReport(this.#ownSsrc, reports), ...packets]))
  }
}
