import { eq, sql } from 'drizzle-orm'
import type { HeartbeatRequest, HeartbeatResponse, SessionReport, StreamEventRecord } from '#schema/contracts/worker.ts'
import type { JobRow } from '#schema/tables/jobs.ts'
import { type WorkerRow, workers } from '#schema/tables/workers.ts'
import { reportedDisk } from '../alerts/reported-disk.ts'
import type { Database } from '../db/database.ts'
import { checkOrders } from '../destination-checks/orders.ts'
import { keepReportedLines } from '../logs/keep.ts'
import { keepBroadcasts } from '../reports/keep.ts'
import type { Runtime } from '../runtime.ts'
import { keepSamples } from '../statistics/keep.ts'
import { trimEvents } from '../streams/events.ts'
import { keepDurationStops } from './broadcast-orders.ts'
import { orderMoves } from './drain.ts'
import { finishEnded } from './finish.ts'
import { keyNewsFor } from './key-news.ts'
import { ordersIn, selectOrders } from './orders.ts'
import { type Caller, lookAgain } from './poll.ts'
import { giveBackFormer } from './reap.ts'
import { hasHeld, markReported, observeDestinations, observeStreams, renewLeases, reportsOf } from './renew.ts'
import { signJobs } from './sign.ts'
import { selectWitnesses } from './witnesses.ts'

/**
 * Takes one worker's heartbeat: all of it in one write transaction, however many sessions it has, which also reads what there
 * is to answer. What it says of streams whose lease it does not hold changes nothing.
 */
export async function heartbeat(
  runtime: Runtime,
  { worker, instance }: Caller,
  beat: HeartbeatRequest,
  { version, contract }: Pick<WorkerRow, 'version' | 'contract'>,
): Promise<HeartbeatResponse> {
  const { db } = runtime
  const now = runtime.now()
  const streamIds = beat.sessions.map((session) => session.live_stream_id)
  const ended = beat.sessions.filter((session) => session.ended)
  const isNewStart = instance !== null && instance !== worker.instance
  const mayFitMore = isNewStart || worker.state !== beat.state || ended.length > 0
  const done: readonly unknown[] = await db.batch([
    db
      .update(workers)
      .set({
        ...{ state: beat.state, capacity: beat.capacity, room: beat.room ?? null, version, contract },
        ...(beat.labels && { ownLabels: beat.labels }),
        ...(isNewStart && { instance, retiredInstances: retired(worker) }),
        originUrl: beat.origin_url,
        rtmpUrl: beat.rtmp_url,
        srtUrl: beat.srt_url,
        disk: reportedDisk(beat) ?? worker.disk,
        lastSeenAt: now,
      })
      .where(eq(workers.id, worker.id)),
    ...(isNewStart ? giveBackFormer(db, { workerId: worker.id, instance }, streamIds, now) : []),
    ...(beat.sessions.length > 0 ? keepReports(db, worker.id, beat.sessions, now) : []),
    ...(beat.events.length > 0 ? keepEvents(db, worker.id, beat.events) : []),
    ...keepBroadcasts(db, worker.id, beat),
    ...keepReportedLines(db, worker.id, beat, now),
    ...keepSamples(db, worker.id, beat, now),
    ...(ended.length > 0 ? finishEnded(db, reportsOf(worker.id, ended), now) : []),
    ...(mayFitMore ? [lookAgain(db)] : []),
    selectWitnesses(db, worker.id, now),
    ...selectAnswer(db, worker.id, streamIds, now),
  ])
  const [witnesses, ...read] = done.slice(-3) as [Rows<typeof selectWitnesses>, ...Answer]
  const hasMoved = await orderMoves(runtime, { ...worker, state: beat.state })
  const [ordered, standing] = hasMoved ? await Promise.all(selectAnswer(db, worker.id, streamIds, now)) : read
  const orders = ordersIn(ordered).get(worker.id)
  const { changed, stops, lost } = answerReports(worker.id, beat.sessions, standing)
  const sessionOf = new Map(beat.sessions.map(({ live_stream_id, session_id }) => [live_stream_id, session_id]))
  const idsOf = (stream: string) => ({ worker: worker.id, stream, session: sessionOf.get(stream) })
  for (const { live_stream_id, reason } of stops)
    runtime.log.info({ ...idsOf(live_stream_id), reason }, 'told the worker to stop')
  for (const stream of lost) runtime.log.warn(idsOf(stream), 'the worker reported a lease that it lost')
  if (beat.logs_dropped)
    runtime.log.warn({ worker: worker.id, lines: beat.logs_dropped }, 'the worker had more to log than it could send')
  const [signed, checks, log, keys] = await Promise.all([
    signJobs(runtime, worker, changed),
    orders?.hasChecks ? checkOrders(runtime, worker) : [],
    runtime.logs.levels.orderFor(worker.id),
    keyNewsFor(runtime, worker.id, beat.known_keys),
  ])
  return {
    ...{
      now: runtime.now().toISOString(),
      jobs: signed,
      stops,
      lost,
      checks,
      draining: worker.drain !== null,
      witnesses: [...new Set(witnesses.map(([originUrl]) => originUrl))],
    },
    ...(orders !== undefined && { orders: orders.text }),
    ...(log && { log }),
    ...(keys !== undefined && { keys }),
  }
}

