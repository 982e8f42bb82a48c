import type { Readable } from 'node:stream'
import type { SourceDescription } from '#schema/contracts/source.ts'
import type { LogFields } from '#schema/log/line.ts'
import { SourceClock } from '../../media/source-clock.ts'
import { amf0Payload, isAmf0Object, messageType, type RtmpMessage, readData } from '../../rtmp/messages.ts'
import { SourceDescriber } from './description.ts'
import { flvHeader, flvTag } from './flv.ts'
import { FlvFeed } from './flv-feed.ts'
import { audioKind, type MediaKind, UnsupportedMediaError, videoKind } from './media-kind.ts'

/** Why a publication is over, and in words. */
export interface PublicationEnd {
  readonly reason:
    | 'unpublished'
    | 'disconnected'
    | 'timeout'
    | 'protocol_error'
    | 'unsupported_media'
    | 'replaced'
    | 'closed_by_us'
  readonly detail: string
}

/** One encoder that publishes, authorised. */
export interface RtmpPublication {
  readonly streamKey: string
  /** The place that it takes, as its authorisation said. */
  readonly slot: string
  readonly remoteAddress: string
  /**
   * The media as an FLV byte stream: header, metadata and codec headers, then tags on one clock that only goes on.
   * Opened as soon as the publication is given, it has every tag from the first on; later, it begins at the newest keyframe.
   * One reader at a time: opening another destroys the one before. The publisher is held back (TCP) while the reader is
   * over 4 MiB behind. Ends with the publication.
   */
  openFlv(): Readable
  /** What the source sends, as far as it is known now. */
  description(): SourceDescription
  /** The description once all of it is known, or 1.5 s after the first media, or at the end. Never rejects. */
  readonly ready: Promise<SourceDescription>
  /** Bytes of media so far, and when the last came (the server's clock, ms). */
  received(): { readonly bytes: number; readonly lastMediaAtMs: number }
  /** Whether the reader is so far behind that the encoder is held back. */
  readonly heldBack: boolean
  /** Tells the encoder why, then closes its connection; with `asksToReconnect` it may do that itself, once it has another one. */
  close(description: string, asksToReconnect?: boolean): void
  readonly closed: Promise<PublicationEnd>
}

export interface PublicationOptions {
  readonly streamKey: string
  readonly slot: string
  /** What it publishes to, for the log; left out: nothing is said of it there. */
  readonly about?: LogFields
  readonly remoteAddress: string
  readonly nowMs: () => number
  readonly maxBehindBytes: number
  /** Media younger than this makes the publisher a live one. */
  readonly liveMs: number
  readonly connection: {
    pause(): void
    resume(): void
    end(end: PublicationEnd): void
    /** Left out where the connection is ours. */
    askToReconnect?(end: PublicationEnd): void
  }
}

const readyAfterMs = 1_500
/** The clock of the tags begins here: room for a track that comes second and begins earlier. Milliseconds. */
const clockStartMs = 1_000
/** AMF0 of the string '@setDataFrame', which FLV's script tags go without. */
const setDataFrame = Buffer.from('\x02\x00\x0d@setDataFrame', 'latin1')

/** What the server does with a publication. It is made when the encoder was authorised; `take` gets its messages. */
export class Publication implements RtmpPublication {
  readonly streamKey: string
  readonly slot: string
  readonly about: LogFields
  readonly remoteAddress: string
  readonly ready: Promise<SourceDescription>
  readonly closed: Promise<PublicationEnd>
  readonly #options: PublicationOptions
  readonly #describer = new SourceDescriber()
  readonly #clock = new SourceClock()
  readonly #feed: FlvFeed
  readonly #resolveReady: (description: SourceDescription) => void
  readonly #resolveClosed: (end: PublicationEnd) => void
  #readyTimer: NodeJS.Timeout | undefined
  #isReady = false
  #heldBack = false
  #bytes = 0
  #lastMediaAtMs: number

