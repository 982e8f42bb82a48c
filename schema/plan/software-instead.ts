import { encoderPresets } from '../enums.ts'
import type { BroadcastPlan } from './broadcast-plan.ts'
import { framesPerSecond } from './frame-rate.ts'
import type { PictureSize } from './ladder.ts'
import { addLoads, loadOf } from './load.ts'
import { type EncodePlan, usableShare } from './plan.ts'

/**
 * The same encodes by x264, in the place of a hardware encoder that failed on air: sizes, rates and keyframes stay, since
 * viewers and destinations have them already. The preset is as fast as `cpuUnits` want it, down to the fastest.
 */
export function inSoftware(broadcast: BroadcastPlan, source: PictureSize, cpuUnits: number): BroadcastPlan {
  const { viewers, feeds } = broadcast
  const plans = [viewers.plan, ...feeds]
  const slowest = encoderPresets.indexOf(viewers.plan.preset)
  const presets = encoderPresets.slice(0, slowest + 1).reverse()
  const loadWith = (preset: EncodePlan['preset']) =>
    addLoads(
      plans
        .filter(({ passthrough }) => !passthrough)
        .map(({ renditions, fps }, index) =>
          loadOf(renditions, index === 0 ? source : { width: 0, height: 0 }, framesPerSecond(fps), { preset }),
        ),
    )
  const preset = presets.find((each) => loadWith(each).encodeUnits <= cpuUnits * usableShare) ?? encoderPresets[0]
  const bySoftware = ({ encoder, ...plan }: EncodePlan): EncodePlan => (encoder ? { ...plan, preset } : plan)
  const load = loadWith(preset)
  return {
    ...broadcast,
    viewers: { ...viewers, plan: bySoftware(viewers.plan) },
    feeds: feeds.map(bySoftware),
    ...load,
  }
}
