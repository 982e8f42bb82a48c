import type { Readable } from 'node:stream'
import type { SourceDescription } from '#schema/contracts/source.ts'
import { readSps } from '../../media/h264-header.ts'
import { h264Profile } from '../../media/h264-profile.ts'
import { BitrateMeter } from '../bitrate-meter.ts'
import { GopFeed } from '../gop-feed.ts'
import { KeyframeMeter } from '../keyframe-meter.ts'
import type { Depacketizer, EncodedFrame } from './access-unit.ts'
import type { MediaChoice } from './codec-choice.ts'
import { FrameRateMeter } from './frame-rate-meter.ts'
import { H264Depacketizer } from './h264-depacketizer.ts'
import {
  audioTrackNumber,
  avcConfiguration,
  type MatroskaVideo,
  matroskaFrame,
  matroskaHeader,
  videoTrackNumber,
} from './matroska.ts'
import { MediaClock, type TrackKind } from './media-clock.ts'
import type { SenderReport } from './rtcp.ts'
import type { RtpPacket } from './rtp.ts'
import { readVp8Size, Vp8Depacketizer } from './vp8-depacketizer.ts'

export interface MediaIntakeOptions {
  readonly choice: MediaChoice
  readonly encoder: string | null
  readonly maxBehindBytes: number
  readonly nowMs: () => number
  /** The sender is to make a keyframe. */
  readonly onKeyframeNeeded: () => void
}

interface StreamHeader {
  readonly bytes: Buffer
  readonly hasVideo: boolean
  readonly hasSound: boolean
}

/** With what is known then the source counts as described, ms after the first media. */
const readyAfterMs = 1_500
/** A damaged picture is better than none once the sender has not mended it for so long, ms. */
const patienceMs = 2_000
/** A kept GOP older than this is not begun with, where the sender makes keyframes when asked, ms. */
const freshMs = 1_000
/** Sound over RTP: Opus counts at 48 kHz whatever it holds (RFC 7587 §4.1). */
const clockRates = { video: 90_000, audio: 48_000 } as const

/** Makes one Matroska stream of the packets of sound and picture, each in its own order. */
export class MediaIntake {
  readonly ready: Promise<SourceDescription>
  readonly #options: MediaIntakeOptions
  readonly #resolveReady: (description: SourceDescription) => void
  readonly #clock = new MediaClock()
  readonly #feed: GopFeed
  readonly #depacketizer: Depacketizer | undefined
  readonly #h264: H264Depacketizer | undefined
  readonly #bitrate = new BitrateMeter()
  readonly #keyframes = new KeyframeMeter()
  readonly #frameRate = new FrameRateMeter()
  #picture: MatroskaVideo | undefined
  #codec = ''
  #hasSound = false
  #channels = 2
  /** What the reader of now was told at its beginning; undefined: nothing yet. */
  #header: StreamHeader | undefined
  #isReady = false
  #readyTimer: NodeJS.Timeout | undefined
  #bytes = 0
  #heldBack = false
  #lastKeyframeMs: number | undefined
  /** Since when frames are left out, waiting for a keyframe. */
  #brokenSinceMs: number | undefined
  #mendsWhenAsked = false

