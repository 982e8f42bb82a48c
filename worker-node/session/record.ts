import type { Job } from '#schema/contracts/job.ts'
import type { SessionSample } from '#schema/contracts/live-stream.ts'
import type { SessionReport } from '#schema/contracts/worker.ts'
import { BroadcastCount, type BroadcastFacts } from '../observe/broadcast-count.ts'
import { BroadcastHistory } from '../observe/broadcast-history.ts'
import { SampleRing } from '../observe/sample-ring.ts'
import { SessionSeconds } from '../observe/session-seconds.ts'
import type { OnSessionEvent, SessionOptions } from './options.ts'
import type { SentMedia } from './output.ts'

/** It is looked at so often, and at each change, milliseconds. */
const lookMs = 1_000
/** Who fetched a playlist so long ago is taken to watch still: more than a segment of any mode. Milliseconds. */
const readerMemoryMs = 15_000

export interface SessionRecordOptions {
  readonly sessionId: string
  readonly onEvent: SessionOptions['onEvent']
  readonly job: () => Job
  /** How the session stands now; undefined before its first picture or slate. */
  readonly observe: () => SessionReport | undefined
  /** Unix milliseconds that never go back. */
  readonly nowMs?: () => number
  /** Control's clock, Unix milliseconds; left out: the same. */
  readonly unixMs?: (() => number) | undefined
  /** What was sent so far of each track. */
  readonly sentByTrack?: () => ReadonlyMap<string, SentMedia>
}

/** What the report of a broadcast is made of: what was counted from its first picture or slate on, and what changed when. */
export class SessionRecord {
  readonly #options: SessionRecordOptions
  readonly #nowMs: () => number
  readonly #timer: NodeJS.Timeout
  #begun: { readonly count: BroadcastCount; readonly history: BroadcastHistory } | undefined
  #lastSample: SessionSample | null = null
  #readAtMs = Number.NEGATIVE_INFINITY
  #changes = 0
  #isOver = false
  readonly #seconds: SessionSeconds
  readonly #samples: SampleRing

  constructor(options: SessionRecordOptions) {
    this.#options = options
    const originMs = (options.unixMs?.() ?? Date.now()) - performance.now()
    this.#nowMs = options.nowMs ?? (() => originMs + performance.now())
    this.#seconds = new SessionSeconds(options.sentByTrack)
    this.#samples = new SampleRing(options.unixMs ?? this.#nowMs)
    this.#timer = setInterval(() => {
      const report = this.look()
      if (report) this.#samples.add(this.#seconds.measure(report, performance.now()))
    }, lookMs)
  }

  /** Hands an event of the session on. Where it says what it is about, the broadcast's report tells of it. */
  readonly onEvent: OnSessionEvent = (type, detail, about) => {
    const { onEvent, sessionId } = this.#options
    if (about) this.#changes++
    onEvent(type, detail, { session_id: sessionId, ...(about ?? { in_report: false }) })
    this.look()
  }

  /** Somebody fetches a playlist. */
  noteReader(): void {
    this.#readAtMs = this.#nowMs()
  }

  /** To be called at each change: what was found at the look before has held until now. */
  look(): SessionReport | undefined {
    const report = this.#isOver ? undefined : this.#options.observe()
    if (!report) return undefined
    const nowMs = this.#nowMs()
    this.#begun ??= { count: new BroadcastCount(nowMs), history: new BroadcastHistory(nowMs) }
    const isWatched = nowMs - this.#readAtMs < readerMemoryMs
    this.#begun.count.look({ ...factsOf(report, this.#options.job()), isWatched }, nowMs)
    const { sample } = report
    if (sample && sample !== this.#lastSample) this.#begun.history.add(sample, nowMs)
    this.#lastSample = sample
    return report
  }

  /** As a heartbeat carries it; empty before the first picture or slate. */
  get told(): Pick<SessionReport, 'broadcast' | 'history' | 'samples'> {
    this.look()
    if (!this.#begun) return {}
    const { count, history } = this.#begun
    const samples = this.#samples.batch()
    return { broadcast: count.told(this.#changes), history: history.points, ...(samples && { samples }) }
  }

  /** Control has taken this report. */
  acknowledge({ history, samples }: Pick<SessionReport, 'history' | 'samples'>): void {
    if (history) this.#begun?.history.acknowledge(history)
    if (samples) this.#samples.acknowledge(samples)
  }

  /** The broadcast is over: nothing more is counted. */
  end(): void {
    this.look()
    this.#isOver = true
    this.#begun?.history.finish(this.#nowMs())
    clearInterval(this.#timer)
  }
}

/**
 * What is counted of a report; the job knows what inputs and destinations are called. How destinations fail is told by their
 * own states.
 */
function factsOf({ status, inputs, destinations, issues }: SessionReport, job: Job): Omit<BroadcastFacts, 'isWatched'> {
  const onAir = new Set(inputs.filter(({ state }) => state === 'on_air').map(({ id }) => id))
  const addresses = new Map(job.destinations.map(({ id, url, platform }) => [id, { url, platform }]))
  return {
    onAir: status === 'active' ? 'live' : status === 'reconnecting' ? 'slate' : 'nothing',
    destinations: new Map(
      destinations.map(({ id, ...counted }) => {
        const { url = '', platform = 'custom' } = addresses.get(id) ?? {}
        return [id, { host: URL.parse(url)?.hostname ?? '', platform, status: counted }] as const
      }),
    ),
    inputs: job.inputs.map(({ id, type, name = null }) => ({ id, type, name, isOnAir: onAir.has(id) })),
    issues: issues.filter(({ code }) => !code.startsWith('destination_')),
  }
}
