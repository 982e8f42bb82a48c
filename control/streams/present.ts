import {
  type Destination,
  type DestinationHold,
  type DestinationStatus,
  idleDestination,
} from '#schema/contracts/destination.ts'
import type { Issue, LiveStream, StreamPlan, ViewerCount } from '#schema/contracts/live-stream.ts'
import { durationHold, handHold } from '#schema/destination-hold.ts'
import type { HealthState } from '#schema/enums.ts'
import type { DestinationRow } from '#schema/tables/destinations.ts'
import type { InputRow } from '#schema/tables/inputs.ts'
import type { JobRow } from '#schema/tables/jobs.ts'
import type { LiveStreamRow, LiveStreamStateRow } from '#schema/tables/live-streams.ts'
import { type IngestAddresses, presentIngest } from './ingest.ts'
import { availableUnits, planStream } from './plan-stream.ts'
import { plannedDestination } from './planned-destination.ts'
import { presentInput } from './present-input.ts'
import { previousKeyOf } from './stream-secrets.ts'
import { type LoadedWorker, roomsFor } from './worker-room.ts'

/** All that the database knows of one live stream. */
export interface LiveStreamRecord {
  readonly stream: LiveStreamRow
  readonly state: LiveStreamStateRow
  readonly job: JobRow
  /** First choice first. */
  readonly inputs: readonly InputRow[]
  readonly playbackIds: LiveStream['playback_ids']
  readonly destinations: readonly { readonly row: DestinationRow; readonly status: DestinationStatus | null }[]
  readonly viewers: ViewerCount
}

/** A live stream as the API answers it, without its secrets. `worker`: the one that runs it, or would. */
export function presentLiveStream(
  record: LiveStreamRecord,
  addresses: IngestAddresses,
  worker: LoadedWorker | undefined,
  now: Date,
): LiveStream {
  const { stream, state, job } = record
  const previousKey = previousKeyOf(stream, now)
  const leased = job.state === 'leased'
  const surroundings = {
    pinnedInputId: stream.pinnedInputId,
    isLeased: leased,
    statusSince: state.statusSince,
    reported: state.inputs,
  }
  const inputs = record.inputs.map((row) => presentInput(row, surroundings))
  const shown = inputs.find((input) => input.state === 'on_air') ?? inputs[0]
  return {
    id: stream.id,
    name: stream.name,
    enabled: stream.enabled,
    status: state.status,
    status_reason: state.statusReason,
    status_detail: state.statusDetail,
    status_since: state.statusSince,
    health: { state: healthOf(state), issues: state.issues },
    source: { type: shown?.type ?? 'push', now: state.source },
    inputs,
    latency_mode: stream.latencyMode,
    reconnect_window: stream.reconnectWindow,
    always_on: stream.alwaysOn,
    ladder: stream.ladder,
    encoder_preset: stream.encoderPreset,
    encoder: stream.encoder,
    no_software_fallback: stream.noSoftwareFallback,
    upscale: stream.upscale,
    upscale_height: stream.upscaleHeight,
    packaging: stream.packaging,
    placement: stream.placement,
    audio: stream.audio,
    slate: stream.slate,
    slate_status: state.slateStatus,
    renditions: state.renditions,
    plan: presentPlan(record, worker),
    sample: state.sample,
    viewers: record.viewers,
    session_id: leased ? state.sessionId : null,
    worker_id: leased ? job.workerId : null,
    revision: stream.revision,
    ingest: presentIngest(stream.id, addresses),
    playback_ids: [...record.playbackIds],
    destinations: record.destinations.map(({ row, status }) => presentDestination(row, status)),
    ...(previousKey && { previous_stream_key_until: previousKey.until.toISOString() }),
    created_at: stream.createdAt.toISOString(),
    updated_at: stream.updatedAt.toISOString(),
  }
}

/** What runs, as its worker reported it last; else what would be made. */
function presentPlan(
  { stream, state, job, destinations }: LiveStreamRecord,
  worker: LoadedWorker | undefined,
): StreamPlan {
  const rooms = roomsFor(worker, stream.id)
  if (job.state === 'leased' && state.plan) {
    const { encoder, encodes, encode_units } = state.plan
    return {
      ...{ is_running: true, encoder, encodes },
      destinations: destinations.map(({ row: { id, platform }, status }) =>
        plannedDestination(
          {
            ...{ id, platform, encode: encodes.find(({ used_by }) => used_by.includes(id)) },
            adjustments: status?.adjustments ?? [],
            refusal: status?.held?.reason === 'not_taken' ? status.held.detail : null,
          },
          state.source,
        ),
      ),
      encode_units: { needed: encode_units, available: availableUnits(rooms, encoder) },
      issues: [],
    }
  }
  const settings = {
    ...{ latency_mode: stream.latencyMode, ladder: stream.ladder, encoder_preset: stream.encoderPreset },
    ...{ encoder: stream.encoder, no_software_fallback: stream.noSoftwareFallback },
    ...{ upscale: stream.upscale, upscale_height: stream.upscaleHeight },
  }
  return planStream(
    settings,
    state.lastSource,
    destinations.map(({ row }) => row),
    rooms,
  )
}

/** A destination as the API answers it: its stream key never is in it. */
export const presentDestination = (row: DestinationRow, status: DestinationStatus | null): Destination => ({
  id: row.id,
  platform: row.platform,
  name: row.name,
  url: row.url,
  profile: row.profile,
  enabled: row.enabled,
  start: row.start,
  ordered: row.ordered,
  stop_at: row.stopAt?.toISOString() ?? null,
  max_duration_s: row.maxDurationS,
  roll_over: row.rollOver,
  ca_pem: row.caPem,
  ...idleDestination,
  ...status,
  held: presentHold(row, status?.held ?? null),
  created_at: row.createdAt.toISOString(),
  updated_at: row.updatedAt.toISOString(),
})

/** Orders hold from when they are given; what comes by its time, the worker finds out, and a later order goes before it. */
function presentHold(row: DestinationRow, reported: DestinationHold | null): DestinationHold | null {
  const since = Date.parse(reported?.since ?? '')
  const isByTime = reported?.reason === 'stop_time_reached' && row.stopAt?.getTime() === since
  if (row.enabled && (isByTime || reported?.reason === 'not_taken')) return reported
  if (row.enabled && row.overAt) return durationHold(row.overAt.getTime())
  return handHold({ ...row, ordered_at: row.orderedAt?.toISOString() ?? null })
}

/** The worst issue decides; without issues a stream on air is well, and of any other nothing is known. */
function healthOf({ status, issues }: { status: string; issues: readonly Issue[] }): HealthState {
  if (issues.some((issue) => issue.severity === 'error')) return 'failing'
  if (issues.some((issue) => issue.severity === 'warning')) return 'degraded'
  return status === 'active' || status === 'reconnecting' ? 'ok' : 'unknown'
}
