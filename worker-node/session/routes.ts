import type { DestinationStatus } from '#schema/contracts/destination.ts'
import type { RunningPlan } from '#schema/contracts/planned-encode.ts'
import type { EncodePlan } from '#schema/plan/plan.ts'
import { sentMedia } from '#schema/plan/sent-media.ts'
import { trackId } from '../transcode/outputs.ts'
import type { OpenDestination } from './options.ts'
import type { RoutedDestination, SessionOutput } from './output.ts'
import { runningPlan, type SessionPlan } from './plan.ts'

/** Every destination, with the picture that is planned for it. */
export function routedDestinations(destinations: readonly OpenDestination[], plan: SessionPlan): RoutedDestination[] {
  const routes = new Map(plan.destinations.map((planned) => [planned.id, planned]))
  const [viewers] = plan.current?.plans ?? []
  const ofViewers = (name: string) => (viewers ? trackId(viewers, name) : '')
  const best = ofViewers(viewers?.renditions[0]?.id ?? '')
  return destinations.map((destination) => {
    const route = routes.get(destination.id)
    const rules = { ...destination.rules, refusal: route?.refusal }
    // One that was added a moment ago gets the best of what there is until its own is made.
    if (!route) return { ...destination, rules, videoId: best }
    const { feedId, renditionId } = route
    return {
      ...destination,
      rules,
      videoId: feedId === null ? ofViewers(renditionId) : trackId({ feedId }, renditionId),
    }
  })
}

/** How each destination stands, and what it is sent. */
export function destinationStatuses(output: SessionOutput, plan: SessionPlan): ReadonlyMap<string, DestinationStatus> {
  const sent = new Map((plan.current?.plans ?? []).flatMap(sentByTrack))
  const planned = new Map(plan.destinations.map((each) => [each.id, each]))
  return new Map(
    Array.from(output.publishers(), ([id, status]) => {
      const adjustments = [...(planned.get(id)?.adjustments ?? [])]
      return [id, { ...status, sends: sent.get(output.videoOf(id) ?? '') ?? null, adjustments }]
    }),
  )
}

/** What is encoded now, and who gets it; undefined before anything is planned. */
export function presentPlan(output: SessionOutput | undefined, plan: SessionPlan): RunningPlan | undefined {
  const ids = output ? [...output.publishers().keys()] : []
  const usersOf = (encode: EncodePlan, renditionId: string) =>
    ids.filter((id) => output?.videoOf(id) === trackId(encode, renditionId))
  return plan.current && runningPlan(plan.current, usersOf)
}

/** Each picture of a plan as the API tells of it, by track id. */
const sentByTrack = (plan: EncodePlan) =>
  sentMedia(plan).map((sends, index) => [trackId(plan, plan.renditions[index]!.id), sends] as const)
