import type { Sample } from '../media/sample.ts'
import type { TrackPackager } from './track-packager.ts'
import type { Segment } from './window.ts'

/** Frames of sound that may wait for the picture, about 20 s; past that the oldest are let go. */
const heldFrames = 1_000
/** A new configuration so near to a discontinuity of the picture begins with it, seconds. */
const togetherSeconds = 0.1

/**
 * A track that is cut where another leads: sound, after the picture. Each segment of the lead begins one here, at the
 * first sample not before it, and every discontinuity is here too; another configuration of its own begins one besides.
 */
export class Follower {
  readonly packager: TrackPackager
  readonly #lead: TrackPackager
  /** Samples that wait for the picture, oldest first. */
  readonly #held: Sample[] = []
  /** Number of the lead's segment that the open one goes with. */
  #leadSequence: number

  constructor(packager: TrackPackager, lead: TrackPackager) {
    this.packager = packager
    this.#lead = lead
    this.#leadSequence = lead.window.firstSequence - 1
  }

  /** Takes a placed sample; it waits until the lead has come past it. */
  hold(sample: Sample): void {
    this.#held.push(sample)
    if (this.#held.length <= heldFrames) return
    const { begins } = this.#held.shift()!
    const [oldest] = this.#held
    if (begins && oldest && !oldest.begins) this.#held[0] = { ...oldest, begins }
  }

  /** Lets go of the samples for which it is known where to cut; `all` at the end. True if a part or segment is complete. */
  release(all = false): boolean {
    let changed = false
    for (let sample = this.#held[0]; sample && (all || this.#mayGo(sample)); sample = this.#held[0]) {
      this.#held.shift()
      changed = this.#take(sample) || changed
    }
    return changed
  }

  /** Where the open segment ends, as far as the lead can tell; seconds. */
  get predictedEnd(): number | undefined {
    const end = this.#boundary?.start ?? this.#lead.predictedEnd
    return end === undefined ? undefined : end / this.#lead.track.timescale
  }

  /** The lead's segment that begins the next one here. */
  get #boundary(): Segment | undefined {
    return this.#lead.window.find(this.#leadSequence + 1)
  }

  #mayGo(sample: Sample): boolean {
    const time = this.#timeOf(sample)
    if (time >= this.#lead.cursor) return false
    const boundary = this.#boundary
    if (sample.begins) return this.#isNear(sample, boundary) || this.#lead.cursor > time + togetherSeconds
    if (!boundary?.discontinuous || time < this.#startOf(boundary)) return true
    // The same switch may change the sound in a moment: then both begin together.
    return this.#changesNear(boundary) || this.#timeOf(this.#held.at(-1)!) > this.#startOf(boundary) + togetherSeconds
  }

  #take(sample: Sample): boolean {
    const { packager } = this
    const boundary = this.#boundary
    const isReached = boundary !== undefined && this.#timeOf(sample) >= this.#startOf(boundary)
    const follows = sample.begins
      ? isReached || this.#isNear(sample, boundary)
      : isReached && !(boundary.discontinuous && this.#changesNear(boundary))
    const cuts = follows || (sample.begins !== undefined && packager.window.open !== undefined)
    if (cuts) packager.cut(sample, follows && boundary?.discontinuous)
    if (follows) this.#leadSequence += 1
    if (packager.window.open === undefined) {
      packager.pass(sample) // before the lead's first keyframe
      return false
    }
    return packager.add(sample) || cuts
  }

  #isNear(sample: Sample, boundary: Segment | undefined): boolean {
    return (
      boundary?.discontinuous === true && Math.abs(this.#timeOf(sample) - this.#startOf(boundary)) <= togetherSeconds
    )
  }

  #changesNear(boundary: Segment): boolean {
    return this.#held.some((sample) => sample.begins && this.#isNear(sample, boundary))
  }

  #timeOf(sample: Sample): number {
    return (sample.dts + sample.compositionOffset) / this.packager.track.timescale
  }

  /** A boundary as sound sees it: what is a rounding error before it, is not before it. */
  #startOf(boundary: Segment): number {
    return boundary.start / this.#lead.track.timescale - 1e-9
  }
}
