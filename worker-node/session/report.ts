import type { Job } from '#schema/contracts/job.ts'
import type { ActiveRendition, Issue } from '#schema/contracts/live-stream.ts'
import type { SessionReport } from '#schema/contracts/worker.ts'
import type { EncodePlan } from '#schema/plan/plan.ts'
import type { SessionAiring } from './airing.ts'
import type { SessionHealth } from './health.ts'
import type { SessionInputs } from './inputs.ts'
import type { SessionStatus } from './status.ts'

/** What a session is made of, and how it stands. */
export interface SessionParts {
  readonly sessionId: string
  readonly job: Job
  readonly status: SessionStatus
  readonly inputs: SessionInputs
  readonly airing: SessionAiring
  readonly health: SessionHealth
  readonly ended: boolean
}

/** The session as it stands in a heartbeat. */
export function sessionReport({ job, status, inputs, airing, health, ...session }: SessionParts): SessionReport {
  const { description, type } = inputs
  const use = { type, latencyMode: job.latency_mode, passesThrough: airing.passesThrough }
  const running = airing.runningPlan()
  return {
    live_stream_id: job.live_stream_id,
    session_id: session.sessionId,
    fence: job.fence,
    revision: job.revision,
    status: status.status,
    status_reason: status.reason,
    status_detail: status.detail,
    status_since: status.since,
    playable: airing.package?.playable ?? false,
    source: description,
    inputs: inputs.reports(),
    renditions: airing.tracks.length > 0 ? activeRenditions(airing.planned?.plans[0]) : [],
    ...(running && { plan: running }),
    issues: [...airing.issues, ...inputs.issues(use), ...health.issues(description, use)],
    sample: health.sample,
    slate: airing.slateStatus(),
    destinations: Array.from(airing.destinationStatuses(), ([id, destination]) => ({ id, ...destination })),
    ended: session.ended,
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