  constructor(options: PublicationOptions) {
    this.#options = options
    this.streamKey = options.streamKey
    this.slot = options.slot
    this.about = options.about ?? {}
    this.remoteAddress = options.remoteAddress
    this.#lastMediaAtMs = options.nowMs()
    const ready = Promise.withResolvers<SourceDescription>()
    const closed = Promise.withResolvers<PublicationEnd>()
    this.ready = ready.promise
    this.closed = closed.promise
    this.#resolveReady = ready.resolve
    this.#resolveClosed = closed.resolve
    this.#feed = new FlvFeed({
      maxBytes: options.maxBehindBytes,
      onFull: () => this.#holdBack(true),
      onDrained: () => this.#holdBack(false),
    })
  }

  openFlv(): Readable {
    const { video, audio } = this.#describer.describe(this.#options.nowMs())
    // Before the codec headers are here, both are announced: FFmpeg then waits for either.
    const tracks = this.#isReady ? { video: video !== null, audio: audio !== null } : bothKinds
    return this.#feed.open(flvHeader(tracks), tracks)
  }

  description(): SourceDescription {
    return this.#describer.describe(this.#options.nowMs())
  }

  received(): { bytes: number; lastMediaAtMs: number } {
    return { bytes: this.#bytes, lastMediaAtMs: this.#lastMediaAtMs }
  }

  close(description: string, asksToReconnect = false): void {
    const end = { reason: 'closed_by_us', detail: description } as const
    const { connection } = this.#options
    if (asksToReconnect && connection.askToReconnect) connection.askToReconnect(end)
    else connection.end(end)
  }

  /** Whether media came of late, or would have if we took it. */
  get live(): boolean {
    return this.#heldBack || this.#options.nowMs() - this.#lastMediaAtMs < this.#options.liveMs
  }

  get heldBack(): boolean {
    return this.#heldBack
  }

  /** Takes an audio, video or data message. Throws UnsupportedMediaError, and RtmpProtocolError for unreadable metadata. */
  take(message: RtmpMessage): void {
    if (message.type === messageType.video) this.#takeMedia(videoKind(message.payload), message)
    else if (message.type === messageType.audio) this.#takeMedia(audioKind(message.payload), message)
    else this.#takeData(message)
  }

  /** The connection is over: the reader gets its end, the promises resolve. */
  finish(end: PublicationEnd): void {
    this.#feed.end()
    this.#becomeReady()
    this.#resolveClosed(end)
  }

  #takeMedia(kind: MediaKind | undefined, message: RtmpMessage): void {
    if (kind === undefined) return
    this.#lastMediaAtMs = this.#options.nowMs()
    this.#bytes += message.payload.length
    this.#describer.media(message.payload.length, this.#lastMediaAtMs)
    this.#readyTimer ??= setTimeout(() => this.#becomeReady(), readyAfterMs)
    const timed = { ...message, timestamp: this.#timeOf(kind, message) }
    this.#describe(kind, timed)
    this.#feed.write(kind, flvTag(timed))
    if (this.#describer.complete) this.#becomeReady()
  }

  /** FFmpeg takes timestamps as they are, and makes up hours of media where they jump. */
  #timeOf(kind: MediaKind, { type, timestamp }: RtmpMessage): number {
    const track = type === messageType.video ? 'video' : 'audio'
    const isHeader = kind === 'video_header' || kind === 'audio_header' || kind === 'end'
    const ms = clockStartMs + (isHeader ? this.#clock.now(track) : this.#clock.at(timestamp, track))
    return Math.max(0, ms) % 2 ** 32
  }

  #describe(kind: MediaKind, { payload, timestamp }: RtmpMessage): void {
    if (kind === 'keyframe' || kind === 'frame')
      // Signed 24 bits: CompositionTime, Adobe FLV 10.1 Annex E.4.3.1.
      this.#describer.videoFrame(timestamp, kind === 'keyframe', payload.readIntBE(2, 3))
    if (kind === 'audio') this.#describer.audioFrame()
    if (kind === 'video_header' && !this.#describer.videoHeader(payload.subarray(5)))
      throw new UnsupportedMediaError("The H.264 header can't be read. Check the encoder's video settings.")
    if (kind === 'audio_header' && !this.#describer.audioHeader(payload.subarray(2)))
      throw new UnsupportedMediaError("The AAC header can't be read. Check the encoder's audio settings.")
  }

  #takeData(message: RtmpMessage): void {
    const values = readData(message)
    if (values[0] === '@setDataFrame') values.shift()
    const [name, properties] = values
    if (name !== 'onMetaData' || properties === undefined || !isAmf0Object(properties)) return
    this.#describer.metadata(properties)
    const amf0 = amf0Payload(message)
    const start = amf0.indexOf(setDataFrame) === 0 ? setDataFrame.length : 0
    this.#feed.write('metadata', flvTag({ ...message, type: messageType.dataAmf0, payload: amf0.subarray(start) }))
  }

  #becomeReady(): void {
    if (this.#isReady) return
    this.#isReady = true
    clearTimeout(this.#readyTimer)
    this.#resolveReady(this.#describer.describe(this.#options.nowMs()))
  }

  #holdBack(held: boolean): void {
    if (this.#heldBack === held) return
    this.#heldBack = held
    // What lies in the socket when it resumes was sent while we did not look: the encoder gets its time anew.
    if (!held) this.#lastMediaAtMs = this.#options.nowMs()
    if (held) this.#options.connection.pause()
    else this.#options.connection.resume()
  }
}

const bothKinds = { video: true, audio: true } as const
