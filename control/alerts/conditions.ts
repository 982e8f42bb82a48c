import { eq, max, sql } from 'drizzle-orm'
import type { AlertSettings } from '#schema/contracts/alert.ts'
import type { DestinationStatus } from '#schema/contracts/destination.ts'
import type { Issue } from '#schema/contracts/live-stream.ts'
import type { DiskSpace } from '#schema/contracts/worker.ts'
import type { AlertKind, StatusReason, StreamStatus, WorkerState } from '#schema/enums.ts'
import { signingKeys } from '#schema/tables/credentials.ts'
import { destinationStates, destinations } from '#schema/tables/destinations.ts'
import { liveStreamStates, liveStreams, type ReportedInput } from '#schema/tables/live-streams.ts'
import { webhooks } from '#schema/tables/webhooks.ts'
import { workers } from '#schema/tables/workers.ts'
import { leaseSeconds } from '../config.ts'
import type { Runtime } from '../runtime.ts'

/** Something that is wrong now. */
export interface Condition {
  readonly kind: AlertKind
  readonly subjectId: string
  /** Its name. */
  readonly subject: string
  readonly liveStreamId: string | null
  /** A sentence that stays the same while it lasts. */
  readonly detail: string
  readonly fix: string
  /** `hold`: not so bad that an alert would begin, nor so well that one would end. */
  readonly level: 'on' | 'hold'
}

/** What conditions are read from. */
export interface Observed {
  readonly streams: readonly {
    readonly id: string
    readonly name: string
    readonly status: StreamStatus
    readonly reason: StatusReason | null
    readonly detail: string | null
    readonly inputs: readonly ReportedInput[]
    readonly issues: readonly Issue[]
  }[]
  readonly destinations: readonly {
    readonly id: string
    readonly name: string | null
    readonly platform: string
    readonly liveStreamId: string
    readonly streamName: string
    readonly status: DestinationStatus
  }[]
  readonly workers: readonly {
    readonly id: string
    readonly name: string
    readonly state: WorkerState
    readonly lastSeenAt: Date
    readonly disk: DiskSpace | null
  }[]
  readonly controlDisk: DiskSpace | null
  readonly webhooks: readonly { readonly id: string; readonly host: string; readonly reason: 'gone' | 'failing' }[]
  /** When the newest signing key was made; null: there is none. */
  readonly signingKeyAt: Date | null
}

/** Reads what may be wrong, and little else: of streams those that run or wait for room, of destinations those that fail. */
export async function observe({ db, disk }: Runtime): Promise<Observed> {
  const [streams, failing, everyWorker, off, [key]] = await db.batch([
    db
      .select({
        id: liveStreams.id,
        name: liveStreams.name,
        status: liveStreamStates.status,
        reason: liveStreamStates.statusReason,
        detail: liveStreamStates.statusDetail,
        inputs: liveStreamStates.inputs,
        issues: liveStreamStates.issues,
      })
      .from(liveStreamStates)
      .innerJoin(liveStreams, eq(liveStreams.id, liveStreamStates.liveStreamId))
      .where(
        sql`${liveStreams.enabled} AND (${liveStreamStates.sessionId} IS NOT NULL OR status_reason = 'no_capacity')`,
      ),
    db
      .select({
        id: destinations.id,
        name: destinations.name,
        platform: destinations.platform,
        liveStreamId: destinations.liveStreamId,
        streamName: liveStreams.name,
        status: destinationStates.status,
      })
      .from(destinationStates)
      .innerJoin(destinations, eq(destinations.id, destinationStates.destinationId))
      .innerJoin(liveStreams, eq(liveStreams.id, destinations.liveStreamId))
      .where(
        sql`${destinations.enabled} AND ${destinationStates.status} ->> '$.state' IN ('retrying', 'errored', 'starting')`,
      ),
    db
      .select({
        id: workers.id,
        name: workers.name,
        state: workers.state,
        lastSeenAt: workers.lastSeenAt,
        disk: workers.disk,
      })
      .from(workers),
    db
      .select({ id: webhooks.id, url: webhooks.url, reason: webhooks.disabledReason })
      .from(webhooks)
      .where(sql`${webhooks.disabledReason} IS NOT NULL`),
    db.select({ at: max(signingKeys.createdAt) }).from(signingKeys),
  ])
  return {
    streams,
    destinations: failing.flatMap(({ status, ...destination }) => (status ? [{ ...destination, status }] : [])),
    workers: everyWorker,
    controlDisk: await disk(),
    webhooks: off.flatMap(({ id, url, reason }) => (reason ? [{ id, host: new URL(url).host, reason }] : [])),
    signingKeyAt: key?.at ?? null,
  }
}

/** Everything that is wrong now, by rules that are switched on or off alike. */
export function conditionsOf(seen: Observed, { rules }: AlertSettings, now: Date): Condition[] {
  const thresholdOf = (kind: AlertKind) => rules.find((rule) => rule.kind === kind)?.threshold ?? 0
  return [
    ...seen.streams.flatMap(ofStream),
    ...seen.destinations.flatMap(ofDestination),
    ...seen.workers.flatMap((worker) => [
      ...silence(worker, now),
      ...diskLow(worker.id, worker.name, worker.disk, thresholdOf('disk_low')),
    ]),
    ...diskLow('install', 'Control', seen.controlDisk, thresholdOf('disk_low')),
    ...seen.webhooks.map(ofWebhook),
    ...keyAge(seen.signingKeyAt, thresholdOf('signing_key_old'), now),
  ]
}

