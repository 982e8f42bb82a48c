import { toLufs } from './loudness.ts'

const lowestLufs = -70
const highestLufs = 10
const stepsPerLu = 10
/** What is this far under the mean of all that is not silence does not count. */
const relativeGateLu = 10

/**
 * Integrated loudness, gated twice (ITU-R BS.1770-4, Annex 1, §"gating"), of any length: blocks are kept as a histogram
 * with steps of 0.1 LU that holds their exact sums. Memory: 13 KB.
 */
export class IntegratedLoudness {
  readonly #counts = new Float64Array((highestLufs - lowestLufs) * stepsPerLu)
  readonly #powers = new Float64Array((highestLufs - lowestLufs) * stepsPerLu)

  /** The K-weighted mean square of 400 ms; to be called each 100 ms. */
  add(power: number): void {
    const lufs = toLufs(power)
    if (!(lufs > lowestLufs)) return
    const bin = binOf(lufs)
    this.#counts[bin]! += 1
    this.#powers[bin]! += power
  }

  /** LUFS; null before there was any sound. */
  get lufs(): number | null {
    const ungated = this.#meanFrom(0)
    return ungated === null ? null : toLufs(this.#meanFrom(binOf(toLufs(ungated) - relativeGateLu)) ?? ungated)
  }

  #meanFrom(bin: number): number | null {
    const count = sum(this.#counts.subarray(bin))
    return count === 0 ? null : sum(this.#powers.subarray(bin)) / count
  }
}

const binOf = (lufs: number) =>
  Math.min(Math.max(0, Math.floor((lufs - lowestLufs) * stepsPerLu)), (highestLufs - lowestLufs) * stepsPerLu - 1)

const sum = (numbers: Float64Array) => numbers.reduce((total, number) => total + number, 0)
