import { eq, sql } from 'drizzle-orm'
import type { HeartbeatRequest, HeartbeatResponse, SessionReport } from '#schema/contracts/worker.ts'
import { type JobRow, jobs } from '#schema/tables/jobs.ts'
import { liveStreams } from '#schema/tables/live-streams.ts'
import { type WorkerRow, workers } from '#schema/tables/workers.ts'
import { reportedDisk } from '../alerts/reported-disk.ts'
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
import { ordersOf } from './orders.ts'
import { type Caller, lookAgain } from './poll.ts'
import { giveBackFormer } from './reap.ts'
import { markReported, observeDestinations, observeStreams, renewLeases, reportsOf } from './renew.ts'
import { signJobs } from './sign.ts'
import { witnessesFor } from './witnesses.ts'

/**
 * Takes one worker's heartbeat: all of it in one write transaction, however many sessions it has. What it says of
 * streams whose lease it does not hold changes nothing.
 */
export async function heartbeat(
  runtime: Runtime,
  { worker, instance }: Caller,
  beat: HeartbeatRequest,
  { version, contract }: Pick<WorkerRow, 'version' | 'contract'>,
): Promise<HeartbeatResponse> {
  const { db } = runtime
  const now = runtime.now()
  const reports = reportsOf(worker.id, beat.sessions)
  const streamIds = beat.sessions.map((session) => session.live_stream_id)
  const isNewStart = instance !== null && instance !== worker.instance
  const mayFitMore = isNewStart || worker.state !== beat.state || beat.sessions.some(({ ended }) => ended)
  await db.batch([
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
    renewLeases(db, reports, now),
    observeStreams(db, reports),
    observeDestinations(db, reports),
    keepDurationStops(db, reports),
    markReported(db, reports, now),
    // Who held the stream may still deliver what happened before it lost or gave back the lease, and another one took it.
    db.run(sql`INSERT OR IGNORE INTO events (id, live_stream_id, type, detail, at, destination_id, input_id, request_id)
      SELECT e.value ->> '$.id', jobs.live_stream_id, e.value ->> '$.type', e.value ->> '$.detail', e.value ->> '$.at',
        e.value ->> '$.destination_id', e.value ->> '$.input_id', e.value ->> '$.request_id'
      FROM json_each(${JSON.stringify(beat.events)}) AS e, jobs
      WHERE jobs.live_stream_id = e.value ->> '$.live_stream_id' AND (+jobs.worker_id = ${worker.id}
        OR EXISTS (SELECT 1 FROM json_each(jobs.former_workers) AS former WHERE former.value = ${worker.id}))`),
    trimEvents(db, [...new Set(beat.events.map((event) => event.live_stream_id))]),
    ...keepBroadcasts(db, worker.id, beat),
    ...keepReportedLines(db, worker.id, beat, now),
    ...keepSamples(db, worker.id, beat, now),
    ...finishEnded(db, reports, now),
    ...(mayFitMore ? [lookAgain(db)] : []),
  ])
  const asBeaten = { ...worker, state: beat.state }
  await orderMoves(runtime, asBeaten)
  // What changes between the two comes with the next heartbeat.
  const [ordered, rows] = await Promise.all([
    ordersOf(db, [worker.id], now),
    db
      .select({ job: jobs, revision: liveStreams.revision })
      .from(jobs)
      .innerJoin(liveStreams, eq(liveStreams.id, jobs.liveStreamId))
      .where(sql`${jobs.liveStreamId} IN (SELECT value FROM json_each(${JSON.stringify(streamIds)}))`),
  ])
  const orders = ordered.get(worker.id)
  const { changed, stops, lost } = answerReports(worker.id, beat.sessions, rows)
  for (const { live_stream_id, reason } of stops)
    runtime.log.info({ worker: worker.id, stream: live_stream_id, reason }, 'told the worker to stop')
  for (const stream of lost) runtime.log.warn({ worker: worker.id, stream }, 'the worker reported a lease that it lost')
  if (beat.logs_dropped)
    runtime.log.warn({ worker: worker.id, lines: beat.logs_dropped }, 'the worker had more to log than it could send')
  const [witnesses, signed, checks, log, keys] = await Promise.all([
    witnessesFor(db, worker.id, now),
    signJobs(runtime, worker, changed),
    checkOrders(runtime, worker),
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
      witnesses,
    },
    ...(orders !== undefined && { orders }),
    ...(log && { log }),
    ...(keys !== undefined && { keys }),
  }
}

/** Starts of a worker's process that are over, remembered at most. */
const retiredMax = 8

const retired = ({ instance, retiredInstances }: WorkerRow): string[] =>
  [...retiredInstances, ...(instance === null ? [] : [instance])].slice(-retiredMax)

/** What to tell a worker about the sessions that it reported, given how their jobs stand after the report. */
function answerReports(
  workerId: string,
  sessions: readonly SessionReport[],
  rows: readonly { readonly job: JobRow; readonly revision: number }[],
): { changed: JobRow[]; stops: HeartbeatResponse['stops']; lost: string[] } {
  const found = new Map(rows.map((row) => [row.job.liveStreamId, row]))
  const changed: JobRow[] = []
  const stops: HeartbeatResponse['stops'] = []
  const lost: string[] = []
  for (const { live_stream_id, fence, revision, ended } of sessions) {
    if (ended) continue
    const row = found.get(live_stream_id)
    if (!row || row.job.state === 'off') stops.push({ live_stream_id, fence, reason: 'disabled_by_operator' })
    else if (row.job.state !== 'leased' || row.job.workerId !== workerId || row.job.fence !== fence)
      lost.push(live_stream_id)
    else if (row.job.stopReason) stops.push({ live_stream_id, fence, reason: row.job.stopReason })
    else if (row.revision > revision) changed.push(row.job)
  }
  return { changed, stops, lost }
}
