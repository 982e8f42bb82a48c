import type { Readable } from 'node:stream'
import type { SourceDescription } from '#schema/contracts/source.ts'
import { BitrateMeter } from '../bitrate-meter.ts'
import { GopFeed } from '../gop-feed.ts'
import { PacketReader } from './packet-reader.ts'
import { ProgramReader } from './program-reader.ts'

export interface TransportStreamIntakeOptions {
  /** As the description shall name it: `srt`, `hls`, `http`, `twitch`, … */
  readonly protocol: string
  /** How far a reader may be behind before `onFull`, and how much of the newest GOP is kept. Default 4 MiB each. */
  readonly maxBehindBytes?: number
  /** The reader is too far behind: stop pushing if you can. At twice as much it skips to the next keyframe. */
  readonly onFull?: () => void
  /** It has caught up. */
  readonly onDrained?: () => void
  /** Monotonic milliseconds. */
  readonly nowMs?: () => number
}

const defaultMaxBehindBytes = 4 * 1024 * 1024
const readyAfterMs = 1_500

/**
 * Takes an MPEG transport stream (ISO/IEC 13818-1) in pieces of any size and hands it to one reader at a time, each
 * from the newest keyframe on and with the tables that a decoder must have first. Says what the stream holds. Garbage
 * is passed over. Memory: 3 × `maxBehindBytes` and a few packets.
 */
export class TransportStreamIntake {
  /** What it sends once all that it announces is known, or 1.5 s after the first media, or at the end. Never rejects. */
  readonly ready: Promise<SourceDescription>
  readonly #protocol: string
  readonly #nowMs: () => number
  readonly #packets = new PacketReader()
  readonly #feed: GopFeed
  readonly #program: ProgramReader
  readonly #bitrate = new BitrateMeter()
  readonly #resolveReady: (description: SourceDescription) => void
  #readyTimer: NodeJS.Timeout | undefined
  #isReady = false
  #heldBack = false
  #bytes = 0
  #lastMediaAtMs: number

  constructor({ protocol, maxBehindBytes = defaultMaxBehindBytes, ...options }: TransportStreamIntakeOptions) {
    this.#protocol = protocol
    this.#nowMs = options.nowMs ?? (() => performance.now())
    this.#lastMediaAtMs = this.#nowMs()
    const ready = Promise.withResolvers<SourceDescription>()
    this.ready = ready.promise
    this.#resolveReady = ready.resolve
    this.#feed = new GopFeed({
      maxBytes: maxBehindBytes,
      skipAtBytes: 2 * maxBehindBytes,
      onFull: () => this.#holdBack(true, options.onFull),
      onDrained: () => this.#holdBack(false, options.onDrained),
    })
    this.#program = new ProgramReader(this.#feed)
  }

  /** Takes the next bytes. Whatever they are, it does not throw. */
  push(bytes: Buffer): void {
    let mediaBytes = 0
    for (const block of this.#packets.push(bytes)) mediaBytes += this.#program.push(block)
    if (mediaBytes === 0) return
    this.#bytes += mediaBytes
    this.#lastMediaAtMs = this.#nowMs()
    this.#bitrate.add(mediaBytes, this.#lastMediaAtMs)
    if (this.#isReady) return
    this.#readyTimer ??= setTimeout(() => this.#becomeReady(), readyAfterMs)
    if (this.#program.complete) this.#becomeReady()
  }

  /** No more comes: the reader gets its end. */
  end(): void {
    this.#program.end()
    this.#becomeReady()
  }

  describe(): SourceDescription {
    const bitrate_kbps = this.#bitrate.kbps(this.#nowMs())
    return { protocol: this.#protocol, ...this.#program.describe(), bitrate_kbps, encoder: null }
  }

  /**
   * The stream from the newest keyframe on, after PAT and PMT. Ends with the intake, and when the program's streams
   * change: open anew then. Opening destroys the one opened before.
   */
  open(): Readable {
    return this.#feed.open(this.#program.head)
  }

  /** Bytes of the program's picture and sound so far, and when the last came. */
  received(): { readonly bytes: number; readonly lastMediaAtMs: number } {
    return { bytes: this.#bytes, lastMediaAtMs: this.#lastMediaAtMs }
  }

  /** Whether the reader is too far behind. */
  get heldBack(): boolean {
    return this.#heldBack
  }

  #holdBack(held: boolean, tell: (() => void) | undefined): void {
    if (this.#heldBack === held) return
    this.#heldBack = held
    tell?.()
  }

  #becomeReady(): void {
    if (this.#isReady) return
    this.#isReady = true
    clearTimeout(this.#readyTimer)
    this.#resolveReady(this.describe())
  }
}
