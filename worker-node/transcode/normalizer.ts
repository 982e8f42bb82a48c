import type { GainRider } from './gain-rider.ts'
import { LoudnessMeter, meterRate, type SoundBlock } from './loudness.ts'
import { limiterDelayFrames, PeakLimiter } from './peak-limiter.ts'

/** Under the −1.5 dBTP that are promised: encoding to AAC raises peaks a little again. */
const ceilingDb = -2.5
/** How fast the gain follows the rider from sample to sample: in a twentieth of a second, so that no step is heard. */
const glideShare = 1 / (0.05 * meterRate)

/**
 * Brings stereo sound of 48 kHz to −16 LUFS while it passes, and holds its peaks. What it gives lies exactly where it came
 * from: the delay of the limiter ({@link limiterDelayFrames}, 5 ms) is of arrival, not of time.
 */
export class Normalizer {
  readonly #onSound: (samples: Float32Array) => void
  readonly #rider: GainRider
  readonly #limiter = new PeakLimiter(ceilingDb)
  readonly #before: LoudnessMeter
  readonly #after: LoudnessMeter
  #peakBefore = 0
  #gain: number
  #framesToDrop = limiterDelayFrames

  /** `onBlock` gets the loudness of what goes out, with the peaks of what came in. */
  constructor(rider: GainRider, onSound: (samples: Float32Array) => void, onBlock: (block: SoundBlock) => void) {
    this.#onSound = onSound
    this.#rider = rider
    this.#gain = 10 ** (rider.gainDb / 20)
    this.#before = new LoudnessMeter((block) => {
      this.#peakBefore = block.peak
      this.#rider.note(block)
    })
    this.#after = new LoudnessMeter(({ power }) => onBlock({ power, peak: this.#peakBefore }))
  }

  /** Interleaved samples, which are changed. */
  push(samples: Float32Array): void {
    this.#before.push(samples)
    const target = 10 ** (this.#rider.gainDb / 20)
    for (let index = 0; index + 1 < samples.length; index += 2) {
      this.#gain += (target - this.#gain) * glideShare
      samples[index]! *= this.#gain
      samples[index + 1]! *= this.#gain
    }
    this.#limiter.process(samples)
    const dropped = Math.min(this.#framesToDrop, samples.length / 2)
    this.#framesToDrop -= dropped
    const out = samples.subarray(dropped * 2)
    this.#after.push(out)
    if (out.length > 0) this.#onSound(out)
  }

  /** Gives what the limiter still holds. */
  end(): void {
    this.push(new Float32Array(limiterDelayFrames * 2))
  }
}