  constructor(options: MediaIntakeOptions) {
    const { promise, resolve } = Promise.withResolvers<SourceDescription>()
    this.#options = options
    this.ready = promise
    this.#resolveReady = resolve
    this.#feed = new GopFeed({
      maxBytes: options.maxBehindBytes,
      skipAtBytes: options.maxBehindBytes * 1.5,
      onFull: () => {
        this.#heldBack = true
      },
      onDrained: () => {
        if (this.#heldBack) options.onKeyframeNeeded()
        this.#heldBack = false
      },
    })
    const { video } = options.choice
    this.#feed.hasVideo = video !== null
    if (video?.codec.name === 'H264')
      this.#h264 = new H264Depacketizer(video.codec.parameters.get('sprop-parameter-sets'))
    this.#depacketizer = this.#h264 ?? (video ? new Vp8Depacketizer() : undefined)
  }

  get bytesReceived(): number {
    return this.#bytes
  }

  get heldBack(): boolean {
    return this.#heldBack
  }

  /** How old the newest keyframe is, ms; null before the first. */
  keyframeAgeMs(nowMs: number): number | null {
    return this.#lastKeyframeMs === undefined ? null : nowMs - this.#lastKeyframeMs
  }

  /** A packet of its track, in order. `lostBefore`: one before it never came. */
  take(kind: TrackKind, packet: RtpPacket, lostBefore: boolean): void {
    const nowMs = this.#options.nowMs()
    this.#bytes += packet.payload.length
    this.#bitrate.add(packet.payload.length, nowMs)
    this.#readyTimer ??= setTimeout(() => this.#becomeReady(), readyAfterMs)
    if (kind === 'audio') this.#takeSound(packet, nowMs)
    else this.#takePicture(packet, lostBefore, nowMs)
    if (!this.#isReady && this.#isDescribed()) this.#becomeReady()
  }

  report(kind: TrackKind, report: SenderReport): void {
    this.#clock.report(kind, report)
  }

  /** A track goes on with another source, whose first packet this is. */
  restart(kind: TrackKind, { timestamp }: RtpPacket): void {
    this.#clock.restart(kind, timestamp, this.#options.nowMs())
  }

  /** Matroska from the newest keyframe on. Ends the reader before it. */
  open(): Readable {
    const ageMs = this.keyframeAgeMs(this.#options.nowMs())
    if (this.#mendsWhenAsked && ageMs !== null && ageMs > freshMs) this.#feed.cut()
    if (ageMs === null || ageMs > freshMs / 4) this.#options.onKeyframeNeeded()
    const isComplete = this.#picture !== undefined || this.#isReady || this.#options.choice.video === null
    // Before the first keyframe nobody knows what the header must say: it goes out with that.
    this.#header = isComplete ? this.#makeHeader() : undefined
    return this.#feed.open(this.#header ? [this.#header.bytes] : [])
  }

  describe(): SourceDescription {
    return this.#description(this.#frameRate.framesPerSecond)
  }

  end(): void {
    this.#becomeReady()
    this.#feed.end()
  }

  #takeSound({ timestamp, payload }: RtpPacket, nowMs: number): void {
    if (payload.length === 0) return
    this.#hasSound = true
    if (this.#header && !this.#header.hasSound) this.#beginAnew()
    this.#channels = ((payload[0] ?? 0) & 4) !== 0 ? 2 : 1 // RFC 6716 §3.1.
    const timeMs = this.#clock.place('audio', clockRates.audio, timestamp, nowMs)
    if (this.#header || this.#picture) this.#feed.write('other', matroskaFrame(audioTrackNumber, timeMs, true, payload))
  }

  #takePicture(packet: RtpPacket, lostBefore: boolean, nowMs: number): void {
    const depacketizer = this.#depacketizer
    if (!depacketizer) return
    const damagedBefore = depacketizer.damagedFrames
    const frame = depacketizer.push(packet, lostBefore)
    if (depacketizer.damagedFrames > damagedBefore) this.#break(nowMs)
    if (frame) this.#takeFrame(frame, nowMs)
  }

  #takeFrame(frame: EncodedFrame, nowMs: number): void {
    const timeMs = this.#clock.place('video', clockRates.video, frame.timestamp, nowMs)
    this.#frameRate.note(timeMs)
    if (frame.isKeyframe) this.#noteKeyframe(frame, timeMs, nowMs)
    if (this.#brokenSinceMs !== undefined && nowMs - this.#brokenSinceMs < patienceMs) return
    this.#feed.write(
      frame.isKeyframe ? 'keyframe' : 'frame',
      matroskaFrame(videoTrackNumber, timeMs, frame.isKeyframe, frame.bytes),
    )
  }

  #noteKeyframe({ bytes }: EncodedFrame, timeMs: number, nowMs: number): void {
    this.#keyframes.note(timeMs)
    if (this.#brokenSinceMs !== undefined) this.#mendsWhenAsked = true
    this.#brokenSinceMs = undefined
    this.#lastKeyframeMs = nowMs
    this.#picture = (this.#h264 ? this.#readH264(this.#h264) : this.#readVp8(bytes)) ?? this.#picture
    if (!this.#header) {
      this.#header = this.#makeHeader()
      this.#feed.pass(this.#header.bytes)
    } else if (!this.#header.hasVideo) this.#beginAnew()
  }

  /** FFmpeg knows nothing of a picture or a sound that came this late: it is to read another header. */
  #beginAnew(): void {
    this.#header = undefined
    this.#feed.cut()
  }

  /** What follows can't be decoded cleanly before the next keyframe. */
  #break(nowMs: number): void {
    this.#brokenSinceMs ??= nowMs
    this.#options.onKeyframeNeeded()
  }

  #readH264({ sps, pps }: H264Depacketizer): MatroskaVideo | undefined {
    const header = sps && readSps(sps)
    if (!header || !sps || !pps) return
    this.#codec = header.codec
    return { codec: 'h264', width: header.width, height: header.height, configuration: avcConfiguration(sps, pps) }
  }

  #readVp8(bytes: Buffer): MatroskaVideo | undefined {
    const size = readVp8Size(bytes)
    this.#codec = 'vp8'
    return size && { codec: 'vp8', ...size, configuration: null }
  }

  #makeHeader(): StreamHeader {
    const hasSound = this.#hasSound || (!this.#isReady && this.#options.choice.audio !== null)
    return { bytes: matroskaHeader(this.#picture ?? null, hasSound), hasVideo: this.#picture !== undefined, hasSound }
  }

  #isDescribed(): boolean {
    const { video, audio } = this.#options.choice
    return (!video || (this.#picture !== undefined && this.#frameRate.isKnown)) && (!audio || this.#hasSound)
  }

  #becomeReady(): void {
    if (this.#isReady) return
    this.#isReady = true
    clearTimeout(this.#readyTimer)
    this.#resolveReady(this.#description(this.#frameRate.usualRate))
  }

  #description(fps: number | null): SourceDescription {
    const picture = this.#picture
    return {
      protocol: 'whip',
      video: picture
        ? {
            codec: picture.codec,
            profile: picture.codec === 'h264' ? h264Profile(this.#codec) : null,
            width: picture.width,
            height: picture.height,
            fps,
            keyframe_interval_s: this.#keyframes.longestSeconds,
            b_frames: picture.codec === 'h264' ? null : false,
          }
        : null,
      audio: this.#hasSound ? { codec: 'opus', sample_rate: clockRates.audio, channels: this.#channels } : null,
      bitrate_kbps: this.#bitrate.kbps(this.#options.nowMs()),
      encoder: this.#options.encoder,
    }
  }
}
