import { describe, expect, it } from 'vitest'
import { SeededRandom } from '#tests/support/random.ts'
import { type Stretch, testRate, tones } from '#tests/support/sound.ts'
import { GainRider } from '#worker/transcode/gain-rider.ts'
import { IntegratedLoudness } from '#worker/transcode/integrated-loudness.ts'
import { LoudnessMeter, type SoundBlock, toLufs } from '#worker/transcode/loudness.ts'
import { Normalizer } from '#worker/transcode/normalizer.ts'
import { PeakLimiter } from '#worker/transcode/peak-limiter.ts'

/** Pushes the sound in pieces as FFmpeg gives it; everything that came out, and the gain at each piece. */
function normalize(samples: Float32Array, rider = new GainRider()) {
  const out = new Float32Array(samples.length)
  const blocks: SoundBlock[] = []
  const gains: number[] = []
  let at = 0
  const normalizer = new Normalizer(
    rider,
    (some) => {
      out.set(some, at)
      at += some.length
    },
    (block) => blocks.push(block),
  )
  for (let from = 0; from < samples.length; from += 2_048) {
    normalizer.push(samples.slice(from, from + 2_048))
    gains.push(rider.gainDb)
  }
  normalizer.end()
  return { out, frames: at / 2, blocks, gains }
}

function loudnessOf(samples: Float32Array, fromSeconds: number, toSeconds = Number.POSITIVE_INFINITY): number {
  const integrated = new IntegratedLoudness()
  const frame = (seconds: number) => Math.min(samples.length, seconds * testRate * 2)
  new LoudnessMeter(({ power }) => integrated.add(power)).push(samples.subarray(frame(fromSeconds), frame(toSeconds)))
  return integrated.lufs!
}

const dbOf = (samples: Float32Array) =>
  20 * Math.log10(samples.reduce((peak, each) => Math.max(peak, Math.abs(each)), 0))
const silence = Number.NEGATIVE_INFINITY

/** Something like speech: words of noise of half a second with peaks, and pauses. */
function speech(seconds: number, dbfs: number, seed = 1): Float32Array {
  const random = new SeededRandom(seed)
  const samples = new Float32Array(seconds * testRate * 2)
  let low = 0
  for (let frame = 0; frame < samples.length / 2; frame++) {
    const time = frame / testRate
    const word = time % 3 < 2.2 ? Math.abs(Math.sin(time * 7)) ** 2 * (0.5 + 0.5 * Math.sin(time * 1.3) ** 2) : 0.001
    low += (random.fraction() * 2 - 1 - low) * 0.2
    samples[frame * 2] = low * word * 10 ** (dbfs / 20) * 3
    samples[frame * 2 + 1] = samples[frame * 2]!
  }
  return samples
}

describe('a programme that is normalised', () => {
  it.each<[string, Float32Array]>([
    ['a tone of −30 LUFS', tones([{ seconds: 30, dbfs: -30 }])],
    ['a tone of −6 LUFS', tones([{ seconds: 30, dbfs: -6 }])],
    ['a tone in one ear', tones([{ seconds: 30, dbfs: -20, rightDbfs: silence }])],
    ['quiet speech with pauses', speech(30, -24)],
    ['loud speech with pauses', speech(30, -2)],
  ])('of %s ends at −16 LUFS with its peaks in bounds', (_, samples) => {
    const { out, frames } = normalize(samples)
    expect(frames).toBe(samples.length / 2)
    expect(Math.abs(loudnessOf(out, 20) + 16)).toBeLessThan(1.5)
    expect(dbOf(out)).toBeLessThan(-2.4)
  })

  it('lies exactly where it came from', () => {
    const samples = tones([
      { seconds: 2, dbfs: silence },
      { seconds: 0.01, dbfs: -20 },
      { seconds: 1, dbfs: silence },
    ])
    const { out } = normalize(samples)
    const first = (some: Float32Array) => some.findIndex((sample) => Math.abs(sample) > 0.001)
    expect(Math.abs(first(out) - first(samples))).toBeLessThan(8)
  })

  it('is not brought up in pauses, and noise stays noise', () => {
    const { gains } = normalize(
      tones([
        { seconds: 10, dbfs: -16 },
        { seconds: 20, dbfs: -60 },
      ]),
    )
    expect(Math.abs(gains.at(-1)!)).toBeLessThan(0.5)
    const { out } = normalize(tones([{ seconds: 10, dbfs: -60 }]))
    expect(loudnessOf(out, 5)).toBeCloseTo(-60, 0)
  })

  it('keeps what is loud and soft within it', () => {
    const verse: Stretch[] = Array.from({ length: 12 }, (_, index) => ({ seconds: 4, dbfs: index % 2 ? -20 : -28 }))
    const { out } = normalize(tones(verse))
    const soft = loudnessOf(out, 41, 43.5)
    const loud = loudnessOf(out, 45, 47.5)
    expect(loud - soft).toBeGreaterThan(5)
  })

  it('comes down within seconds where it becomes much louder', () => {
    const { out } = normalize(
      tones([
        { seconds: 20, dbfs: -34 },
        { seconds: 10, dbfs: -8 },
      ]),
    )
    expect(Math.abs(loudnessOf(out, 26) + 16)).toBeLessThan(1.5)
    expect(dbOf(out)).toBeLessThan(-2.4)
  })

  it('goes on at the gain that the run before had', () => {
    const rider = new GainRider()
    normalize(tones([{ seconds: 20, dbfs: -30 }]), rider)
    const { out } = normalize(tones([{ seconds: 2, dbfs: -30 }]), rider)
    expect(loudnessOf(out, 0.5)).toBeCloseTo(-16, 0)
  })

  it('is measured as it goes out, and silence as it came in', () => {
    const { blocks } = normalize(tones([{ seconds: 10, dbfs: -30 }]))
    expect(toLufs(blocks.at(-1)!.power)).toBeCloseTo(-16, 0)
    expect(20 * Math.log10(blocks.at(-1)!.peak)).toBeCloseTo(-30, 0)
  })
})

describe('the limiter', () => {
  it('leaves alone what is under its ceiling, 5 ms later', () => {
    const samples = tones([{ seconds: 0.5, dbfs: -6, hz: 440 }])
    const out = samples.slice()
    new PeakLimiter(-3).process(out)
    for (const at of [1_000, 20_001, 40_000]) expect(out[at]).toBeCloseTo(samples[at - 480]!, 6)
  })

  it('finds peaks between samples: a tone of a quarter of the sample rate, just between its peaks', () => {
    // Samples of ±0.707 of a wave of 1 (EBU Tech 3341, case 15 and on).
    const samples = new Float32Array(96_000)
    for (let frame = 0; frame < 48_000; frame++) {
      const value = Math.sin((Math.PI / 2) * frame + Math.PI / 4)
      samples.fill(value, frame * 2, frame * 2 + 2)
    }
    new PeakLimiter(-3).process(samples)
    const settled = samples.subarray(48_000)
    expect(dbOf(settled)).toBeLessThan(-3 - 2.5)
    expect(dbOf(settled)).toBeGreaterThan(-3 - 3.6)
  })

  it('never lets a click pass, wherever it stands', () => {
    const random = new SeededRandom(5)
    const samples = new Float32Array(96_000)
    for (let click = 0; click < 60; click++)
      samples[Math.floor(random.fraction() * 95_000)] = random.fraction() * 16 - 8
    new PeakLimiter(-1.5).process(samples)
    expect(dbOf(samples)).toBeLessThanOrEqual(-1.5 + 0.01)
  })
})
