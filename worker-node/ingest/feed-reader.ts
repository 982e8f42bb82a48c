import { Readable } from 'node:stream'
import { ChunkQueue } from './chunk-queue.ts'
import type { ChunkKind, GopFeedOptions } from './gop-feed.ts'

const readAheadBytes = 64 * 1024

/** One reader of a GopFeed: what it has not read yet, and whether it is too far behind. */
export class FeedReader {
  readonly readable: Readable
  readonly #options: GopFeedOptions
  #queue = new ChunkQueue()
  #waitsForKeyframe: boolean
  #full = false
  #ended = false
  #finished = false

  constructor(options: GopFeedOptions, chunks: readonly Buffer[], waitsForKeyframe: boolean) {
    this.#options = options
    this.#waitsForKeyframe = waitsForKeyframe
    this.readable = new Readable({ highWaterMark: readAheadBytes, read: () => this.#flow() })
    for (const chunk of chunks) this.#queue.add(chunk)
  }

  /** Whether it is too far behind. */
  get isFull(): boolean {
    return this.#full
  }

  write(kind: ChunkKind, chunk: Buffer): void {
    if (this.#ended || this.readable.destroyed) return
    if (kind === 'keyframe') this.#waitsForKeyframe = false
    else if (kind === 'frame' && this.#waitsForKeyframe) return
    this.#queue.add(chunk)
    if (this.readable.readableLength < readAheadBytes) this.#flow()
    if (!this.#full && this.#queue.cost > this.#options.maxBytes) {
      this.#full = true
      this.#options.onFull()
    }
    if (this.#queue.cost > (this.#options.skipAtBytes ?? Number.POSITIVE_INFINITY)) this.#skip()
  }

  end(): void {
    this.#ended = true
    this.#flow()
  }

  /** It counts as full until it reads again. */
  #skip(): void {
    this.#queue = new ChunkQueue()
    this.#waitsForKeyframe = true
  }

  #flow(): void {
    if (this.#finished || this.readable.destroyed) return
    for (let wanted = true; wanted; ) {
      const chunk = this.#queue.take()
      if (chunk === undefined) break
      wanted = this.readable.push(chunk)
    }
    if (this.#ended && this.#queue.chunks.length === 0) {
      this.#finished = true
      this.readable.push(null)
    }
    if (this.#full && this.#queue.cost < this.#options.maxBytes / 2) {
      this.#full = false
      this.#options.onDrained()
    }
  }
}
