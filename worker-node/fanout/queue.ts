/** What the queue must know about a thing that it holds. */
export interface Queued {
  /** Whether a decoder can start here. */
  readonly keyframe: boolean
  /** Place on the session's clock, milliseconds. */
  readonly timestampMs: number
  readonly durationMs: number
}

/** Media time that a destination may lie behind, what is on its way included, milliseconds. */
export const queueLimitMs = 4_000

/**
 * What one destination has not been sent yet, bounded in media time; it holds references to what all destinations
 * share. The bound in bytes: every queue of a fan-out lies within the newest `limitMs` (+ one frame) of media, so all
 * queues together keep 4 s × bit rate alive, once: 3 MB at 6 Mbit/s, whether 1 destination is late or 100.
 *
 * A destination that falls further behind loses what it missed, up to a keyframe: the newest one held, where that
 * wins back at least half of the limit, else the next one to come. What is on its way counts, but can't be dropped.
 */
export class MediaQueue<T extends Queued> {
  readonly #limitMs: number
  #items: T[] = []
  #durationMs = 0
  #waitingForKeyframe = true
  /** Where the gap that is being dropped began; undefined where nothing is missing. */
  #gapStartMs: number | undefined
  #droppedMs = 0

  constructor(limitMs = queueLimitMs) {
    this.#limitMs = limitMs
  }

  /** Media time held, milliseconds. */
  get durationMs(): number {
    return this.#durationMs
  }

  /** Media time lost so far, milliseconds. */
  get droppedMs(): number {
    return this.#droppedMs
  }

  /** Whether {@link push} would keep such a thing: spares the making of what nobody takes. */
  wants(keyframe: boolean): boolean {
    return keyframe || !this.#waitingForKeyframe
  }

  /**
   * Takes the next thing, behind so much that has left the queue and has not arrived. Gives true where something had to
   * be dropped for it.
   */
  push(item: T, underwayMs = 0): boolean {
    if (!this.wants(item.keyframe)) return false
    if (this.#gapStartMs !== undefined) {
      this.#droppedMs += Math.max(0, item.timestampMs - this.#gapStartMs)
      this.#gapStartMs = undefined
    }
    this.#waitingForKeyframe = false
    this.#items.push(item)
    this.#durationMs += item.durationMs
    if (this.#durationMs + underwayMs <= this.#limitMs) return false
    this.#dropToKeyframe(underwayMs)
    return true
  }

  /** Takes out the oldest thing, or undefined. */
  shift(): T | undefined {
    const item = this.#items.shift()
    if (item) this.#durationMs -= item.durationMs
    return item
  }

  #dropToKeyframe(underwayMs: number): void {
    const oldest = this.#items[0]
    const newestKeyframe = this.#items.findLastIndex((item) => item.keyframe)
    const kept = newestKeyframe > 0 ? this.#items.slice(newestKeyframe) : []
    const keptMs = kept.reduce((sum, item) => sum + item.durationMs, 0)
    if (keptMs > 0 && keptMs + underwayMs <= this.#limitMs / 2) {
      this.#droppedMs += this.#durationMs - keptMs
      this.#items = kept
      this.#durationMs = keptMs
      return
    }
    this.#items = []
    this.#durationMs = 0
    this.#waitingForKeyframe = true
    this.#gapStartMs = oldest?.timestampMs
  }
}
