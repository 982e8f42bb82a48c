import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { PlanAnswer, PlanRequestBody } from '#schema/contracts/plan.ts'
import type { Platform, PlatformId } from '#schema/contracts/platform.ts'
import { destinationName } from '../words/destination-words.ts'
import { addressOf, profileOf } from './destination-request.ts'

/** What the plan calls a destination that is not there yet. */
export const newId = 'new'

/** All destinations of the stream, with the one of this id as the fields have it. */
export function planRequestFor(
  stream: LiveStream,
  id: string,
  platform: Platform | undefined,
  fields: FormData,
): PlanRequestBody {
  const url = addressOf(fields)
  return {
    live_stream_id: stream.id,
    destinations: [
      ...stream.destinations
        .filter((each) => each.id !== id)
        .map((each) => ({ id: each.id, platform: each.platform as PlatformId, profile: each.profile, url: each.url })),
      { id, platform: platform?.id ?? 'custom', profile: profileOf(fields), ...(url !== '' && { url }) },
    ],
  }
}

/** What else a plan depends on: the source, how the stream is configured, and who runs it. */
export function planCircumstances({ source, worker_id, revision }: LiveStream): unknown {
  const video = source.now?.video
  return [video?.width, video?.height, video?.fps, worker_id, revision]
}

/** Sizes that viewers get, as far as the plan or else the stream knows. */
export function viewersSizes({ renditions }: LiveStream, plan: PlanAnswer | null): string[] {
  const planned = plan?.encodes.filter(({ used_by }) => used_by.includes('viewers')).map(({ id }) => id)
  return (planned ?? renditions.map(({ name }) => name)).filter((name) => /^\d+p$/.test(name))
}

/** What people call a user of an encode. */
export function nameInPlan({ destinations }: LiveStream, ownId: string, id: string): string {
  if (id === 'viewers') return 'viewers'
  const other = destinations.find((each) => each.id === id)
  return other && id !== ownId ? destinationName(other) : 'this one'
}
