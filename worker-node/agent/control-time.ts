/** An answer that took longer says too little about the time; milliseconds. */
const longestRoundTripMs = 2_000

/**
 * Control's clock, by which times are meant that people write down: taken from its answers, and carried on by our monotonic
 * clock while it is away, whatever becomes of the machine's. Until the first answer it is the machine's.
 */
export class ControlTime {
  readonly #nowMs: () => number
  /** What our monotonic clock lacks of control's. */
  #aheadMs: number

  /** `nowMs`: monotonic; `unixMs`: the machine's. */
  constructor(nowMs = () => performance.now(), unixMs = () => Date.now()) {
    this.#nowMs = nowMs
    this.#aheadMs = unixMs() - nowMs()
  }

  /** Control answered what was sent at `sentMs` (monotonic) a moment ago, and its clock showed `time` (RFC 3339). */
  heard(time: string, sentMs: number): void {
    const nowMs = this.#nowMs()
    if (nowMs - sentMs <= longestRoundTripMs) this.#aheadMs = Date.parse(time) - (sentMs + nowMs) / 2
  }

  unixMs(): number {
    return this.#nowMs() + this.#aheadMs
  }
}
