import type { Readable } from 'node:stream'
import { ChunkQueue } from './chunk-queue.ts'
import { FeedReader } from './feed-reader.ts'

/** What a chunk is to a decoder: the first of a GOP, one that needs a keyframe before it, or one that stands alone. */
export type ChunkKind = 'keyframe' | 'frame' | 'other'

export interface GopFeedOptions {
  /** How far a reader may fall behind, and how much of the newest GOP is kept; each so many bytes. */
  readonly maxBytes: number
  /** The reader is too far behind: stop taking media. */
  readonly onFull: () => void
  /** It has caught up to half of that. */
  readonly onDrained: () => void
  /**
   * For sources that nobody can hold back: a reader that is this many bytes behind loses them and goes on at the next
   * keyframe. Left out: the source stops at `onFull`.
   */
  readonly skipAtBytes?: number
}

/**
 * Hands one source's media to its reader, and beside it to the one before for as long as that keeps up. The newest GOP is
 * kept (by reference), so that a reader opened later, after an FFmpeg died say, starts at once and at a keyframe. Memory:
 * maxBytes for the GOP, maxBytes or `skipAtBytes` for the reader, and maxBytes for the one before it.
 */
export class GopFeed {
  /** Whether the source has a picture; without one every chunk is a place to begin at. Undefined: not known yet. */
  hasVideo: boolean | undefined
  readonly #options: GopFeedOptions
  #gop = new ChunkQueue()
  #reader: FeedReader | undefined
  /** The one before: it goes on until it is done or falls behind, for nobody is held back for it. */
  #former: FeedReader | undefined
  #ended = false

  constructor(options: GopFeedOptions) {
    this.#options = options
  }

  /** Takes media: kept while its GOP is the newest. */
  write(kind: ChunkKind, chunk: Buffer): void {
    this.#keep(kind, chunk)
    this.#former?.write(kind, chunk)
    this.#reader?.write(kind, chunk)
  }

  /** Takes what only the readers of now must have; for later ones it belongs into the `head` of `open`. */
  pass(chunk: Buffer): void {
    this.#former?.write('other', chunk)
    this.#reader?.write('other', chunk)
  }

  /** A stream of `head`, then media from the newest keyframe on. The reader before it goes on; the one before that ends. */
  open(head: readonly Buffer[]): Readable {
    const waitsForKeyframe = this.hasVideo !== false && this.#gop.chunks.length === 0
    const reader: FeedReader = new FeedReader(
      {
        ...this.#options,
        onFull: () => (this.#reader === reader ? this.#options.onFull() : reader.readable.destroy()),
        onDrained: () => {
          if (this.#reader === reader) this.#options.onDrained()
        },
      },
      [...head, ...this.#gop.chunks],
      waitsForKeyframe,
    )
    this.#former?.readable.destroy()
    if (this.#reader?.isFull) this.#reader.readable.destroy()
    this.#former = this.#reader
    this.#reader = reader
    this.#options.onDrained() // The reader before it may have been full; this one holds a GOP at most.
    if (this.#ended) reader.end()
    reader.readable.once('close', () => {
      if (this.#former === reader) this.#former = undefined
      if (this.#reader !== reader) return
      this.#reader = undefined
      this.#options.onDrained()
    })
    return reader.readable
  }

  /** What follows does not go with what was: the readers get their end, and the kept GOP is gone. */
  cut(): void {
    this.#former?.end()
    this.#reader?.end()
    this.#gop = new ChunkQueue()
  }

  /** No more media; the readers get what they have not read yet, then the end. */
  end(): void {
    this.#ended = true
    this.cut()
  }

  #keep(kind: ChunkKind, chunk: Buffer): void {
    if (kind === 'keyframe') this.#gop = new ChunkQueue()
    else if (this.hasVideo && this.#gop.chunks.length === 0) return
    this.#gop.add(chunk)
    if (this.#gop.cost > this.#options.maxBytes) this.#gop = new ChunkQueue()
  }
}
