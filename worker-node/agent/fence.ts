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
/** While all is well, others are asked so often, so that it is known who can be reached, milliseconds. */
const acquaintMs = 20_000
/** So many machines of others do not go down at once with control's: where all of them are silent, it is we who are cut off. */
const machinesEnough = 2
/** Others that are asked at most: those that were named last, and before. One that was away a moment ago may be back. */
const maxWitnesses = 6

/** What a worker answers another one that asks whether control is away, at `GET /witness`. */
const witnessAnswer = v.object({ control_answered_ms_ago: v.nullable(v.number()) })

export interface FenceOptions {
  readonly registry: Pick<SessionRegistry, 'sessions' | 'lose'>
  /** Addresses at which the control plane and we are reached: others on our machine are cut off as we are. */
  readonly controlUrl: string
  readonly ownUrl: string
  /** Asks control again, at once and on another connection. */
  readonly askAgain: () => void
  readonly log: Log
  /** Monotonic milliseconds. */
  readonly nowMs?: () => number
  readonly fetch?: typeof fetch
}

/**
 * Tells "control is away", when all streams go on, from "only we are cut off from it, or were asleep", when control gives our streams to
 * others once our leases are over: then other workers have heard of control since we did, and we don't although we ask again; or
 * those on two other machines or more, who answered just before, are as silent as control. In that case it ends all sessions a
 * moment before the leases are over by our own clock, so that no destination has two publishers. Where fewer others could be
 * asked, and none answers, streams go on, up to the offline grace: it may as well be the machine of control that is down.
 */
export class Fence {
  readonly #options: FenceOptions
  readonly #nowMs: () => number
  #witnesses: readonly string[] = []
  /** Those of them that control named last. */
  #named: readonly string[] = []
  /** Those who answered when they were asked last while all was well, and when that was. */
  #reachable: ReadonlySet<string> = new Set()
  #acquaintedMs: number | undefined
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
    this.#named = witnesses
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
    if (registry.sessions.length === 0) return
    if (this.#sinceMs() < silentMs) return this.#keepAcquainted()
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
      'This worker is cut off, and others are not: its streams end here, for they will be given to others.',
    )
    await Promise.all(over.map(({ job }) => registry.lose(job.live_stream_id, job.fence)))
  }

  #sinceMs(): number {
    return this.#sentMs === undefined ? 0 : this.#nowMs() - this.#sentMs
  }

  /** Whether somebody has heard of control since we did, or nobody can be reached who could be before. */
  async #isOnlyUs(): Promise<boolean> {
    const testimonies = await this.#askAll(this.#witnesses)
    const heardSince = (this.#answeredMs ?? 0) + apartMs
    if (testimonies.some(({ heardMs }) => heardMs !== undefined && heardMs > heardSince)) return true
    const { controlUrl, ownUrl } = this.#options
    if (testimonies.some(({ origin }) => machineOf(origin) !== machineOf(ownUrl))) return false
    const silent = new Set(this.#named.filter((origin) => this.#reachable.has(origin)).map(machineOf))
    for (const url of [controlUrl, ownUrl]) silent.delete(machineOf(url))
    return silent.size >= machinesEnough
  }

  async #keepAcquainted(): Promise<void> {
    if (this.#acquaintedMs !== undefined && this.#nowMs() - this.#acquaintedMs < acquaintMs) return
    this.#acquaintedMs = this.#nowMs()
    this.#reachable = new Set((await this.#askAll(this.#named)).map(({ origin }) => origin))
  }

  /** What those say who answer. */
  async #askAll(origins: readonly string[]): Promise<Testimony[]> {
    const answers = await Promise.all(origins.map((origin) => this.#ask(origin)))
    return answers.filter((answer) => answer !== undefined)
  }

  /** What another worker says; undefined: it does not answer. */
  async #ask(origin: string): Promise<Testimony | undefined> {
    try {
      const request = this.#options.fetch ?? fetch
      const response = await request(`${origin.replace(/\/+$/, '')}/witness`, {
        redirect: 'error',
        signal: AbortSignal.timeout(answerMs),
      })
      const { control_answered_ms_ago: agoMs } = v.parse(witnessAnswer, await response.json())
      return { origin, heardMs: agoMs === null ? undefined : this.#nowMs() - agoMs }
    } catch {
      return undefined
    }
  }
}

/** What another worker said. */
interface Testimony {
  readonly origin: string
  /** When it heard of control last, by our clock; undefined: it has not. */
  readonly heardMs: number | undefined
}

const machineOf = (url: string): string => new URL(url).hostname
