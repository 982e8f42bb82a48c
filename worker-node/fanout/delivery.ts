import type { Clock } from './clock.ts'
import type { MediaBatch } from './media-batch.ts'
import { furthest, isBefore, type PictureTimes } from './picture-times.ts'
import type { Publication } from './publication.ts'
import { MediaQueue } from './queue.ts'
import { StallDetector } from './stall.ts'
import { UnconfirmedMedia } from './unconfirmed-media.ts'

/** Handed to the socket and not yet taken by the kernel, at most (+ one batch): in bytes, and in media time. */
const writeAheadBytes = 256 * 1024
const writeAheadMs = 1_000
/**
 * Sent and not confirmed by the peer, at most: the rest waits with us, where it can be dropped. It is more than the way
 * there and back and the half second between two readings take, so that no healthy peer is held up. Milliseconds.
 */
const unconfirmedLimitMs = 2_000

export interface DeliveryEvents {
  /** So many bytes have left this process. */
  readonly onFlushed: (bytes: number) => void
  /** Media was left out; so much in this publish session so far. */
  readonly onDropped: (droppedMs: number) => void
}

/**
 * Carries batches into one publish session, from a keyframe on: queue, write-ahead and stall detection. What is in the
 * socket or the kernel can't be dropped any more, so little is put there, and the queue drops instead. Bound: write-ahead
 * + one batch of its own, else references to what all destinations share.
 */
export class Delivery {
  readonly #publication: Publication
  readonly #clock: Clock
  readonly #events: DeliveryEvents
  readonly #queue = new MediaQueue<MediaBatch>()
  readonly #stall: StallDetector
  readonly #unconfirmed = new UnconfirmedMedia()
  #flushedBytes = 0
  #aheadBytes = 0
  #aheadMs = 0
  /** Whose changes of decoder configuration the peer knows, and how many of them; undefined before it knows any. */
  #seen: { readonly encoder: object; readonly changes: number } | undefined
  /** Whose batches it takes, and until when their pictures are decoded and shown, and their sound is heard. */
  #encoder: object | undefined
  #pictured: PictureTimes | undefined
  #heardUntilMs = Number.NEGATIVE_INFINITY
  /** Earlier sound is left out: it was late when its encoder's first picture came. */
  #soundFromMs = 0
  #ended = false

  /** `askedWindowBytes`: what the peer was asked for by Window Acknowledgement Size. */
  constructor(publication: Publication, askedWindowBytes: number, clock: Clock, events: DeliveryEvents) {
    this.#publication = publication
    this.#stall = new StallDetector(askedWindowBytes)
    this.#clock = clock
    this.#events = events
  }

  get droppedMs(): number {
    return this.#queue.droppedMs
  }

  /** Media time that has not arrived yet, as far as it is known, milliseconds. */
  get behindMs(): number {
    return this.#queue.durationMs + Math.max(this.#aheadMs, this.#unconfirmed.durationMs)
  }

  wants(keyframe: boolean): boolean {
    return this.#queue.wants(keyframe)
  }

  /**
   * Takes the next batch; one of another encoder than before only from a keyframe on that is later than all before. Sound
   * that is earlier than what it follows on is left out.
   */
  push(batch: MediaBatch): void {
    if (batch.encoder !== this.#encoder && !this.#goOver(batch)) return
    const following =
      batch.sound && batch.sound.beginsMs < this.#soundFromMs ? batch.withoutSoundBefore(this.#soundFromMs) : batch
    if (!following) return
    const { picture, sound } = following
    if (picture) this.#pictured = furthest(this.#pictured, picture)
    if (sound) this.#heardUntilMs = sound.endsMs
    const hadToDrop = this.#queue.push(following, this.#unconfirmed.durationMs)
    this.#pump()
    if (hadToDrop) this.#events.onDropped(this.#queue.droppedMs)
  }

  /** The beginning of the session, or of another encoder's batches. */
  #goOver({ encoder, keyframe, picture, timestampMs }: MediaBatch): boolean {
    const isFirst = this.#encoder === undefined
    const isLater = picture && (!this.#pictured || isBefore(this.#pictured, picture))
    if (!isFirst && !(keyframe && isLater)) return false
    // Rounded to milliseconds, sound may seem to begin before the end of the one before.
    this.#soundFromMs = isFirst ? timestampMs : Math.max(this.#soundFromMs, this.#heardUntilMs - 1)
    this.#encoder = encoder
    return true
  }

  /** Whether the kernel should be asked how much it holds. */
  get inDoubt(): boolean {
    return this.#unconfirmed.inDoubt
  }

  /** The peer's Acknowledgement. */
  acknowledged(sequence: number): void {
    this.#stall.acknowledged(sequence)
    this.#unconfirmed.acknowledged(sequence)
    this.#pump()
  }

  /** The kernel holds so many bytes that the peer's TCP has not confirmed; undefined where it does not tell. */
  kernelHolds(queuedBytes: number | undefined): void {
    this.#stall.kernelHolds(queuedBytes ?? 0, this.#clock.nowMs())
    this.#unconfirmed.confirmed(queuedBytes === undefined ? undefined : this.#flushedBytes - queuedBytes)
    this.#pump()
  }

  isStalled(): boolean {
    return this.#stall.isStalled(this.#clock.nowMs())
  }

  /** Writes nothing more. */
  end(): void {
    this.#ended = true
  }

  #pump(): void {
    while (!this.#ended && this.#mayWrite()) {
      const batch = this.#queue.shift()
      if (!batch) return
      this.#write(batch)
    }
  }

  #mayWrite(): boolean {
    return (
      this.#aheadBytes < writeAheadBytes &&
      this.#aheadMs < writeAheadMs &&
      this.#unconfirmed.durationMs < unconfirmedLimitMs
    )
  }

  #write(batch: MediaBatch): void {
    const { durationMs } = batch
    const isKnown = this.#seen?.encoder === batch.encoder && this.#seen.changes === batch.changesBefore
    const bytes = this.#publication.encode(batch, !isKnown)
    this.#seen = { encoder: batch.encoder, changes: batch.changesAfter }
    this.#aheadBytes += bytes.length
    this.#aheadMs += durationMs
    this.#stall.sent(bytes.length, this.#clock.nowMs())
    this.#unconfirmed.sent(bytes.length, durationMs)
    this.#publication.write(bytes, () => {
      this.#aheadBytes -= bytes.length
      this.#aheadMs -= durationMs
      this.#flushedBytes += bytes.length
      this.#stall.flushed(bytes.length, this.#clock.nowMs())
      this.#events.onFlushed(bytes.length)
      this.#pump()
    })
  }
}
