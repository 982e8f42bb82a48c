/** A step of a track's clock that is longer than this is a jump, milliseconds. */
const longestStepMs = 3_000
/** So far may a track's clock step back: what some encoders do between two frames. Milliseconds. */
const furthestBackMs = 100
/** Where a clock jumped, the track goes on after its usual step; at most so long, milliseconds. */
const longestUsualStepMs = 100
/** Its step before any was seen. */
const firstStepMs = 40

interface TrackClock {
  lastMs: number
  stepMs: number
}

/**
 * Makes a source's timestamps, which jump, start anew and wrap after 2³² ms, into one clock that only goes on. All tracks
 * of a source share it, so that sound and picture stay together over a jump, even where they arrive a little apart.
 */
export class SourceClock {
  /** What is added to timestamps now, and what was before the last jump: another track may not have jumped yet. */
  #offsets: readonly number[] = []
  readonly #tracks = new Map<string, TrackClock>()

  /** The time on the clock that goes on, milliseconds; the very first is 0. Small steps back stay what they are. */
  at(timestampMs: number, track: string): number {
    if (this.#offsets.length === 0) this.#offsets = [-timestampMs]
    const clock = this.#tracks.get(track)
    const near = clock ?? this.#latest()
    const [now = 0, before = now] = this.#offsets
    const step = timestampMs + now - near.lastMs
    const stepBefore = timestampMs + before - near.lastMs
    // A track may pause for as long as it likes: where another one has run on, it is no jump.
    const isAbreast = Math.abs(timestampMs + now - this.#latest().lastMs) <= longestStepMs
    // A track that begins may lie anywhere near the others.
    const goesOn = (step <= longestStepMs || isAbreast) && step >= (clock ? -furthestBackMs : -longestStepMs)
    // After another track's jump this one may still send what is older.
    const isOlder = stepBefore > 0 && stepBefore <= longestStepMs && stepBefore < Math.abs(step)
    const ms = isOlder ? timestampMs + before : goesOn ? timestampMs + now : this.#jump(timestampMs, near)
    if (!clock) this.#tracks.set(track, { lastMs: ms, stepMs: firstStepMs })
    else if (ms > clock.lastMs) {
      clock.stepMs = Math.min(ms - clock.lastMs, longestUsualStepMs)
      clock.lastMs = ms
    }
    return ms
  }

  /** Where the track stands: what has no time of its own goes there. */
  now(track: string): number {
    return (this.#tracks.get(track) ?? this.#latest()).lastMs
  }

  #jump(timestampMs: number, { lastMs, stepMs }: TrackClock): number {
    this.#offsets = [lastMs + stepMs - timestampMs, ...this.#offsets.slice(0, 1)]
    return lastMs + stepMs
  }

  #latest(): TrackClock {
    return [...this.#tracks.values()].reduce((a, b) => (b.lastMs > a.lastMs ? b : a), {
      lastMs: 0,
      stepMs: firstStepMs,
    })
  }
}
