import type { DestinationStatus } from '#schema/contracts/destination.ts'
import type { Job } from '#schema/contracts/job.ts'
import type { ActiveRendition, Issue, SessionSample } from '#schema/contracts/live-stream.ts'
import type { RunningPlan } from '#schema/contracts/planned-encode.ts'
import type { SlateStatus } from '#schema/contracts/slate.ts'
import type { SourceDescription } from '#schema/contracts/source.ts'
import type { SessionReport } from '#schema/contracts/worker.ts'
import type { EncodePlan } from '#schema/plan/plan.ts'
import type { Track } from '../media/sample.ts'
import type { SessionStatus } from './status.ts'
/** Everything a session knows of itself. */
export interface SessionFacts {
  readonly sessionId: string
  readonly job: Job
  readonly status: SessionStatus
  readonly playable: boolean
  readonly source: SourceDescription | null
  readonly inputs: SessionReport['inputs']
  readonly plan: EncodePlan | undefined
  readonly tracks: readonly Track[]
  readonly running: RunningPlan | undefined
  readonly issues: Issue[]
  readonly sample: SessionSample | null
  readonly slate: SlateStatus
  readonly destinations: ReadonlyMap<string, DestinationStatus>
  readonly ended: boolean
}

/** The session as it stands in a heartbeat. */
export function sessionReport(facts: SessionFacts): SessionReport {
  return {
    live_stream_id: facts.job.live_stream_id,
    session_id: facts.sessionId,
    fence: facts.job.fence,
    revision: facts.job.revision,
    status: facts.status.status,
    status_reason: facts.status.reason,
    status_detail: facts.status.detail,
    status_since: facts.status.since,
    playable: facts.playable,
    source: facts.source,
    inputs: facts.inputs,
    renditions: facts.tracks.length > 0 ? activeRenditions(facts.plan) : [],
    ...(facts.running && { plan: facts.running }),
    issues: facts.issues,
    sample: facts.sample,
    slate: facts.slate,
    destinations: Array.from(facts.destinations, ([id, status]) => ({ id, ...status })),
    ended: facts.ended,
  }
}

/** An upload that can't be shown; the card is shown in its place. */
export const uploadIssue = (problem: string): Issue => ({
  code: 'slate_upload_failed',
  severity: 'warning',
  detail: `An uploaded slate can't be shown, so the card is shown instead. ${problem}`,
  fix: 'Upload another file and choose it as the slate; where the worker could not fetch it, it is tried again by itself.',
})

/** There is no slate, so a lost source shows as a stall. */
export const slateIssue = (error: unknown): Issue => ({
  code: 'slate_failed',
  severity: 'warning',
  detail:
    `The card for while the source is away could not be made. ${error instanceof Error ? error.message : ''}`.trim(),
  fix: 'Look into the log of the worker; the card is tried again with the next connection.',
})

function activeRenditions(plan: EncodePlan | undefined): ActiveRendition[] {
  return (plan?.renditions ?? []).map(({ id, width, height, videoBitrateKbps }) => ({
    name: id,
    width,
    height,
    fps: plan ? plan.fps.num / plan.fps.den : 0,
    video_bitrate_kbps: videoBitrateKbps,
    ...(!plan?.passthrough?.copiesVideo && { encoder: plan?.encoder ?? 'software' }),
  }))
}
