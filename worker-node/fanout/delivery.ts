import type { Clock } from './clock.ts'
import type { MediaBatch } from './media-batch.ts'
import { MediaQueue } from './queue.ts'
import type { Publication } from './rtmp-client.ts'
import type { StallDetector } from './stall.ts'

/** Handed to the socket and not yet taken by the kernel, at most (+ one batch): in bytes, and in media time. */
const writeAheadBytes = 256 * 1024
const writeAheadMs = 1_000

export interface DeliveryEvents {
  /** So many bytes have left this process. */
  readonly onFlushed: (bytes: number) => void
  /** Media was left out; so much in this publish session so far. */
  readonly onDropped: (droppedMs: number) => void
}

/**
 * Carries batches into one publish session, from a keyframe on: queue, write-ahead and stall detection. What is in the
 * socket can't be dropped any more, so little is put there, and the queue drops instead. Bound: write-ahead + one batch
 * of its own, else references to what all destinations share.
 */
export class Delivery {
  readonly #publication: Publication
  readonly #clock: Clock
  readonly #events: DeliveryEvents
  readonly #queue = new MediaQueue<MediaBatch>()
  readonly #stall: StallDetector
  #aheadBytes = 0
  #aheadMs = 0
  #opened = false
  #ended = false

  constructor(publication: Publication, stall: StallDetector, clock: Clock, events: DeliveryEvents) {
    this.#publication = publication
    this.#stall = stall
    this.#clock = clock
    this.#events = events
  }

  get droppedMs(): number {
    return this.#queue.droppedMs
  }

  wants(keyframe: boolean): boolean {
    return this.#queue.wants(keyframe)
  }

  push(batch: MediaBatch): void {
    const hadToDrop = this.#queue.push(batch)
    this.#pump()
    if (hadToDrop) this.#events.onDropped(this.#queue.droppedMs)
  }

  isStalled(): boolean {
    return this.#stall.isStalled(this.#clock.nowMs())
  }

  /** Writes nothing more. */
  end(): void {
    this.#ended = true
  }

  #pump(): void {
    while (!this.#ended && this.#aheadBytes < writeAheadBytes && this.#aheadMs < writeAheadMs) {
      const batch = this.#queue.shift()
      if (!batch) return
      this.#write(batch)
    }
  }

  #write(batch: MediaBatch): void {
    const { durationMs } = batch
    const chunks = this.#opened ? batch.media : batch.opening()
    this.#opened = true
    const bytes = chunks.bytesFor(this.#publication.streamId)
    this.#aheadBytes += bytes.length
    this.#aheadMs += durationMs
    this.#stall.sent(bytes.length, this.#clock.nowMs())
    this.#publication.write(bytes, () => {
      this.#aheadBytes -= bytes.length
      this.#aheadMs -= durationMs
      this.#stall.flushed(bytes.length, this.#clock.nowMs())
      this.#events.onFlushed(bytes.length)
      this.#pump()
    })
  }
}
