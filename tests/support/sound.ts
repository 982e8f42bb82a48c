/** One stretch of a test signal: a tone of `hz`, its amplitude in dB of full scale. −∞ is silence. */
export interface Stretch {
  readonly seconds: number
  readonly dbfs: number
  readonly hz?: number
  /** Of the right channel; the same unless said. */
  readonly rightDbfs?: number
}

export const testRate = 48_000

/** Interleaved stereo samples of tones, one after the other, without a break in phase. */
export function tones(stretches: readonly Stretch[]): Float32Array {
  const frames = stretches.reduce((sum, { seconds }) => sum + Math.round(seconds * testRate), 0)
  const samples = new Float32Array(frames * 2)
  let at = 0
  let phase = 0
  for (const { seconds, dbfs, hz = 1_000, rightDbfs = dbfs } of stretches) {
    for (let left = Math.round(seconds * testRate); left > 0; left--) {
      const wave = Math.sin(phase)
      phase += (2 * Math.PI * hz) / testRate
      samples[at++] = wave * 10 ** (dbfs / 20)
      samples[at++] = wave * 10 ** (rightDbfs / 20)
    }
  }
  return samples
}

/** The same as s16le bytes. */
export const asS16 = (samples: Float32Array): Buffer =>
  Buffer.from(Int16Array.from(samples, (sample) => Math.round(Math.max(-1, Math.min(1, sample)) * 32_767)).buffer)
