import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { SessionReport } from '#schema/contracts/worker.ts'
import { type MetricFamily, type MetricSample, metricsType, printMetrics } from '#schema/prometheus.ts'
import { figuresOf } from '#schema/samples/figures.ts'
import type { MeasuredSecond } from './sample-ring.ts'

/** Sessions and destinations with series of their own at most; a worker runs 100 sessions. */
const sessionsMax = 200
const destinationsMax = 1_000

/** What is told of: the sessions as they are reported, and the machine's last second. */
export interface ExportedState {
  readonly workerId: string
  readonly sessions: readonly SessionReport[]
  readonly host: MeasuredSecond
}

/** Answers `GET /metrics` for Prometheus, to those who show `Authorization: Bearer` with this token. */
export interface MetricsEndpoint {
  /** False: the request is for something else. */
  handle(request: IncomingMessage, response: ServerResponse): boolean
}

/** `token` undefined: there is no such address. `observe` gives undefined while the worker starts. */
export function createMetricsEndpoint(
  token: string | undefined,
  observe: () => ExportedState | undefined,
): MetricsEndpoint {
  const registry = new Registry()
  if (token !== undefined) collectDefaultMetrics({ register: registry })
  // Gauges with the suffix of counters (prom-client 15.1): the same by kind is there without it.
  for (const kind of ['handles', 'requests', 'resources']) registry.removeSingleMetric(`nodejs_active_${kind}_total`)
  return {
    handle(request, response) {
      if (token === undefined || request.url?.split('?', 1)[0] !== '/metrics') return false
      request.resume()
      const refuse = (status: number, words: string) =>
        void response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${words}\n`)
      if (request.method !== 'GET' && request.method !== 'HEAD') refuse(405, 'Only GET is served here.')
      else if (!isEqual(request.headers.authorization ?? '', `Bearer ${token}`))
        refuse(401, 'Send Authorization: Bearer with WEIR_METRICS_TOKEN.')
      else void answer(response, registry, observe()).catch(() => response.destroy())
      return true
    },
  }
}

async function answer(response: ServerResponse, registry: Registry, state: ExportedState | undefined): Promise<void> {
  const text = printMetrics(state ? familiesOf(state) : []) + (await registry.metrics())
  response.writeHead(200, { 'content-type': metricsType, 'cache-control': 'no-store' }).end(text)
}

/** Series of a worker. Labels are ids and platforms: no name, address or key. */
export function familiesOf({ workerId, sessions, host }: ExportedState): MetricFamily[] {
  const shown = sessions.slice(0, sessionsMax)
  const destinations = shown
    .flatMap(({ live_stream_id, destinations: all }) => all.map((status) => ({ live_stream_id, status })))
    .slice(0, destinationsMax)
  const gauge = (name: string, help: string, samples: readonly MetricSample[]): MetricFamily => ({
    ...{ name: `weir_${name}`, type: 'gauge', help, samples },
  })
  const counter = (name: string, help: string, samples: readonly MetricSample[]): MetricFamily => ({
    ...{ name: `weir_${name}`, type: 'counter', help, samples },
  })
  const ofSessions = (value: (report: SessionReport) => number | null | undefined): MetricSample[] =>
    shown.map((report) => ({ labels: { live_stream_id: report.live_stream_id }, value: value(report) ?? null }))
  const ofDestinations = (value: (status: SessionReport['destinations'][number]) => number | null): MetricSample[] =>
    destinations.map(({ live_stream_id, status }) => ({
      labels: { live_stream_id, destination_id: status.id },
      value: value(status),
    }))
  const figures = figuresOf('w')
  const values = host.find(([subject]) => subject === 'w')?.[1] ?? []
  const ofHost = (name: string, factor: number): MetricSample[] => {
    const value = values[figures.findIndex((figure) => figure.name === name)] ?? null
    return [{ labels: { worker_id: workerId }, value: value === null ? null : value * factor }]
  }
  return [
    gauge('host_cpu_ratio', 'Share of all cores in use.', ofHost('cpu', 1)),
    gauge('host_memory_used_bytes', 'Memory of the machine in use.', ofHost('memory_used_mb', 1e6)),
    gauge('host_memory_size_bytes', 'Memory of the machine.', ofHost('memory_total_mb', 1e6)),
    gauge('host_disk_free_bytes', 'Room in the data folder.', ofHost('disk_free_mb', 1e6)),
    gauge('host_disk_size_bytes', 'Size of that disk.', ofHost('disk_total_mb', 1e6)),
    gauge('host_network_received_bytes_per_second', 'Received by the machine.', ofHost('network_in_kbps', 125)),
    gauge('host_network_sent_bytes_per_second', 'Sent by the machine.', ofHost('network_out_kbps', 125)),
    gauge(
      'host_event_loop_delay_seconds',
      'The longest that the worker kept others waiting.',
      ofHost('event_loop_delay_ms', 1e-3),
    ),
    gauge('host_encode_units_used', 'Of its CPU, in 1080p30 encodes.', ofHost('encode_units_used', 1)),
    gauge('host_ffmpegs', 'FFmpegs that run.', ofHost('ffmpeg_count', 1)),
    gauge('sessions', 'Live streams that it runs.', [{ value: sessions.length }]),
    gauge(
      'session_on_air',
      '1: a live picture goes out, 0: the slate or nothing.',
      ofSessions(({ status }) => (status === 'active' ? 1 : 0)),
    ),
    gauge(
      'session_source_bytes_per_second',
      'What the input on air sends.',
      ofSessions(({ sample }) => sample && sample.source_bitrate_kbps * 125),
    ),
    gauge(
      'session_output_bytes_per_second',
      'All renditions and the sound.',
      ofSessions(({ sample }) => sample && sample.output_bitrate_kbps * 125),
    ),
    gauge(
      'session_frames_per_second',
      'Pictures of what is on air.',
      ofSessions(({ sample }) => sample?.fps),
    ),
    gauge(
      'session_speed_ratio',
      'Media seconds encoded in a second.',
      ofSessions(({ sample }) => sample?.speed),
    ),
    gauge(
      'session_lateness_seconds',
      'How far the output stands behind the clock.',
      ofSessions(({ sample }) => sample && sample.lateness_ms / 1e3),
    ),
    counter(
      'session_slate_seconds_total',
      'Slate played in this session.',
      ofSessions(({ sample }) => sample?.slate_seconds),
    ),
    gauge(
      'session_issues',
      'Things that are wrong with it.',
      ofSessions(({ issues }) => issues.length),
    ),
    gauge(
      'publisher_broadcasting',
      '1: the destination is broadcasting.',
      ofDestinations(({ state }) => (state === 'broadcasting' ? 1 : 0)),
    ),
    gauge(
      'publisher_bytes_per_second',
      'What the destination is sent.',
      ofDestinations(({ bitrate_kbps }) => bitrate_kbps * 125),
    ),
    gauge(
      'publisher_queue_seconds',
      'Media that waits to be sent and confirmed.',
      ofDestinations(({ queue_ms }) => queue_ms / 1e3),
    ),
    gauge(
      'publisher_round_trip_seconds',
      'There and back.',
      ofDestinations(({ round_trip_ms }) => (round_trip_ms === null ? null : round_trip_ms / 1e3)),
    ),
    counter(
      'publisher_sent_bytes_total',
      'Sent in this session.',
      ofDestinations(({ bytes_sent }) => bytes_sent),
    ),
    counter(
      'publisher_dropped_seconds_total',
      'Media left out because it was too slow.',
      ofDestinations(({ dropped_ms }) => dropped_ms / 1e3),
    ),
  ]
}

/** Takes as long whatever is shown. */
function isEqual(shown: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(shown), digest(wanted))
}