/** Statements: renews what the sessions name, and keeps what they say of their streams and destinations. */
function keepReports(db: Database, workerId: string, sessions: readonly SessionReport[], now: Date) {
  const reports = reportsOf(workerId, sessions)
  const tellsOfDestinations = sessions.some(({ destinations }) => destinations.length > 0)
  return [
    renewLeases(db, reports, now),
    observeStreams(db, reports),
    ...(tellsOfDestinations ? [observeDestinations(db, reports), keepDurationStops(db, reports)] : []),
    markReported(db, reports, now),
  ]
}

/**
 * Statements. That all is over for a session that lost its stream is left out once another worker has it: control has told of the
 * loss, and whoever hears it now would take the stream for idle.
 */
const keepEvents = (db: Database, workerId: string, events: readonly StreamEventRecord[]) => [
  db.run(sql`INSERT OR IGNORE INTO events (id, live_stream_id, type, detail, at, destination_id, input_id, request_id,
      session_id)
    SELECT e.value ->> '$.id', jobs.live_stream_id, e.value ->> '$.type', e.value ->> '$.detail', e.value ->> '$.at',
      e.value ->> '$.destination_id', e.value ->> '$.input_id', e.value ->> '$.request_id',
      e.value ->> '$.session_id'
    FROM json_each(${JSON.stringify(events)}) AS e, jobs
    WHERE jobs.live_stream_id = e.value ->> '$.live_stream_id' AND ${hasHeld(workerId)}
      AND (+jobs.worker_id = ${workerId} OR e.value ->> '$.type' NOT IN ('stream.idle', 'destination.idle'))`),
  trimEvents(db, [...new Set(events.map((event) => event.live_stream_id))]),
]

/** Statements: the worker's orders, and how the jobs that it reports on stand. */
const selectAnswer = (db: Database, workerId: string, streamIds: readonly string[], now: Date) =>
  [selectOrders(db, [workerId], now), selectStanding(db, streamIds)] as const

const selectStanding = (db: Database, streamIds: readonly string[]) =>
  db.all<
    readonly [
      liveStreamId: string,
      state: JobRow['state'],
      workerId: string | null,
      fence: number,
      stopReason: JobRow['stopReason'],
      revision: number,
    ]
  >(sql`SELECT jobs.live_stream_id, jobs.state, jobs.worker_id, jobs.fence, jobs.stop_reason, live_streams.revision
    FROM json_each(${JSON.stringify(streamIds)}) AS named
    JOIN jobs ON jobs.live_stream_id = named.value JOIN live_streams ON live_streams.id = jobs.live_stream_id`)

type Rows<Select extends (...args: never[]) => PromiseLike<unknown>> = Awaited<ReturnType<Select>>
type Answer = [ordered: Rows<typeof selectOrders>, standing: Rows<typeof selectStanding>]

/** Starts of a worker's process that are over, remembered at most. */
const retiredMax = 8

const retired = ({ instance, retiredInstances }: WorkerRow): string[] =>
  [...retiredInstances, ...(instance === null ? [] : [instance])].slice(-retiredMax)

/** What to tell a worker about the sessions that it reported, given how their jobs stand after the report. */
function answerReports(
  workerId: string,
  sessions: readonly SessionReport[],
  standing: Rows<typeof selectStanding>,
): {
  changed: Pick<JobRow, 'liveStreamId' | 'fence'>[]
  stops: HeartbeatResponse['stops']
  lost: string[]
} {
  const found = new Map(standing.map((row) => [row[0], row]))
  const changed: Pick<JobRow, 'liveStreamId' | 'fence'>[] = []
  const stops: HeartbeatResponse['stops'] = []
  const lost: string[] = []
  for (const { live_stream_id, fence, revision, ended } of sessions) {
    if (ended) continue
    const [, state, holderId, currentFence, stopReason, currentRevision = 0] = found.get(live_stream_id) ?? []
    if (state === undefined || state === 'off') stops.push({ live_stream_id, fence, reason: 'disabled_by_operator' })
    else if (state !== 'leased' || holderId !== workerId || currentFence !== fence) lost.push(live_stream_id)
    else if (stopReason) stops.push({ live_stream_id, fence, reason: stopReason })
    else if (currentRevision > revision) changed.push({ liveStreamId: live_stream_id, fence })
  }
  return { changed, stops, lost }
}
