/** A step of a source's clock that is larger than this, forwards or backwards, is a jump. Milliseconds. */
const jumpMs = 3_000
/** Where a clock jumped, media goes on so much later than what came last. */
const stepMs = 40

/**
 * Makes a source's timestamps, which jump, start anew and wrap after 2³² ms, into one clock that only goes on. All tracks
 * of a source share it, so that sound and picture stay together over a jump.
 */
export class SourceClock {
  #offsetMs: number | undefined
  #latestMs = 0

  /** The time on the clock that goes on, milliseconds; small steps back stay what they are. */
  at(timestampMs: number): number {
    this.#offsetMs ??= -timestampMs
    if (Math.abs(timestampMs + this.#offsetMs - this.#latestMs) > jumpMs)
      this.#offsetMs = this.#latestMs + stepMs - timestampMs
    const ms = timestampMs + this.#offsetMs
    this.#latestMs = Math.max(this.#latestMs, ms)
    return ms
  }
}
