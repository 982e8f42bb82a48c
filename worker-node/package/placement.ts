import type { Sample, Track } from '../media/sample.ts'
import { isSameConfiguration } from './configurations.ts'

/** Two timescales round the same time to so many ticks of each other, at most. */
const roundingTicks = 2

/**
 * Puts the samples of a track on the timescale of its first configuration, whatever theirs is: so all that is cut,
 * listed and fetched of a track has one. Times are rounded each from the start of the session: errors do not add up.
 *
 * And pictures of every configuration are shown as long after they are decoded as those of the first: where reordering
 * began or ended with a change, there would be a hole in what is shown, and hls.js places the sound by its far edge.
 */
export class Placement {
  readonly #timescale: number
  /** What the last sample is decoded with, in its own timescale; and what the next one will be. */
  #track: Track
  #announced: Track | undefined
  #end = 0
  /** Composition offset of the first picture, and what is added to those of this configuration; ticks. */
  #firstDelay: number | undefined
  #sooner = 0

  constructor(first: Track) {
    this.#timescale = first.timescale
    this.#track = first
  }

  /** From the next sample on, `track` holds. */
  announce(track: Track): void {
    this.#announced = track
  }

  /** The sample as it is packaged. It has `begins` if, and only if, it needs another configuration than the last one. */
  place(sample: Sample): Sample {
    const { begins: said, ...bare } = sample
    const begins = this.#announced ?? said
    this.#announced = undefined
    const changes = begins !== undefined && !isSameConfiguration(begins, this.#track)
    if (begins !== undefined) this.#track = begins
    this.#firstDelay ??= sample.compositionOffset
    if (changes) this.#sooner = this.#firstDelay - sample.compositionOffset
    if (changes) return this.#convert({ ...bare, begins })
    return this.#convert(said === undefined ? sample : bare)
  }

  #convert(sample: Sample): Sample {
    const { timescale } = this.#track
    const isSame = timescale === this.#timescale
    const ticks = (value: number) => (isSame ? value : Math.round((value * this.#timescale) / timescale))
    const begin = ticks(sample.dts)
    const end = ticks(sample.dts + sample.duration)
    const dts = sample.begins && Math.abs(begin - this.#end) <= roundingTicks ? this.#end : begin
    this.#end = end
    if (isSame && dts === begin && this.#sooner === 0) return sample
    const compositionOffset = ticks(sample.compositionOffset + this.#sooner)
    return { ...sample, dts, duration: end - dts, compositionOffset }
  }
}
