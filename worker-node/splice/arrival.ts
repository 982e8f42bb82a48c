import { ticksToMs } from './timeline.ts'

/** Samples may come this much sooner than the best so far and still count as steady. */
const toleranceMs = 20
/** No improvement for this long means that the backlog is through and the source runs in real time. */
const settleMs = 250

/**
 * Tells when a run has reached real time. A source that starts or comes back first delivers what had piled up, faster
 * than time runs: each sample then comes sooner, measured against its own clock, than the one before.
 */
export class Arrival {
  #soonestMs = Number.POSITIVE_INFINITY
  #improvedAtMs = 0
  #latestAtMs = 0

  /** A video sample with run time `dts` (video ticks) has arrived. */
  note(dts: number, nowMs: number): void {
    const delayMs = nowMs - ticksToMs(dts)
    this.#latestAtMs = nowMs
    if (delayMs < this.#soonestMs - toleranceMs) {
      this.#soonestMs = delayMs
      this.#improvedAtMs = nowMs
    }
  }

  /** Whether samples have come for a while without coming sooner; one straggler by itself settles nothing. */
  get isSettled(): boolean {
    return this.#latestAtMs - this.#improvedAtMs >= settleMs
  }

  /** Wall time (monotonic, ms) at which the sample with run time `dts` comes when nothing delays it. */
  expectedAtMs(dts: number): number {
    return this.#soonestMs + ticksToMs(dts)
  }
}
