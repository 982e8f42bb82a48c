import { MediaQueue, type Queued, queueLimitMs } from './queue.ts'

/**
 * What a publish session that takes the place of another begins with, by reference: the group of pictures that the old one
 * ended in, and what comes until it is open, so that nothing is missing between the two. Bound: 4 s of media; of a longer
 * group nothing is kept.
 */
export class CarriedMedia<T extends Queued> {
  #group: T[] = []
  #groupMs = 0
  #held: MediaQueue<T> | undefined

  /** What comes now, while no session is open; undefined while one takes it itself. */
  get held(): MediaQueue<T> | undefined {
    return this.#held
  }

  /** The session has been given this. */
  note(item: T): void {
    if (item.keyframe) this.clear()
    else if (this.#group.length === 0) return
    this.#group.push(item)
    this.#groupMs += item.durationMs
    if (this.#groupMs > queueLimitMs) this.clear()
  }

  /** The session ends, and the next one is to carry on. `isWhole`: it has been given all of its group so far. */
  hold(isWhole: boolean): void {
    const queue = new MediaQueue<T>()
    if (isWhole) for (const item of this.#group) queue.push(item)
    this.clear()
    this.#held = queue
  }

  /** The next session is open, and begins with this. */
  take(): T[] {
    const items: T[] = []
    for (let item = this.#held?.shift(); item; item = this.#held?.shift()) items.push(item)
    this.#held = undefined
    return items
  }

  clear(): void {
    this.#group = []
    this.#groupMs = 0
    this.#held = undefined
  }
}
