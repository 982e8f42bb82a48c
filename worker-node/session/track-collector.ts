import type { Sample, Track } from '../media/sample.ts'

/** Samples that may wait for the last track to show itself: some seconds of all tracks. */
const maxWaiting = 4_000

/**
 * Holds back the first samples of a first run until every planned track is known, since the output side is built
 * from all of them at once. Bound: 4,000 samples; a track that has not come by then never will.
 */
export class TrackCollector {
  readonly #planned: number
  readonly #tracks: Track[] = []
  readonly #waiting: [string, Sample][] = []

  constructor(planned: number) {
    this.#planned = planned
  }

  /** Gives all tracks, in the order in which the plan names them, once this was the last. */
  addTrack(track: Track): Track[] | undefined {
    this.#tracks.push(track)
    return this.#tracks.length === this.#planned ? this.#tracks.toSorted(byQuality) : undefined
  }

  addSample(trackId: string, sample: Sample): void {
    if (this.#waiting.length < maxWaiting) this.#waiting.push([trackId, sample])
  }

  /** What has waited, in the order in which it came. */
  takeSamples(): [string, Sample][] {
    return this.#waiting.splice(0)
  }
}

/** Largest picture first, sound last. */
function byQuality(a: Track, b: Track): number {
  const pixels = (track: Track) => (track.kind === 'video' ? track.width * track.height : 0)
  return pixels(b) - pixels(a)
}
