import { Readable } from 'node:stream'
import type { MediaKind } from './media-kind.ts'

/** What a tag costs beside its bytes, so that a flood of tiny tags is bounded as well. */
const tagOverheadBytes = 256
const readAheadBytes = 64 * 1024
const headerOrder = ['metadata', 'video_header', 'audio_header'] as const

export interface FlvFeedOptions {
  /** How far a reader may fall behind, and how much of the newest GOP is kept; each so many bytes. */
  readonly maxBytes: number
  /** The reader is too far behind: stop taking media. */
  readonly onFull: () => void
  /** It has caught up to half of that. */
  readonly onDrained: () => void
}

/**
 * Hands one publication's FLV tags to one reader at a time. The newest GOP is kept (by reference), so that a reader opened
 * later, after an FFmpeg died say, starts at once and at a keyframe. Memory: 2 × maxBytes.
 */
export class FlvFeed {
  readonly #options: FlvFeedOptions
  /** The newest of each kind that a decoder must have first. */
  readonly #headers = new Map<(typeof headerOrder)[number], Buffer>()
  #gop = new TagQueue()
  #hasVideo = false
  #reader: FlvReader | undefined
  #ended = false

  constructor(options: FlvFeedOptions) {
    this.#options = options
  }

  /** Takes one whole FLV tag. */
  write(kind: MediaKind, tag: Buffer): void {
    if (kind === 'video_header' || kind === 'audio_header' || kind === 'metadata') {
      if (kind === 'video_header') this.#hasVideo = true
      this.#headers.set(kind, tag)
    } else {
      this.#keep(kind, tag)
    }
    this.#reader?.write(kind, tag)
  }

  /** A stream of `header`, then the codec headers, then tags from the newest keyframe on. Ends the reader before it. */
  open(header: Buffer): Readable {
    this.#reader?.readable.destroy()
    const headers = headerOrder.map((kind) => this.#headers.get(kind)).filter((tag) => tag !== undefined)
    const waitsForKeyframe = this.#hasVideo && this.#gop.tags.length === 0
    const reader = new FlvReader(this.#options, [header, ...headers, ...this.#gop.tags], waitsForKeyframe)
    this.#reader = reader
    this.#options.onDrained() // The reader before it may have been full; this one holds a GOP at most.
    if (this.#ended) reader.end()
    reader.readable.once('close', () => {
      if (this.#reader !== reader) return
      this.#reader = undefined
      this.#options.onDrained()
    })
    return reader.readable
  }

  /** No more tags; the reader gets what it has not read yet, then the end. */
  end(): void {
    this.#ended = true
    this.#reader?.end()
    this.#gop = new TagQueue()
  }

  #keep(kind: MediaKind, tag: Buffer): void {
    if (kind === 'keyframe') this.#gop = new TagQueue()
    else if (this.#hasVideo && this.#gop.tags.length === 0) return
    this.#gop.add(tag)
    if (this.#gop.cost > this.#options.maxBytes) this.#gop = new TagQueue()
  }
}

class FlvReader {
  readonly readable: Readable
  readonly #options: FlvFeedOptions
  readonly #queue = new TagQueue()
  #waitsForKeyframe: boolean
  #full = false
  #ended = false
  #finished = false

  constructor(options: FlvFeedOptions, tags: readonly Buffer[], waitsForKeyframe: boolean) {
    this.#options = options
    this.#waitsForKeyframe = waitsForKeyframe
    this.readable = new Readable({ highWaterMark: readAheadBytes, read: () => this.#flow() })
    for (const tag of tags) this.#queue.add(tag)
  }

  write(kind: MediaKind, tag: Buffer): void {
    if (kind === 'keyframe') this.#waitsForKeyframe = false
    else if (kind === 'frame' && this.#waitsForKeyframe) return
    this.#queue.add(tag)
    if (this.readable.readableLength < readAheadBytes) this.#flow()
    if (!this.#full && this.#queue.cost > this.#options.maxBytes) {
      this.#full = true
      this.#options.onFull()
    }
  }

  end(): void {
    this.#ended = true
    this.#flow()
  }

  #flow(): void {
    if (this.#finished || this.readable.destroyed) return
    for (let wanted = true; wanted; ) {
      const tag = this.#queue.take()
      if (tag === undefined) break
      wanted = this.readable.push(tag)
    }
    if (this.#ended && this.#queue.tags.length === 0) {
      this.#finished = true
      this.readable.push(null)
    }
    if (this.#full && this.#queue.cost < this.#options.maxBytes / 2) {
      this.#full = false
      this.#options.onDrained()
    }
  }
}

class TagQueue {
  readonly tags: Buffer[] = []
  cost = 0

  add(tag: Buffer): void {
    this.tags.push(tag)
    this.cost += tag.length + tagOverheadBytes
  }

  take(): Buffer | undefined {
    const tag = this.tags.shift()
    if (tag !== undefined) this.cost -= tag.length + tagOverheadBytes
    return tag
  }
}
