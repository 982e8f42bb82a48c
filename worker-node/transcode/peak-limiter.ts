import { meterRate } from './loudness.ts'

/** How long before a peak the gain begins to fall, frames: 5 ms. It is also the delay. */
export const limiterDelayFrames = 240
/** Frames after a moment that are needed to know how high the wave goes between its samples. */
const halfTaps = 6
const phases = 4
/** How fast the gain comes back, the share of the way in one frame: nine tenths in a third of a second. */
const releaseShare = 7 / meterRate

/**
 * Holds the true peak of stereo sound of 48 kHz under a ceiling (peaks between samples as ITU-R BS.1770-4 Annex 2 finds
 * them, oversampled four times), looking ahead a little so that the gain moves smoothly. Works in place, and gives
 * everything {@link limiterDelayFrames} later than it came.
 */
export class PeakLimiter {
  readonly #ceiling: number
  /** The last frames of both channels, twice the delay. */
  readonly #left = new Float64Array(historyFrames)
  readonly #right = new Float64Array(historyFrames)
  /** What the gain may be at most, frame by frame, and the least of it over the time looked ahead. */
  readonly #needed = new SlidingMinimum(limiterDelayFrames - 2 * halfTaps)
  readonly #smooth = new SlidingMean(limiterDelayFrames - 2 * halfTaps)
  #gain = 1
  #at = 0

  /** `ceilingDb` in dBTP. */
  constructor(ceilingDb: number) {
    this.#ceiling = 10 ** (ceilingDb / 20)
  }

  /** Interleaved samples, left and right, replaced by what was {@link limiterDelayFrames} before them. */
  process(samples: Float32Array): void {
    for (let index = 0; index + 1 < samples.length; index += 2) {
      const at = this.#at++
      this.#left[at & historyMask] = samples[index]!
      this.#right[at & historyMask] = samples[index + 1]!
      const peak = Math.max(this.#peakAt(this.#left, at - halfTaps), this.#peakAt(this.#right, at - halfTaps))
      const least = this.#needed.next(peak > this.#ceiling ? this.#ceiling / peak : 1)
      this.#gain = Math.min(least, this.#gain + (1 - this.#gain) * releaseShare)
      const gain = this.#smooth.next(this.#gain)
      const from = (at - limiterDelayFrames) & historyMask
      samples[index] = this.#left[from]! * gain
      samples[index + 1] = this.#right[from]! * gain
    }
  }

  /** The highest value of the wave from this frame to the next. */
  #peakAt(channel: Float64Array, frame: number): number {
    const sample = Math.abs(channel[frame & historyMask]!)
    const next = Math.abs(channel[(frame + 1) & historyMask]!)
    let peak = Math.max(sample, next)
    // Far under the ceiling nothing between two samples reaches it.
    if (peak < this.#ceiling * 0.4) return peak
    for (const taps of interpolation) {
      let value = 0
      for (let tap = 0; tap < 2 * halfTaps; tap++)
        value += taps[tap]! * channel[(frame - halfTaps + 1 + tap) & historyMask]!
      peak = Math.max(peak, Math.abs(value))
    }
    return peak
  }
}

const historyFrames = 512
const historyMask = historyFrames - 1

/** A windowed sinc for each moment between two samples. */
const interpolation = Array.from({ length: phases - 1 }, (_, phase) =>
  Float64Array.from({ length: 2 * halfTaps }, (_, tap) => {
    const distance = tap - (halfTaps - 1) - (phase + 1) / phases
    const sinc = Math.sin(Math.PI * distance) / (Math.PI * distance)
    return sinc * Math.cos((Math.PI * distance) / (2 * (halfTaps + 0.5))) ** 2
  }),
)

/** The least of the last `length` numbers. */
class SlidingMinimum {
  readonly #length: number
  /** Candidates: rising values, each with its place. */
  readonly #values: number[] = []
  readonly #places: number[] = []
  #at = 0

  constructor(length: number) {
    this.#length = length
  }

  next(value: number): number {
    const at = this.#at++
    while (this.#values.length > 0 && this.#values.at(-1)! >= value) {
      this.#values.pop()
      this.#places.pop()
    }
    this.#values.push(value)
    this.#places.push(at)
    if (this.#places[0]! <= at - this.#length) {
      this.#values.shift()
      this.#places.shift()
    }
    return this.#values[0]!
  }
}

/** The mean of the last `length` numbers; 1 before there were any. */
class SlidingMean {
  readonly #values: Float64Array
  #sum: number
  #at = 0

  constructor(length: number) {
    this.#values = new Float64Array(length).fill(1)
    this.#sum = length
  }

  next(value: number): number {
    this.#sum += value - this.#values[this.#at]!
    this.#values[this.#at] = value
    this.#at = (this.#at + 1) % this.#values.length
    // What rounding adds up to is thrown away once a round.
    if (this.#at === 0) this.#sum = this.#values.reduce((sum, each) => sum + each, 0)
    return this.#sum / this.#values.length
  }
}
