import type { EncodePlan } from '#schema/plan/plan.ts'
import { isTunedForScreens, screenRateControl } from './screen-tuning.ts'

/**
 * The bit rate of one rendition, `kbps` on average. Constant, it never goes above for longer than a second: a platform's
 * limit may be that very rate.
 */
export function rateControl(plan: EncodePlan, kbps: number): string[] {
  if (plan.constantBitrate) return averageRate(kbps, kbps)
  return isTunedForScreens(plan) ? screenRateControl(kbps) : averageRate(kbps, peakKbps(kbps))
}

/** The highest rate over seconds. */
export const peakKbps = (kbps: number): number => Math.round(kbps * 1.1)

const averageRate = (kbps: number, mostKbps: number) => [
  ...['-b:v', `${kbps}k`, '-maxrate', `${mostKbps}k`, '-bufsize', `${kbps}k`],
]
