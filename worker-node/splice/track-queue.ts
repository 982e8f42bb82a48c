import type { Sample, Track } from '../media/sample.ts'

/** Longest stretch of media that is kept per track; a keyframe comes far sooner, so this only bounds broken input. */
const maxHeldSeconds = 12

/** Samples of one track that wait for their turn, oldest first. Bound: 12 s of media. */
export class TrackQueue {
  readonly #samples: Sample[] = []
  readonly #maxTicks: number
  /** How many samples from the head on form whole groups of pictures in display order; only these may be sent. */
  #closed = 0
  #highestPts = Number.NEGATIVE_INFINITY
  /** Decode time of the last keyframe, and from there to the first picture that is shown of its group, ticks. */
  #keyframeDts = 0
  #delay = 0
  #config: Track

  constructor(track: Track) {
    this.#config = track
    this.#maxTicks = maxHeldSeconds * track.timescale
  }

  /** The configuration of the head. */
  get config(): Track {
    return this.#samples[0]?.begins ?? this.#config
  }

  get timescale(): number {
    return this.#config.timescale
  }

  push(sample: Sample): void {
    const pts = ptsOf(sample)
    const before = this.#samples.at(-1)
    // What comes first behind a keyframe tells whether any is shown before it.
    if (before?.keyframe && pts >= ptsOf(before)) this.#closed = this.#samples.length
    if (sample.keyframe) this.#keyframeDts = sample.dts
    this.#delay = sample.keyframe ? sample.compositionOffset : Math.min(this.#delay, pts - this.#keyframeDts)
    this.#samples.push(sample)
    this.#highestPts = Math.max(this.#highestPts, pts)
    // With B-frames a picture may only be cut off after those that are shown before it.
    const isClosed = this.#highestPts <= sample.dts + this.#delay && !(sample.keyframe && mayBePreceded(sample))
    if (isClosed) this.#closed = this.#samples.length
    while (this.#samples.length > 1 && sample.dts - this.#samples[0]!.dts > this.#maxTicks) this.shift()
  }

  /** The next sample that may be sent. */
  get head(): Sample | undefined {
    return this.#closed > 0 ? this.#samples[0] : undefined
  }

  get oldest(): Sample | undefined {
    return this.#samples[0]
  }

  get newest(): Sample | undefined {
    return this.#samples.at(-1)
  }

  shift(): Sample | undefined {
    this.#closed = Math.max(0, this.#closed - 1)
    const sample = this.#samples.shift()
    if (sample?.begins) this.#config = sample.begins
    return sample
  }

  /**
   * Drops what stands before the keyframe at `dts`, and what follows it but is shown before it (an open group of pictures):
   * that refers to pictures which were dropped. The keyframe takes the place of the last one of those, so that nothing is
   * missing where it is shown. Gives the decode time at which the queue begins then.
   */
  beginAt(dts: number): number {
    while (this.#samples.length > 0 && this.#samples[0]!.dts < dts) this.shift()
    const [keyframe] = this.#samples
    const leading = this.#leadingAt(0)
    const last = this.#samples[leading]
    if (!keyframe || !last) return dts
    const compositionOffset = ptsOf(keyframe) - last.dts
    this.#samples.splice(0, leading + 1, { ...keyframe, dts: last.dts, duration: last.duration, compositionOffset })
    this.#closed = Math.max(Math.min(this.#closed, 1), this.#closed - leading)
    return last.dts
  }

  hasKeyframeAt(dts: number): boolean {
    return this.#samples.some((sample) => sample.dts === dts && sample.keyframe)
  }

  /** Decode time of the newest keyframe held at which one may begin and for which `accept` holds. */
  newestKeyframe(accept: (dts: number) => boolean): number | undefined {
    const mayBegin = (sample: Sample, index: number) => sample.keyframe && this.#hasLeading(index) && accept(sample.dts)
    return this.#samples.findLast(mayBegin)?.dts
  }

  /** Whether all pictures are here that are shown before the keyframe at `index`, and follow it. */
  #hasLeading(index: number): boolean {
    return !mayBePreceded(this.#samples[index]!) || index + this.#leadingAt(index) + 1 < this.#samples.length
  }

  /** How many pictures follow the one at `index` and are shown before it. */
  #leadingAt(index: number): number {
    const keyframe = this.#samples[index]
    const next = this.#samples.findIndex((each, at) => at > index && ptsOf(each) >= ptsOf(keyframe!))
    return Math.max(0, (next < 0 ? this.#samples.length : next) - index - 1)
  }
}

/** Whether pictures may follow that are shown before this one; what is shown as soon as it is decoded leaves no time for them. */
const mayBePreceded = ({ compositionOffset, duration }: Sample): boolean => compositionOffset > duration

const ptsOf = ({ dts, compositionOffset }: Sample): number => dts + compositionOffset
