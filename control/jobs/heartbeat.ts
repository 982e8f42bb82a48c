import { eq, sql } from 'drizzle-orm'
import type { HeartbeatRequest, HeartbeatResponse, SessionReport } from '#schema/contracts/worker.ts'
import { type JobRow, jobs } from '#schema/tables/jobs.ts'
import { liveStreams } from '#schema/tables/live-streams.ts'
import { type WorkerRow, workers } from '#schema/tables/workers.ts'
import { checkOrders } from '../destination-checks/orders.ts'
import { keepBroadcasts } from '../reports/keep.ts'
import type { Runtime } from '../runtime.ts'
import { keepSamples } from '../statistics/keep.ts'
import { trimEvents } from '../streams/events.ts'
import { keepDurationStops } from './broadcast-orders.ts'
import { finishEnded } from './finish.ts'
import { markReported, observeDestinations, observeStreams, renewLeases, reportsOf } from './renew.ts'
import { signJobs } from './sign.ts'

/**
 * Takes one worker's heartbeat: all of it in one write transaction, however many sessions it has. What it says of
 * streams whose lease it does not hold changes nothing.
 */
export async function heartbeat(
  runtime: Runtime,
  worker: WorkerRow,
  beat: HeartbeatRequest,
): Promise<HeartbeatResponse> {
  const { db } = runtime
  const now = runtime.now()
  const reports = reportsOf(worker.id, beat.sessions)
  const streamIds = beat.sessions.map((session) => session.live_stream_id)
  await db.batch([
    db
      .update(workers)
      .set({
        state: beat.state,
        capacity: beat.capacity,
        originUrl: beat.origin_url,
        rtmpUrl: beat.rtmp_url,
        srtUrl: beat.srt_url,
        lastSeenAt: now,
      })
      .where(eq(workers.id, worker.id)),
    renewLeases(db, reports, now),
    observeStreams(db, reports),
    observeDestinations(db, reports),
    keepDurationStops(db, reports),
    markReported(db, reports, now),
    // The last holder may still deliver what happened before it lost or gave back the lease.
    db.run(sql`INSERT OR IGNORE INTO events (id, live_stream_id, type, detail, at, destination_id, input_id)
      SELECT e.value ->> '$.id', jobs.live_stream_id, e.value ->> '$.type', e.value ->> '$.detail', e.value ->> '$.at',
        e.value ->> '$.destination_id', e.value ->> '$.input_id'
      FROM json_each(${JSON.stringify(beat.events)}) AS e, jobs
      WHERE jobs.live_stream_id = e.value ->> '$.live_stream_id' AND +jobs.worker_id = ${worker.id}`),
    trimEvents(db, [...new Set(beat.events.map((event) => event.live_stream_id))]),
    ...keepBroadcasts(db, worker.id, beat),
    ...keepSamples(db, worker.id, beat, now),
    ...finishEnded(db, reports, now),
  ])
  const rows = await db
    .select({ job: jobs, revision: liveStreams.revision })
    .from(jobs)
    .innerJoin(liveStreams, eq(liveStreams.id, jobs.liveStreamId))
    .where(sql`${jobs.liveStreamId} IN (SELECT value FROM json_each(${JSON.stringify(streamIds)}))`)
  const { changed, stops, lost } = answerReports(worker.id, beat.sessions, rows)
  for (const { live_stream_id, reason } of stops)
    runtime.log.info({ worker: worker.id, stream: live_stream_id, reason }, 'told the worker to stop')
  for (const stream of lost) runtime.log.warn({ worker: worker.id, stream }, 'the worker reported a lease that it lost')
  const [signed, checks] = await Promise.all([signJobs(runtime, worker, changed), checkOrders(runtime, worker)])
  return { now: runtime.now().toISOString(), jobs: signed, stops, lost, checks }
}

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
