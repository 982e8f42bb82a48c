/** Frames per second as a ratio. */
export interface FrameRate {
  readonly num: number
  readonly den: number
}

/** The rates that are encoded: those whose frame is a whole number of ticks at 90 kHz. */
const standardRates: readonly FrameRate[] = [
  { num: 24, den: 1 },
  { num: 25, den: 1 },
  { num: 30_000, den: 1_001 },
  { num: 30, den: 1 },
  { num: 50, den: 1 },
  { num: 60, den: 1 },
]

/** The same for who wants fewer than any of those. */
const slowRates: readonly FrameRate[] = [10, 12, 15, 20].map((num) => ({ num, den: 1 }))

/** Taken while the source's rate is unknown. */
const usualRate: FrameRate = { num: 30, den: 1 }

/** How far a measured rate may lie from the one it stands for. */
const tolerance = 0.004

/**
 * The rate to encode a source of `fps` frames per second at: the nearest standard one, at most `maxFps`. What is
 * too fast is halved until it fits; what is slower than 24 is shown several times a frame (15 → 30).
 */
export function planFrameRate(fps: number | null, maxFps: number): FrameRate {
  let wanted = fps !== null && Number.isFinite(fps) && fps > 0 ? fps : framesPerSecond(usualRate)
  while (wanted > maxFps * (1 + tolerance)) wanted /= 2
  const allowed = (maxFps < 24 ? slowRates : standardRates).filter((rate) => framesPerSecond(rate) <= maxFps)
  if (wanted < 24 * (1 - tolerance)) {
    const multiples = [2, 3, 4, 5, 6].map((factor) => nearest(wanted * factor, allowed))
    return multiples.find(({ error }) => error <= tolerance)?.rate ?? nearest(wanted, allowed).rate
  }
  return nearest(wanted, allowed).rate
}

export function framesPerSecond({ num, den }: FrameRate): number {
  return num / den
}

/** Ticks that one frame lasts; whole for every standard rate at 90 kHz. */
export function frameTicks({ num, den }: FrameRate, timescale: number): number {
  return (timescale * den) / num
}

function nearest(fps: number, rates: readonly FrameRate[]): { rate: FrameRate; error: number } {
  let best = { rate: usualRate, error: Number.POSITIVE_INFINITY }
  for (const rate of rates) {
    const error = Math.abs(fps / framesPerSecond(rate) - 1)
    if (error < best.error) best = { rate, error }
  }
  return best
}
