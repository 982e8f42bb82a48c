import type { Sample } from '../media/sample.ts'

/** Lengths of parts, in ticks of their track. */
export interface PartRules {
  /** PART-TARGET: no part is longer, unless a single sample is. */
  readonly longest: number
  /** Where parts that end before the end of their segment must reach this, moves their end a little; 0 where not. */
  readonly shortest: number
  /** Usual duration of a sample. */
  readonly frame: number
}

/** A part is at least so much of PART-TARGET (rfc8216bis §4.4.4.9). */
const leastOfTarget = 0.85

/**
 * The rules for parts of at most `longest` ticks. With `irregular`, samples may have any duration, and the samples' ends
 * may miss the room that rfc8216bis leaves between 85 and 100 % of PART-TARGET.
 */
export function partRules(longest: number, frame: number, irregular: boolean): PartRules {
  return { longest, frame, shortest: irregular ? Math.ceil(longest * leastOfTarget) : 0 }
}

/** The samples of the part that is being made. */
export class PartCutter {
  #samples: Sample[] = []
  #duration = 0

  /** Ends the part, and gives its samples: none if there is no part. */
  take(): readonly Sample[] {
    const samples = this.#samples
    this.#samples = []
    this.#duration = 0
    return samples
  }

  /**
   * Takes a sample; gives the samples of every part that this completes. A part is complete as soon as another usual
   * sample would be too much for it, or this one was. Should it be shorter then than it may, its end is moved into this
   * sample: decode times are only an order, what is presented when stays the same.
   */
  add(sample: Sample, rules: PartRules): (readonly Sample[])[] {
    const complete: (readonly Sample[])[] = []
    let next = sample
    if (this.#samples.length > 0 && this.#duration + sample.duration > rules.longest + tolerance(rules)) {
      if (this.#duration < rules.shortest) next = this.#stretch(sample, rules.shortest - this.#duration)
      complete.push(this.take())
    }
    this.#samples.push(next)
    this.#duration += next.duration
    const isFull = this.#duration + rules.frame > rules.longest + tolerance(rules)
    if (isFull && this.#duration >= rules.shortest) complete.push(this.take())
    return complete
  }

  /** Lets the last sample last `ticks` longer, and gives what that leaves of the next one. */
  #stretch(next: Sample, ticks: number): Sample {
    const last = this.#samples.at(-1)!
    this.#samples[this.#samples.length - 1] = { ...last, duration: last.duration + ticks }
    return {
      ...next,
      dts: next.dts + ticks,
      duration: next.duration - ticks,
      compositionOffset: next.compositionOffset - ticks,
    }
  }
}

/** Figures in seconds and durations in ticks may differ by this. */
const tolerance = ({ frame }: PartRules): number => frame * 1e-6
