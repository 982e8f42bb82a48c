import type { Feed, Taker } from './feed.ts'
import type { MediaBatch } from './media-batch.ts'
import { furthest, isBefore, type PictureTimes } from './picture-times.ts'
import type { Publisher } from './publisher.ts'

/** Media of either feed that waits for the other one to come as far, at most, milliseconds. */
const waitLimitMs = 1_000
/** Rounded to milliseconds, sound that follows seems to begin so long after the one before, at most. */
const soundStepMs = 25
/** A new feed that sends has so long for a keyframe that may follow; then the old one is left without. Milliseconds. */
const patienceMs = 15_000

/**
 * Takes one publisher from a feed to another without a break. The old one goes on until the new one comes to a keyframe, and
 * ends where that begins: what is ahead in time, be it the old or the new, waits for the other. After the first of the new
 * feed nothing comes of the old one. Memory: references to a second of each at most.
 */
export class Crossing implements Taker {
  readonly #publisher: Publisher
  readonly from: Feed
  #to: Feed
  readonly #onOver: () => void
  /** How far the publisher has come, and the new feed. */
  #sent: PictureTimes | undefined
  #heardUntilMs: number
  #reached: PictureTimes | undefined
  /** Of the old feed, what is not sent yet. */
  #old: MediaBatch[] = []
  /** Of the new feed, from the keyframe on; and what it gave before that, for its sound, which may be ahead. */
  #new: MediaBatch[] = []
  #before: MediaBatch[] = []
  #giveUpAtMs: number | undefined

  constructor(publisher: Publisher, from: Feed, to: Feed, onOver: () => void) {
    this.#publisher = publisher
    this.from = from
    this.#to = to
    this.#onOver = onOver
    this.#sent = from.sent
    this.#heardUntilMs = from.heardUntilMs
    from.takers.delete(publisher)
    from.takers.add(this)
    to.takers.add(this)
  }

  get to(): Feed {
    return this.#to
  }

  /** Another feed is wanted by now, maybe the old one. */
  goTo(feed: Feed): void {
    if (feed === this.#to) return
    if (feed === this.from) {
      this.#giveTo(feed, this.#old)
      return
    }
    this.#to.takers.delete(this)
    this.#to = feed
    this.#reached = undefined
    this.#new = []
    this.#before = []
    this.#giveUpAtMs = undefined
    feed.takers.add(this)
  }

  /** The publisher takes neither feed from now on. */
  end(): void {
    this.#leave()
    this.#onOver()
  }

  /** To be called about twice a second. */
  tick(nowMs: number): void {
    if (!this.#reached) return
    this.#giveUpAtMs ??= nowMs + patienceMs
    if (nowMs >= this.#giveUpAtMs) this.#goOver()
  }

  wants(): boolean {
    return true
  }

  push(batch: MediaBatch): void {
    if (this.from.encodes(batch)) this.#old.push(batch)
    else this.#keep(batch)
    this.#advance()
  }

  #keep(batch: MediaBatch): void {
    const { picture, keyframe } = batch
    const isLater = keyframe && picture && (!this.#sent || isBefore(this.#sent, picture))
    if (this.#new.length > 0 || (isLater && !this.#lacksSound(batch))) this.#new.push(batch)
    else {
      this.#before.push(batch)
      while (lengthMs(this.#before) > waitLimitMs) this.#before.shift()
    }
    if (picture) this.#reached = furthest(this.#reached, picture)
  }

  /** Whether sound that comes before a keyframe had been given out before this one could keep it. */
  #lacksSound(keyframe: MediaBatch): boolean {
    const first = [...this.#before, keyframe].find(({ sound }) => sound)?.sound
    const hasGap = first !== undefined && first.beginsMs > this.#heardUntilMs + soundStepMs
    return hasGap && lengthMs(this.#before) < waitLimitMs / 2
  }

  #advance(): void {
    const [first] = this.#new
    for (let next = this.#old[0]; next; next = this.#old[0]) {
      const { picture, sound } = next
      if (picture && !this.#isInTime(picture, first ? Math.max(first.durationMs, next.durationMs) - 1 : 0)) {
        if (first) this.#goOver()
        if (first || lengthMs(this.#old) < waitLimitMs) return
      }
      this.#old.shift()
      if (picture) this.#sent = furthest(this.#sent, picture)
      if (sound) this.#heardUntilMs = sound.endsMs
      this.#give(next)
    }
    // Nothing comes of the old one any more, or it is too far behind.
    if (lengthMs(this.#new) >= waitLimitMs) this.#goOver()
  }

  /**
   * Whether a picture of the old feed comes before the newest, or the first, of the new one, and by more than so much: what
   * numbers pictures by a rate takes no two at once.
   */
  #isInTime({ decodedMs, shownMs }: PictureTimes, distanceMs: number): boolean {
    const end = this.#new[0]?.picture ?? this.#reached
    return !end || isBefore({ decodedMs: decodedMs + distanceMs, shownMs: shownMs + distanceMs }, end)
  }

  #goOver(): void {
    const [first, ...others] = this.#new
    const follows = this.#publisher.wants(false)
    this.#giveTo(this.#to, first ? [follows ? first.withSoundOf(this.#before) : first, ...others] : [])
  }

  #giveTo(feed: Feed, batches: readonly MediaBatch[]): void {
    this.#leave()
    feed.takers.add(this.#publisher)
    for (const batch of batches) this.#give(batch)
    this.#onOver()
  }

  #leave(): void {
    this.from.takers.delete(this)
    this.#to.takers.delete(this)
  }

  #give(batch: MediaBatch): void {
    if (this.#publisher.wants(batch.keyframe)) this.#publisher.push(batch)
  }
}

function lengthMs(batches: readonly MediaBatch[]): number {
  const [first, last] = [batches[0], batches.at(-1)]
  return first && last ? last.timestampMs - first.timestampMs : 0
}