/** What is said of an alert whose broadcast is over before anything was mended. */
const overWords: Partial<Record<AlertKind, string>> = {
  source_down: 'The source did not come back; the live stream no longer waits for it.',
  destination_failing: 'The destination did not come back before the broadcast was over.',
  encode_slow: 'It was too slow until the broadcast was over.',
}

/** Says of an alert whose condition is gone that it is gone with its broadcast; undefined: it was mended. */
export const overUnmended =
  ({ streams }: Pick<Observed, 'streams'>) =>
  ({ kind, liveStreamId }: { readonly kind: AlertKind; readonly liveStreamId: string | null }): string | undefined =>
    streams.some(({ id }) => id === liveStreamId) ? undefined : overWords[kind]

function ofStream({ id, name, status, reason, detail, inputs, issues }: Observed['streams'][number]): Condition[] {
  const about = { subjectId: id, subject: name, liveStreamId: id }
  const conditions: Condition[] = []
  // Its closing slate plays: nobody misses the source.
  const isClosing = reason === 'completed' || reason === 'played_out'
  if (isClosing) return []
  // Its worker judges by a minute: the speed of one second, which the sample has, goes up and down.
  const slow = issues.find(({ code }) => code === 'encode_too_slow')
  const failed = issues.find(({ code }) => /^encoder_failed/.test(code))
  // The slate that follows on pictures which come too late is the same trouble, and not the source's.
  if (slow) conditions.push({ ...about, kind: 'encode_slow', level: 'on', detail: slow.detail, fix: slow.fix })
  else if (status === 'reconnecting')
    conditions.push({
      ...about,
      kind: 'source_down',
      level: 'on',
      detail: detail ?? 'The source is away, and viewers see the slate.',
      fix:
        failed?.fix ??
        'Look at the source: that the encoder runs, its network, or the address that it is fetched from.',
    })
  else if (inputs.length > 0 && inputs.every(({ state }) => state === 'failed' || state === 'connecting'))
    conditions.push({
      ...about,
      kind: 'source_down',
      // Between two tries it connects: that is neither.
      level: inputs.every(({ state }) => state === 'failed') ? 'on' : 'hold',
      detail: 'The source can’t be fetched, so the live stream is not on air.',
      fix: inputs[0]?.state_detail ?? 'Check the address of the source.',
    })
  if (reason === 'no_capacity')
    conditions.push({
      ...about,
      kind: 'no_capacity',
      level: 'on',
      detail: 'No worker has room for this live stream, so it waits.',
      fix: detail ?? 'Start another worker, or stop another live stream.',
    })
  return conditions
}

/** Between two tries it is `starting`: that is no recovery. */
function ofDestination(seen: Observed['destinations'][number]): Condition[] {
  const { id, name, platform, liveStreamId, streamName, status } = seen
  if (status.state === 'starting' && status.retries === 0) return []
  return [
    {
      kind: 'destination_failing',
      subjectId: id,
      subject: `${name ?? platform} (${streamName})`,
      liveStreamId,
      level: 'on',
      detail: status.last_error?.detail ?? 'The connection was lost; it is tried again by itself.',
      fix: status.last_error?.fix ?? 'Check the destination, and what the platform says.',
    },
  ]
}

function silence({ id, name, state, lastSeenAt }: Observed['workers'][number], now: Date): Condition[] {
  const isSilent = state !== 'offline' && now.getTime() - lastSeenAt.getTime() > leaseSeconds * 1_000
  if (!isSilent) return []
  return [
    {
      kind: 'worker_lost',
      subjectId: id,
      subject: name,
      liveStreamId: null,
      level: 'on',
      detail: `The worker has not been heard of since ${lastSeenAt.toISOString()}.`,
      fix: 'Check that it runs and reaches control. If it is gone for good, remove it.',
    },
  ]
}

/** An alert that lasts ends when there is this much more room than where it begins, percent. */
const diskMargin = 2

function diskLow(id: string, name: string, disk: DiskSpace | null, threshold: number): Condition[] {
  if (!disk || disk.totalBytes <= 0) return []
  const percent = (disk.freeBytes / disk.totalBytes) * 100
  if (percent >= threshold + diskMargin) return []
  return [
    {
      kind: 'disk_low',
      subjectId: id,
      subject: name,
      liveStreamId: null,
      level: percent < threshold ? 'on' : 'hold',
      detail: `Its disk of ${Math.round(disk.totalBytes / 1e9)} GB has less than ${threshold} % of room left.`,
      fix: 'Make room on it: old logs and recordings, or what other programs have there.',
    },
  ]
}

const ofWebhook = ({ id, host, reason }: Observed['webhooks'][number]): Condition => ({
  kind: 'webhook_disabled',
  subjectId: id,
  subject: host,
  liveStreamId: null,
  level: 'on',
  detail:
    reason === 'gone'
      ? 'The webhook answered 410 (gone), so it was switched off.'
      : 'Every attempt to reach the webhook has failed for a day, so it was switched off.',
  fix: 'Mend the receiver, then switch the webhook on again; what failed can be replayed. Or delete it.',
})

function keyAge(madeAt: Date | null, days: number, now: Date): Condition[] {
  if (!madeAt || now.getTime() - madeAt.getTime() < days * 86_400_000) return []
  return [
    {
      kind: 'signing_key_old',
      subjectId: 'install',
      subject: 'Signing key',
      liveStreamId: null,
      level: 'on',
      detail: `The key that signs jobs and sessions is from ${madeAt.toISOString().slice(0, 10)}.`,
      fix: 'Change it over; workers and sessions go on while both keys hold.',
    },
  ]
}
