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
  /** Decode-to-display delay: the composition offset of the last keyframe, ticks. */
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
    if (sample.keyframe) this.#delay = sample.compositionOffset
    this.#samples.push(sample)
    this.#highestPts = Math.max(this.#highestPts, sample.dts + sample.compositionOffset)
    // With B-frames a picture may only be cut off after those that are shown before it.
    if (this.#highestPts <= sample.dts + this.#delay) this.#closed = this.#samples.length
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

  dropBefore(dts: number): void {
    while (this.#samples.length > 0 && this.#samples[0]!.dts < dts) this.shift()
  }

  hasKeyframeAt(dts: number): boolean {
    return this.#samples.some((sample) => sample.dts === dts && sample.keyframe)
  }

  /** Decode time of the newest keyframe held for which `accept` holds. */
  newestKeyframe(accept: (dts: number) => boolean): number | undefined {
    return this.#samples.findLast((sample) => sample.keyframe && accept(sample.dts))?.dts
  }
}
