/** Waits between two tries, milliseconds. */
const firstWaitMs = 1_000
const longestWaitMs = 60_000
/** A session that lasted so long was a good one: the next failure begins with the short wait again. Milliseconds. */
const goodSessionMs = 60_000
/** Streams remembered at most; those that failed longest ago are forgotten first. */
const maxStreams = 100

/** A stream that is not to be taken, for as long as it has this revision. */
export interface AvoidedStream {
  readonly live_stream_id: string
  readonly revision: number
}

interface Setback {
  readonly revision: number
  readonly waitMs: number
  readonly notBeforeMs: number
}

/**
 * Streams whose sessions failed here by a fault of ours: this worker leaves each to others for a while, which doubles from
 * one failure to the next. A new revision may mend what was wrong, so it is taken at once.
 */
export class Setbacks {
  readonly #nowMs: () => number
  readonly #byStream = new Map<string, Setback>()

  /** `nowMs`: monotonic milliseconds. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** A session has failed that lasted so long. */
  failed({ live_stream_id: id, revision }: AvoidedStream, lastedMs: number): void {
    const before = this.#byStream.get(id)
    const isAgain = before?.revision === revision && lastedMs < goodSessionMs
    const waitMs = isAgain ? Math.min(before.waitMs * 2, longestWaitMs) : firstWaitMs
    this.#byStream.delete(id)
    this.#byStream.set(id, { revision, waitMs, notBeforeMs: this.#nowMs() + waitMs })
    for (const oldest of [...this.#byStream.keys()].slice(0, -maxStreams)) this.#byStream.delete(oldest)
  }

  /** A session has ended as it should. */
  ended(liveStreamId: string): void {
    this.#byStream.delete(liveStreamId)
  }

  /** What is not to be taken now. */
  current(): AvoidedStream[] {
    const nowMs = this.#nowMs()
    return [...this.#byStream].flatMap(([live_stream_id, { revision, notBeforeMs }]) =>
      notBeforeMs > nowMs ? [{ live_stream_id, revision }] : [],
    )
  }
}
