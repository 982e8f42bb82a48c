import { count, countDistinct, eq, sql } from 'drizzle-orm'
import { streamStatuses, workerStates } from '#schema/enums.ts'
import type { MetricFamily, MetricSample } from '#schema/prometheus.ts'
import { destinationStates, destinations } from '#schema/tables/destinations.ts'
import { jobs } from '#schema/tables/jobs.ts'
import { liveStreamStates } from '#schema/tables/live-streams.ts'
import { workerStateNow } from '../jobs/place.ts'
import type { Runtime } from '../runtime.ts'
import { loadWorkers } from '../streams/load.ts'
import { countViewers } from './viewers.ts'

/** Live streams that run, destinations of those, and workers of which each has series of its own; the rest is only counted. */
const streamsMax = 500
const destinationsMax = 2_000
const workersMax = 200

/** What control knows of now, for Prometheus. Labels are ids, states and platforms: no name, address or key. */
export async function exportMetrics(runtime: Runtime): Promise<MetricFamily[]> {
  const { db, now } = runtime
  const [[statuses, running, sent, [counted]], workers] = await Promise.all([
    db.batch([
      db
        .select({ status: liveStreamStates.status, count: sql<number>`count(*)` })
        .from(liveStreamStates)
        .groupBy(liveStreamStates.status),
      db
        .select({ state: liveStreamStates })
        .from(jobs)
        .innerJoin(liveStreamStates, eq(liveStreamStates.liveStreamId, jobs.liveStreamId))
        .where(eq(jobs.state, 'leased'))
        .orderBy(jobs.liveStreamId)
        .limit(streamsMax),
      db
        .select({
          id: destinations.id,
          liveStreamId: destinations.liveStreamId,
          platform: destinations.platform,
          status: destinationStates.status,
        })
        .from(jobs)
        .innerJoin(destinations, eq(destinations.liveStreamId, jobs.liveStreamId))
        .innerJoin(destinationStates, eq(destinationStates.destinationId, destinations.id))
        .where(eq(jobs.state, 'leased'))
        .orderBy(destinations.id)
        .limit(destinationsMax),
      db
        .select({
          streams: countDistinct(liveStreamStates.liveStreamId),
          destinations: count(destinationStates.destinationId),
        })
        .from(jobs)
        .innerJoin(liveStreamStates, eq(liveStreamStates.liveStreamId, jobs.liveStreamId))
        .leftJoin(destinations, eq(destinations.liveStreamId, jobs.liveStreamId))
        .leftJoin(destinationStates, eq(destinationStates.destinationId, destinations.id))
        .where(eq(jobs.state, 'leased')),
    ]),
    loadWorkers(db),
  ])
  const ids = running.map(({ state }) => state.liveStreamId)
  const viewers = await countViewers(db, ids, now())
  const ofStreams = (value: (state: (typeof running)[number]['state']) => number | null): MetricSample[] =>
    running.map(({ state }) => ({ labels: { live_stream_id: state.liveStreamId }, value: value(state) }))
  const ofDestinations = (value: (status: (typeof sent)[number]['status']) => number | null): MetricSample[] =>
    sent.map(({ id, liveStreamId, platform, status }) => ({
      labels: { live_stream_id: liveStreamId, destination_id: id, platform },
      value: value(status),
    }))
  const shown = workers.slice(0, workersMax)
  const ofWorkers = (value: (worker: (typeof workers)[number]) => number | null): MetricSample[] =>
    shown.map((worker) => ({ labels: { worker_id: worker.id }, value: value(worker) }))
  const gauge = (name: string, help: string, samples: readonly MetricSample[]): MetricFamily => ({
    ...{ name: `weir_${name}`, type: 'gauge', help, samples },
  })
  const counter = (name: string, help: string, samples: readonly MetricSample[]): MetricFamily => ({
    ...{ name: `weir_${name}`, type: 'counter', help, samples },
  })
  const countOf = (status: string) => Number(statuses.find((each) => each.status === status)?.count ?? 0)
  return [
    gauge(
      'live_streams',
      'Live streams by status.',
      streamStatuses.map((status) => ({ labels: { status }, value: countOf(status) })),
    ),
    gauge(
      'workers',
      'Workers by state.',
      workerStates.map((state) => ({
        labels: { state },
        value: workers.filter((worker) => workerStateNow(worker, now()) === state).length,
      })),
    ),
    gauge(
      'live_stream_on_air',
      '1: a live picture goes out, 0: the slate or nothing.',
      ofStreams(({ status }) => one(status === 'active')),
    ),
    gauge(
      'live_stream_source_bytes_per_second',
      'What the input on air sends.',
      ofStreams(({ sample }) => kilo(sample?.source_bitrate_kbps)),
    ),
    gauge(
      'live_stream_output_bytes_per_second',
      'All renditions and the sound.',
      ofStreams(({ sample }) => kilo(sample?.output_bitrate_kbps)),
    ),
    gauge(
      'live_stream_frames_per_second',
      'Pictures of what is on air.',
      ofStreams(({ sample }) => sample?.fps ?? null),
    ),
    gauge(
      'live_stream_speed_ratio',
      'Media seconds encoded in a second.',
      ofStreams(({ sample }) => sample?.speed ?? null),
    ),
    gauge(
      'live_stream_lateness_seconds',
      'How far the output stands behind the clock.',
      ofStreams(({ sample }) => milli(sample?.lateness_ms)),
    ),
    gauge(
      'live_stream_issues',
      'Things that are wrong with it.',
      ofStreams(({ issues }) => issues.length),
    ),
    gauge(
      'live_stream_viewers',
      'Pages that play it in our player.',
      ofStreams(({ liveStreamId }) => viewers.get(liveStreamId)?.now ?? 0),
    ),
    gauge(
      'destination_broadcasting',
      '1: it is broadcasting.',
      ofDestinations((status) => one(status?.state === 'broadcasting')),
    ),
    gauge(
      'destination_failing',
      '1: it tries again, or was refused.',
      ofDestinations((status) => one(status?.state === 'retrying' || status?.state === 'errored')),
    ),
    gauge(
      'destination_bytes_per_second',
      'What it is sent.',
      ofDestinations((status) => kilo(status?.bitrate_kbps)),
    ),
    gauge(
      'destination_queue_seconds',
      'Media that waits to be sent and confirmed.',
      ofDestinations((status) => milli(status?.queue_ms)),
    ),
    gauge(
      'destination_round_trip_seconds',
      'There and back.',
      ofDestinations((status) => milli(status?.round_trip_ms)),
    ),
    counter(
      'destination_sent_bytes_total',
      'Sent in this run of the stream.',
      ofDestinations((status) => status?.bytes_sent ?? null),
    ),
    counter(
      'destination_dropped_seconds_total',
      'Media left out because it was too slow.',
      ofDestinations((status) => milli(status?.dropped_ms)),
    ),
    gauge(
      'worker_online',
      '1: control hears from it, and it is not going.',
      ofWorkers((worker) => one(workerStateNow(worker, now()) === 'online')),
    ),
    gauge(
      'worker_live_streams',
      'Live streams that it runs.',
      ofWorkers(({ leases }) => leases),
    ),
    gauge(
      'worker_encode_units',
      '1080p30 encodes that its CPU does in real time.',
      ofWorkers(({ capacity }) => capacity.encode_units),
    ),
    gauge(
      'worker_last_seen_timestamp_seconds',
      'When control heard from it last.',
      ofWorkers(({ lastSeenAt }) => lastSeenAt.getTime() / 1_000),
    ),
    gauge('left_out', 'What has no series of its own, since there is too much of it.', [
      { labels: { kind: 'live_stream' }, value: (counted?.streams ?? 0) - running.length },
      { labels: { kind: 'destination' }, value: (counted?.destinations ?? 0) - sent.length },
      { labels: { kind: 'worker' }, value: workers.length - shown.length },
    ]),
  ]
}

const one = (is: boolean): number => (is ? 1 : 0)
const kilo = (value: number | undefined): number | null => (value === undefined ? null : value * 125)
const milli = (value: number | null | undefined): number | null =>
  value === undefined || value === null ? null : value / 1_000
