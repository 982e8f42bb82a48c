import { type HeartbeatRequest, heartbeatResponse } from '#schema/contracts/worker.ts'
import { delay } from '../delay.ts'
import type { Log } from '../observe/log.ts'
import type { SampleRing } from '../observe/sample-ring.ts'
import { type ControlClient, ControlRefusal, ControlUnreachable } from './control-client.ts'
import type { EventQueue } from './event-queue.ts'
import type { Fence } from './fence.ts'
import { followLogOrder, type LogReport, logsToSend } from './log-report.ts'
import type { SessionRegistry } from './session-registry.ts'
import type { TrustedKeys } from './trusted-keys.ts'

/** Distance of heartbeats, milliseconds; a lease lasts five of them. */
const heartbeatMs = 3_000
/** Something happened: the next heartbeat goes out after this long, so that what happens together goes together. */
const nudgedMs = 200
/** What only a person can mend is said again after so long, milliseconds. */
const sayAgainMs = 60_000
/** A worker that control says it does not know goes on for so long: for a lease, milliseconds. */
const unknownForMs = 15_000

export interface HeartbeatOptions {
  readonly control: ControlClient
  readonly registry: SessionRegistry
  readonly events: EventQueue
  /** What is said of the worker itself. */
  readonly self: () => Omit<HeartbeatRequest, 'samples' | 'sessions' | 'events' | 'logs' | 'logs_dropped'>
  /** What is measured of the machine; none where it is left out. */
  readonly samples?: Pick<SampleRing, 'batch' | 'acknowledge'>
  /** Takes signed orders to try connections. */
  readonly onChecks: (tokens: readonly string[]) => void
  /** How long sessions go on while control can't be reached, milliseconds. */
  readonly offlineGraceMs: number
  /** Control's keys, and what becomes of them; left out, those at the start stay. */
  readonly keys?: Pick<TrustedKeys, 'ids' | 'learn'>
  /** Is told of each heartbeat that was answered. */
  readonly fence?: Pick<Fence, 'answered'>
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
  /** Gives up the heartbeat that is under way. */
  #giveUp = new AbortController()
  /** Resolved by the next heartbeat that begins, with whether it got through. */
  #awaiting: ((gotThrough: boolean) => void)[] = []
  #wasAway = false
  #saidAtMs = Number.NEGATIVE_INFINITY
  #unknownSinceMs: number | undefined
  #orders: string | undefined
  #isDraining = false

  constructor(options: HeartbeatOptions) {
    this.#options = options
  }

