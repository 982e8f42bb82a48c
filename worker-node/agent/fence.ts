import * as v from 'valibot'
import { delay } from '../delay.ts'
import type { Log } from '../observe/log.ts'
import type { SessionRegistry } from './session-registry.ts'

/** How often it looks, milliseconds. */
const lookMs = 1_000
/** So long without an answer of control, others are asked, milliseconds: a heartbeat is overdue. */
const silentMs = 6_000
/** Once others have heard of control, it has so long to answer us as well, milliseconds: it may be back just now. */
const secondChanceMs = 4_000
/** So long before a lease is over what runs is ended, milliseconds. */
const marginMs = 3_000
/** Longest wait for their answers, milliseconds. */
const answerMs = 1_500
/** Heartbeats of two workers are apart by less, while both reach control, milliseconds. */
const apartMs = 5_000
/** Others that are asked at most: those that were named last, and before. One that was away a moment ago may be back. */
const maxWitnesses = 6

/** What a worker answers another one that asks whether control is away, at `GET /witness`. */
const witnessAnswer = v.object({ control_answered_ms_ago: v.nullable(v.number()) })

export interface FenceOptions {
  readonly registry: Pick<SessionRegistry, 'sessions' | 'lose'>
  /** Asks control again, at once and on another connection. */
  readonly askAgain: () => void
  readonly log: Log
  /** Monotonic milliseconds. */
  readonly nowMs?: () => number
  readonly fetch?: typeof fetch
}

/**
 * Tells "control is away", when all streams go on, from "only we are cut off from it, or were asleep", when control gives our streams to
 * others once our leases are over: then other workers have heard of control since we did, and we don't although we ask again. In
 * that case it ends all sessions a moment before the leases are over by our own clock, so that no destination has two publishers.
 * Where no other worker can be asked either, streams go on, up to the offline grace.
 */
export class Fence {
  readonly #options: FenceOptions
  readonly #nowMs: () => number
  #witnesses: readonly string[] = []
  /** When the last heartbeat that was answered was sent, and when its answer came. */
  #sentMs: number | undefined
  #answeredMs: number | undefined
  /** Since when we know that others hear of control and we do not. */
  #onlyUsSinceMs: number | undefined

  constructor(options: FenceOptions) {
    this.#options = options
    this.#nowMs = options.nowMs ?? (() => performance.now())
  }

  /** Control has answered a heartbeat that was sent at `sentMs` (monotonic); `witnesses`: origins of other workers. */
  answered(sentMs: number, witnesses: readonly string[]): void {
    this.#sentMs = sentMs
    this.#answeredMs = this.#nowMs()
    this.#onlyUsSinceMs = undefined
    this.#witnesses = [...new Set([...witnesses, ...this.#witnesses])].slice(0, maxWitnesses)
  }

  /** What to tell another worker that asks. */
  testify(): v.InferOutput<typeof witnessAnswer> {
    const at = this.#answeredMs
    return { control_answered_ms_ago: at === undefined ? null : Math.round(this.#nowMs() - at) }
  }

  /** Looks each second until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look().catch((error: unknown) =>
        this.#options.log.error({ err: error }, 'the leases were not looked at'),
      )
      await delay(lookMs, signal)
    }
  }

  /** Ends what runs, if control's leases on it are as good as over and it is not control that is away. */
  async look(): Promise<void> {
    const { registry, log } = this.#options
    if (registry.sessions.length === 0 || this.#sinceMs() < silentMs) return
    const isOnlyUs = await this.#isOnlyUs()
    // An answer may have come while the others were asked.
    if (!isOnlyUs || this.#sinceMs() < silentMs) return
    if (this.#onlyUsSinceMs === undefined) {
      this.#onlyUsSinceMs = this.#nowMs()
      this.#options.askAgain()
    }
    if (this.#nowMs() - this.#onlyUsSinceMs < secondChanceMs) return
    const over = registry.sessions.filter(({ job }) => this.#sinceMs() >= job.lease_seconds * 1_000 - marginMs)
    if (over.length === 0) return
    log.error(
      { sessions: over.length },
      'Other workers reach the control plane and this one does not: its streams end here, for they will be given to others.',
    )
    await Promise.all(over.map(({ job }) => registry.lose(job.live_stream_id, job.fence)))
  }

  #sinceMs(): number {
    return this.#sentMs === undefined ? 0 : this.#nowMs() - this.#sentMs
  }

  /** Whether somebody has heard of control since we did. */
  async #isOnlyUs(): Promise<boolean> {
    const answers = this.#witnesses.map((origin) => this.#ask(origin))
    const heardMs = (await Promise.all(answers)).filter((atMs) => atMs !== undefined)
    return heardMs.some((atMs) => atMs > (this.#answeredMs ?? 0) + apartMs)
  }

  /** When another worker heard of control last, by our clock; undefined: it has not, or does not answer. */
  async #ask(origin: string): Promise<number | undefined> {
    try {
      const request = this.#options.fetch ?? fetch
      const response = await request(`${origin.replace(/\/+$/, '')}/witness`, {
        redirect: 'error',
        signal: AbortSignal.timeout(answerMs),
      })
      const { control_answered_ms_ago: agoMs } = v.parse(witnessAnswer, await response.json())
      return agoMs === null ? undefined : this.#nowMs() - agoMs
    } catch {
      return undefined
    }
  }
}
