import { frameTicks } from '#schema/plan/frame-rate.ts'
import type { Rendition } from '#schema/plan/ladder.ts'
import type { EncodePlan } from '#schema/plan/plan.ts'
import { aacFrameSamples, videoTimescale } from '../media/sample.ts'
import type { PlannedTrack } from './track-reader.ts'

/** What the plan says of each of its tracks before FFmpeg has written a byte: the audio first, then the renditions. */
export function plannedTracks(plan: EncodePlan): [audio: PlannedTrack, ...renditions: PlannedTrack[]] {
  return [plannedAudio(plan), ...plan.renditions.map((rendition) => plannedVideo(plan, rendition))]
}

/** One stream that a transcode makes, on a pipe of its own. */
export type MediaOutput = {
  readonly plan: EncodePlan
  /** It goes out as it came. */
  readonly copies: boolean
  /** Whom it is for: equal sound is made once for all plans that want it. */
  readonly tracks: readonly [PlannedTrack, ...PlannedTrack[]]
} & ({ readonly kind: 'audio' } | { readonly kind: 'video'; readonly rendition: Rendition })

/** All streams of these plans. */
export function mediaOutputs(plans: readonly EncodePlan[]): MediaOutput[] {
  const sound = Map.groupBy(plans, soundKey).values()
  return [
    ...Array.from(sound, (users): MediaOutput => {
      const [plan, ...others] = users as [EncodePlan, ...EncodePlan[]]
      const tracks = [plannedAudio(plan), ...others.map(plannedAudio)] as const
      return { kind: 'audio', plan, copies: plan.passthrough?.copiesAudio === true, tracks }
    }),
    ...plans.flatMap((plan) =>
      plan.renditions.map((rendition): MediaOutput => {
        const copies = plan.passthrough?.copiesVideo === true
        return { kind: 'video', plan, rendition, copies, tracks: [plannedVideo(plan, rendition)] }
      }),
    ),
  ]
}

function soundKey({ passthrough, audioBitrateKbps }: EncodePlan): string {
  if (passthrough?.copiesAudio) return 'copy'
  return [audioBitrateKbps, passthrough?.sampleRate, passthrough?.channels].join(' ')
}

const plannedAudio = (plan: EncodePlan): PlannedTrack => ({
  id: trackId(plan, 'audio'),
  bitrate: plan.audioBitrateKbps * 1_000,
  frameDuration: aacFrameSamples,
})

const plannedVideo = (plan: EncodePlan, { id, videoBitrateKbps }: Rendition): PlannedTrack => ({
  id: trackId(plan, id),
  bitrate: videoBitrateKbps * 1_000,
  frameDuration: frameTicks(plan.fps, videoTimescale),
  // Where a hardware encoder fails, software takes its place, whose configuration is another.
  ...((plan.passthrough || plan.encoder) && { changing: true }),
})

type FeedName = Pick<EncodePlan, 'feedId' | 'edition'>

/** What names the feed that a plan makes; undefined: the one that viewers get first. */
export function feedKey({ feedId, edition }: FeedName): string | undefined {
  return feedId ?? (edition === undefined ? undefined : `viewers-${edition}`)
}

/** Id of a track: named as in its address, in all feeds but the first after the feed. */
export function trackId(feed: FeedName, name: string): string {
  const key = feedKey(feed)
  return key === undefined ? name : `${key}/${name}`
}

/** The track's name in its address. */
export const trackName = (id: string): string => id.slice(id.lastIndexOf('/') + 1)
