import { blockSeconds, fromLufs, type SoundBlock, toLufs } from './loudness.ts'

/** What a programme is brought to, LUFS. */
export const targetLufs = -16
/** What is under it is a pause or noise, and is not brought up. LUFS. */
const gateLufs = -55
/** Of the rest, what is this far under the mean does not count either (as BS.1770 gates). */
const relativeGate = 10 ** -1
/** Seconds of sound, pauses left out, of which the loudness is taken. */
const memorySeconds = 20
/** dB. */
const mostGain = 24
const leastGain = -24
/** dB a second once the programme is known; louder is the slower way, for nobody is startled by it. */
const usualRate = { up: 0.5, down: 1.5 }
/** dB a second in the first second of sound, less and less after it. */
const firstRate = 12
/** What is so much too loud at this moment comes down faster, LU and dB a second. */
const startling = { lu: 8, rate: 8 }

/**
 * Rides the gain of a live programme: slowly, from what was heard of late, so that the dynamics within it stay. Holds 20 s
 * of tenths of seconds.
 */
export class GainRider {
  readonly #powers: number[] = []
  #heardSeconds = 0
  #gainDb = 0

  /** The gain for what comes next, dB. */
  get gainDb(): number {
    return this.#gainDb
  }

  /** A tenth of a second of the programme as it came. */
  note({ power }: Pick<SoundBlock, 'power'>): void {
    if (power < fromLufs(gateLufs)) return
    this.#powers.push(power)
    if (this.#powers.length > memorySeconds / blockSeconds) this.#powers.shift()
    this.#heardSeconds += blockSeconds
    const wantedDb = Math.max(leastGain, Math.min(mostGain, targetLufs - toLufs(this.#programmePower())))
    const surplus = toLufs(power) + this.#gainDb - targetLufs
    const early = firstRate / Math.max(1, this.#heardSeconds)
    const down = Math.max(usualRate.down, early, surplus > startling.lu ? startling.rate : 0)
    const up = Math.max(usualRate.up, early)
    const step = wantedDb - this.#gainDb
    this.#gainDb += Math.max(-down * blockSeconds, Math.min(up * blockSeconds, step))
  }

  #programmePower(): number {
    const gate = mean(this.#powers) * relativeGate
    return mean(this.#powers.filter((power) => power >= gate))
  }
}

const mean = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length
