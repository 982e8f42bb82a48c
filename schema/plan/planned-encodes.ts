import type { PlannedEncode } from '../contracts/planned-encode.ts'
import { framesPerSecond } from './frame-rate.ts'
import { loadOf } from './load.ts'
import type { EncodePlan } from './plan.ts'
import { sentMedia } from './sent-media.ts'

/** Destinations that get a rendition of a plan, by their ids. */
export type UsersOf = (plan: EncodePlan, renditionId: string) => readonly string[]

/** The API's words for all that these plans make: one entry for each picture. */
export const plannedEncodes = (plans: readonly EncodePlan[], usersOf: UsersOf): PlannedEncode[] =>
  plans.flatMap((plan) =>
    sentMedia(plan).map((media, index) => {
      const rendition = plan.renditions[index]?.id ?? ''
      const users = usersOf(plan, rendition)
      return {
        id: encodeId(plan.feedId, rendition),
        ...media,
        encode_units: unitsOf(plan, index),
        used_by: plan.feedId === undefined ? ['viewers', ...users] : [...users],
      }
    }),
  )

/** Names an encode among those of a stream. */
export const encodeId = (feedId: string | null | undefined, renditionId: string): string => feedId ?? renditionId

export const roundUnits = (units: number): number => Math.round(units * 100) / 100

/** Without its decode, which all share. */
function unitsOf(plan: EncodePlan, index: number): number {
  const rendition = plan.renditions[index]
  if (!rendition || plan.passthrough?.copiesVideo) return 0
  return roundUnits(loadOf([rendition], { width: 0, height: 0 }, framesPerSecond(plan.fps), plan).encodeUnits)
}