  /** Beats until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#nudge = new AbortController()
      const awaiting = this.#awaiting
      this.#awaiting = []
      this.#giveUp = new AbortController()
      const gotThrough = await this.beat(AbortSignal.any([signal, this.#giveUp.signal]))
      for (const resolve of awaiting) resolve(gotThrough)
      await this.#rest(signal)
    }
    for (const resolve of this.#awaiting) resolve(false)
  }

  /** Until the next heartbeat is due, which one that is waited for is at once. */
  async #rest(signal: AbortSignal): Promise<void> {
    if (this.#awaiting.length > 0) return
    await delay(heartbeatMs - nudgedMs, AbortSignal.any([signal, this.#nudge.signal]))
    if (this.#awaiting.length === 0) await delay(nudgedMs, signal)
  }

  /** What control wanted of this worker when it answered last; undefined: it does not say (schema/contracts/worker.ts). */
  get orders(): string | undefined {
    return this.#orders
  }

  /** Whether operators want this worker to take no more work. */
  get isDraining(): boolean {
    return this.#isDraining
  }

  /** A heartbeat at once; resolves once it has been answered, with whether it was. */
  now(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    this.#awaiting.push(resolve)
    this.#nudge.abort()
    return promise
  }

  /** A heartbeat at once, on a connection of its own; the answer that is waited for is given up, for it may never come. */
  again(): void {
    this.#giveUp.abort()
    void this.now()
  }

  /** Something happened that people want to see: the next heartbeat does not wait its turn. */
  soon(): void {
    this.#nudge.abort()
  }

  /** One heartbeat; never throws, and gives whether it got through. Aborting `signal` gives up waiting for the answer. */
  async beat(signal?: AbortSignal): Promise<boolean> {
    const { control, registry, events, self, logs } = this.#options
    const reports = registry.reports()
    const batch = events.batch()
    const lines = logs?.queue.batch()
    const samples = this.#options.samples?.batch()
    const body: HeartbeatRequest = {
      ...self(),
      ...(samples && { samples }),
      sessions: reports.map(({ report }) => report),
      events: batch,
      ...(lines && logsToSend(lines)),
      ...(this.#options.keys && { known_keys: this.#options.keys.ids }),
    }
    const reported = reports.flatMap(({ session, report }) => (report.ended ? session : []))
    const sentMs = performance.now()
    try {
      const answer = await control.post('/worker/v1/heartbeat', body, heartbeatResponse, signal)
      this.#answered()
      this.#orders = answer.orders
      this.#isDraining = answer.draining
      this.#options.fence?.answered(sentMs, answer.witnesses)
      if (answer.now !== undefined) registry.controlTime.heard(answer.now, sentMs)
      // Before the jobs, which a new key may have signed.
      if (answer.keys !== undefined) await this.#learn(answer.keys)
      events.acknowledge(batch)
      if (samples) this.#options.samples?.acknowledge(samples)
      if (logs && lines) {
        logs.queue.acknowledge(lines)
        followLogOrder(logs.threshold, answer.log)
      }
      for (const { session, report } of reports) session.record.acknowledge(report)
      registry.reported(reported)
      this.#options.onChecks(answer.checks)
      await Promise.all([
        ...body.sessions
          .filter(({ live_stream_id }) => answer.lost.includes(live_stream_id))
          .map(({ live_stream_id, fence }) => registry.lose(live_stream_id, fence)),
        ...answer.stops.map(({ live_stream_id, fence, reason }) => registry.stop(live_stream_id, fence, reason)),
      ])
      for (const token of answer.jobs) await this.#renew(token)
      return true
    } catch (error) {
      if (!signal?.aborted) await this.#failed(error)
      return false
    }
  }

  async #learn(token: string): Promise<void> {
    const { keys, registry, log } = this.#options
    await keys
      ?.learn(token, new Date(registry.controlTime.unixMs()))
      .catch((error: unknown) => log.error({ err: error }, 'new signing keys of control are not taken'))
  }

  async #renew(token: string): Promise<void> {
    const { registry, log } = this.#options
    await registry.renew(token).catch((error: unknown) => log.error({ err: error }, 'job refused'))
  }

  #answered(): void {
    if (this.#wasAway) this.#options.log.info('control is back')
    this.#wasAway = false
    this.#unknownSinceMs = undefined
    this.#lastAnswerMs = performance.now()
  }

  /** Control is there and will not have this worker, or this start of it: others may have its streams by now. */
  #isFencedOff(error: unknown): boolean {
    if (!(error instanceof ControlRefusal)) return false
    if (error.code === 'instance_retired') return true
    if (error.code !== 'unauthorized') return false
    this.#unknownSinceMs ??= performance.now()
    return performance.now() - this.#unknownSinceMs > unknownForMs
  }

  #sayWhy(error: unknown): void {
    const { log } = this.#options
    const words = refusedWords(error)
    const isNews = !this.#wasAway || (words !== undefined && performance.now() - this.#saidAtMs >= sayAgainMs)
    if (!isNews) return
    this.#saidAtMs = performance.now()
    if (error instanceof ControlRefusal && words !== undefined) log.error({ code: error.code }, words)
    else log.warn(reasonOf(error), 'Control does not answer; streams go on.')
  }

  async #failed(error: unknown): Promise<void> {
    const { registry, offlineGraceMs, log } = this.#options
    this.#sayWhy(error)
    this.#wasAway = true
    if (this.#isFencedOff(error)) {
      if (registry.sessions.length > 0)
        log.error('control has given the streams of this worker to others; they end here')
      await registry.stopAll('worker_lost')
      return
    }
    if (performance.now() - this.#lastAnswerMs < offlineGraceMs) return
    log.error('control has been away for too long; all streams end')
    await registry.stopAll('control_away')
  }
}

/** What a person must see to: in words; undefined where waiting may mend it. */
function refusedWords(error: unknown): string | undefined {
  if (!(error instanceof ControlRefusal)) return
  if (error.code === 'version_skew' || error.code === 'instance_retired') return error.message
  if (error.status !== 401) return
  return 'Control does not know this worker any more. Remove worker/identity.json in its data folder, then join again: weir-worker join https://weir.example'
}

/** Why control could not be asked; of what is no fault of ours without our code's place. */
function reasonOf(error: unknown): object {
  if (error instanceof ControlRefusal) return { code: error.code, reason: error.message }
  if (!(error instanceof ControlUnreachable)) return { err: error }
  let root: unknown = error
  while (root instanceof Error && root.cause !== undefined) root = root.cause
  return { reason: root instanceof Error && root !== error ? `${error.message} ${root.message}` : error.message }
}
