import { type HeartbeatRequest, heartbeatResponse } from '#schema/contracts/worker.ts'
import { delay } from '../delay.ts'
import type { Log } from '../observe/log.ts'
import type { SampleRing } from '../observe/sample-ring.ts'
import { type ControlClient, ControlRefusal } from './control-client.ts'
import type { EventQueue } from './event-queue.ts'
import { followLogOrder, type LogReport, logsToSend } from './log-report.ts'
import type { SessionRegistry } from './session-registry.ts'

/** Distance of heartbeats, milliseconds; a lease lasts five of them. */
const heartbeatMs = 3_000
/** Something happened: the next heartbeat goes out after this long, so that what happens together goes together. */
const nudgedMs = 200

export interface HeartbeatOptions {
  readonly control: ControlClient
  readonly registry: SessionRegistry
  readonly events: EventQueue
  /** What is said of the worker itself. */
  readonly self: () => Pick<HeartbeatRequest, 'state' | 'capacity' | 'origin_url' | 'rtmp_url' | 'srt_url'>
  /** What is measured of the machine; none where it is left out. */
  readonly samples?: Pick<SampleRing, 'batch' | 'acknowledge'>
  /** Takes signed orders to try connections. */
  readonly onChecks: (tokens: readonly string[]) => void
  /** How long sessions go on while control can't be reached, milliseconds. */
  readonly offlineGraceMs: number
  readonly log: Log
  /** What of the log control gets, and follows its orders; left out, nothing. */
  readonly logs?: LogReport
}

/**
 * One heartbeat for the whole worker: carries the state of all sessions, renews all their leases, and brings back
 * orders. While control is away everything streams on, until the offline grace is over.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions
  #lastAnswerMs = performance.now()
  #nudge = new AbortController()
  #wasAway = false

  constructor(options: HeartbeatOptions) {
    this.#options = options
  }

  /** Beats until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#nudge = new AbortController()
      await this.beat(signal)
      await delay(heartbeatMs - nudgedMs, AbortSignal.any([signal, this.#nudge.signal]))
      await delay(nudgedMs, signal)
    }
  }

  /** Something happened that people want to see: the next heartbeat does not wait its turn. */
  soon(): void {
    this.#nudge.abort()
  }

  /** One heartbeat; never throws. Aborting `signal` gives up waiting for the answer. */
  async beat(signal?: AbortSignal): Promise<void> {
    const { control, registry, events, self, logs } = this.#options
    const reportable = registry.reportable()
    const batch = events.batch()
    const lines = logs?.queue.batch()
    const samples = this.#options.samples?.batch()
    const body: HeartbeatRequest = {
      ...self(),
      ...(samples && { samples }),
      sessions: reportable.map((session) => session.report()),
      events: batch,
      ...(lines && logsToSend(lines)),
    }
    const reported = reportable.filter((_, index) => body.sessions[index]?.ended)
    const sentMs = performance.now()
    try {
      const answer = await control.post('/worker/v1/heartbeat', body, heartbeatResponse, signal)
      this.#answered()
      if (answer.now !== undefined) registry.controlTime.heard(answer.now, sentMs)
      events.acknowledge(batch)
      if (samples) this.#options.samples?.acknowledge(samples)
      if (logs && lines) {
        logs.queue.acknowledge(lines)
        followLogOrder(logs.threshold, answer.log)
      }
      for (const [index, session] of reportable.entries()) session.record.acknowledge(body.sessions[index]!)
      registry.reported(reported)
      this.#options.onChecks(answer.checks)
      await Promise.all([
        ...body.sessions
          .filter(({ live_stream_id }) => answer.lost.includes(live_stream_id))
          .map(({ live_stream_id, fence }) => registry.lose(live_stream_id, fence)),
        ...answer.stops.map(({ live_stream_id, fence, reason }) => registry.stop(live_stream_id, fence, reason)),
      ])
      for (const token of answer.jobs) await this.#renew(token)
    } catch (error) {
      if (!signal?.aborted) await this.#failed(error)
    }
  }

  async #renew(token: string): Promise<void> {
    const { registry, log } = this.#options
    await registry.renew(token).catch((error: unknown) => log.error({ err: error }, 'job refused'))
  }

  #answered(): void {
    if (this.#wasAway) this.#options.log.info('control is back')
    this.#wasAway = false
    this.#lastAnswerMs = performance.now()
  }

  async #failed(error: unknown): Promise<void> {
    const { registry, offlineGraceMs, log } = this.#options
    if (!this.#wasAway) log.warn({ err: error }, awayWords(error))
    this.#wasAway = true
    if (performance.now() - this.#lastAnswerMs < offlineGraceMs) return
    log.error('control has been away for too long; all streams end')
    await registry.stopAll('control_away')
  }
}

function awayWords(error: unknown): string {
  if (error instanceof ControlRefusal && error.status === 401)
    return 'Control does not know this worker any more. Remove identity.json in its data folder and join it again.'
  return 'Control does not answer; streams go on.'
}
