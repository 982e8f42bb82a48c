import { tiers } from './tiers.ts'

/** What is asked for, Unix seconds. */
export interface AskedRange {
  readonly from: number
  readonly to: number
  /** Seconds of a point; undefined: as fits. */
  readonly step: number | undefined
}

/** Points of one series in an answer at most. */
export const pointsMax = 2_000
/** So many are good for a chart. */
const pointsWanted = 600
const day = 86_400
/** As far back as anything is kept, seconds. */
export const longestRangeSeconds = 90 * day
/** So far back each second is kept at least. */
const eachSecondSeconds = 1_200

/** What a point may be long, seconds. */
const steps = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, day]

/** The points of an answer, and of which that are kept they are made. */
export interface Grid {
  readonly step: number
  /** Of what is kept: 1, 10, 60 or 3,600. */
  readonly tierStep: number
  /** Unix seconds at which the first begins. */
  readonly firstAt: number
  readonly count: number
}

/** The points for a range: no more than 2,000, and no shorter than what is kept for so long. */
export function gridFor({ from, to, step }: AskedRange, nowSeconds: number): Grid {
  const age = nowSeconds - from
  const kept = tiers.findLast(({ keptSeconds }) => age > keptSeconds)
  const shortest = kept ? nextTier(kept.step) : age > eachSecondSeconds ? 10 : 1
  const wanted = Math.max(shortest, step ?? (to - from) / pointsWanted, (to - from) / (pointsMax - 1))
  const chosen = steps.find((each) => each >= wanted) ?? day
  const tierStep = [3_600, 60, 10, 1].find((each) => chosen % each === 0) ?? 1
  const firstAt = Math.floor(from / chosen) * chosen
  return { step: chosen, tierStep, firstAt, count: Math.max(1, Math.ceil((to - firstAt) / chosen)) }
}

const nextTier = (step: number): number => tiers.find((tier) => tier.step > step)?.step ?? step
