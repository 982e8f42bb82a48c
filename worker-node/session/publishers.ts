import type { DestinationTimes, PublisherStatus } from '#schema/contracts/destination.ts'
import type { Issue } from '#schema/contracts/live-stream.ts'
import { liftsDurationHold } from '#schema/destination-hold.ts'
import { destinationName } from '#schema/destination-name.ts'
import { platformOf } from '#schema/platforms.ts'
import type { Clock } from '../fanout/clock.ts'
import { Fanout, type FanoutDestination, type FanoutOptions } from '../fanout/fanout.ts'
import { DestinationEvents } from './destination-events.ts'
import { type DestinationFailure, destinationIssue, failureAfter } from './destination-issues.ts'
import { type DestinationPast, type DestinationRules, judge, type Verdict } from './destination-rules.ts'
import { durationIssue, rolledOverWords } from './duration-words.ts'
import type { OnSessionEvent } from './options.ts'

/** The rules are looked at again after this at the latest, milliseconds: control's clock is not ours, and timers hold 24 days. */
const longestWaitMs = 3_600_000
/** A platform of which nothing is known counts a session that comes so soon after a loss as the one before. Milliseconds. */
const usualPatienceMs = 60_000

/** A destination, and when it is to broadcast. */
export interface RuledDestination extends FanoutDestination {
  readonly rules: DestinationRules
}

export interface SessionPublishersOptions extends Omit<FanoutOptions, 'onStatus'> {
  /** `unixMs` is control's time, in which the rules are written. */
  readonly clock: Clock
  /** What becomes of a destination, for people. */
  readonly onEvent: OnSessionEvent
}

interface Entry {
  destination: RuledDestination
  verdict: Verdict
  past: DestinationPast
  /** When its session was lost, while the platform may still wait for the next. */
  lostAtMs: number | undefined
  /** The session of which people have been told that it nears its end. */
  warnedOf: number | undefined
  /** How it fails, while it does. */
  failure: DestinationFailure | undefined
}

/**
 * The fan-out under the rules of its destinations: each broadcasts when it is to, ends when its time has come, and begins
 * anew where it may last no longer. One timer for all, to the next time at which something changes by itself.
 */
export class SessionPublishers {
  readonly fanout: Fanout
  readonly #clock: Clock
  readonly #events: DestinationEvents
  readonly #onEvent: OnSessionEvent
  readonly #entries = new Map<string, Entry>()
  #cancelLook: (() => void) | undefined

  constructor({ onEvent, ...options }: SessionPublishersOptions) {
    this.#clock = options.clock
    this.#onEvent = onEvent
    this.#events = new DestinationEvents(onEvent)
    this.fanout = new Fanout({ ...options, onStatus: (id, status) => this.#note(id, status) })
  }

  /** Adds a destination, or changes it: see {@link Fanout.add}. What its rules say of now is done at once. */
  add(destination: RuledDestination): void {
    const { id, rules } = destination
    const entry = this.#entries.get(id) ?? this.#newEntry(destination)
    if (liftsDurationHold(entry.destination.rules, rules)) entry.past = { startedAtMs: entry.past.startedAtMs }
    entry.destination = destination
    this.#entries.set(id, entry)
    this.#judge(entry)
    this.#enforce(entry)
    this.#lookInTime()
  }

  /** Forgets those that are not named, and ends their broadcasts. */
  keepOnly(ids: readonly string[]): void {
    for (const id of this.#entries.keys()) {
      if (ids.includes(id)) continue
      this.#entries.delete(id)
      void this.fanout.remove(id)
    }
    this.#events.keepOnly(ids)
  }

  statuses(): Map<string, PublisherStatus & DestinationTimes> {
    return new Map(
      Array.from(this.fanout.statuses(), ([id, status]) => [id, { ...status, ...timesOf(this.#entries.get(id)) }]),
    )
  }

  /** What is wrong with those that are to broadcast, and what is about to happen by the rules. */
  get issues(): Issue[] {
    const statuses = this.fanout.statuses()
    return [...this.#entries.values()].flatMap((entry) => {
      const { id } = entry.destination
      const status = entry.verdict.held ? undefined : statuses.get(id)
      const failing = status && destinationIssue({ id, name: nameOf(entry.destination) }, status, entry.failure)
      return [failing ?? [], nearIssue(entry) ?? []].flat()
    })
  }

  /** See {@link Fanout.stop}. */
  async stop(): Promise<void> {
    this.#cancelLook?.()
    await this.fanout.stop()
  }

  #newEntry(destination: RuledDestination): Entry {
    const { over_at } = destination.rules
    const past = over_at === undefined ? {} : { overAtMs: Date.parse(over_at) }
    const verdict = judge(destination.rules, past, this.#clock.unixMs())
    return { destination, verdict, past, lostAtMs: undefined, warnedOf: undefined, failure: undefined }
  }

  #look(): void {
    for (const entry of this.#entries.values()) {
      this.#judge(entry)
      this.#enforce(entry)
    }
    this.#lookInTime()
  }

  #judge(entry: Entry): void {
    const nowMs = this.#clock.unixMs()
    const { destination, lostAtMs } = entry
    if (lostAtMs !== undefined && nowMs - lostAtMs > patienceMs(destination.rules)) this.#forgetSession(entry)
    entry.verdict = judge(destination.rules, entry.past, nowMs)
  }

  #forgetSession(entry: Entry): void {
    entry.past = { overAtMs: entry.past.overAtMs }
    entry.lostAtMs = undefined
  }

  #enforce(entry: Entry): void {
    const { destination, verdict } = entry
    const { held, rollsOver } = verdict
    if (held?.reason === 'duration_over') entry.past = { ...entry.past, overAtMs: Date.parse(held.since ?? '') }
    else if (!held) entry.past = { startedAtMs: entry.past.startedAtMs }
    if (rollsOver) this.#rollOver(entry)
    this.#send(destination, entry.verdict.held === null)
    this.#warn(entry)
  }

  #rollOver(entry: Entry): void {
    const { destination, verdict, lostAtMs } = entry
    // What was lost meanwhile begins anew by itself.
    if (lostAtMs === undefined && verdict.near) {
      const about = { destination_id: destination.id }
      this.#onEvent('destination.rolled_over', rolledOverWords(nameOf(destination), verdict.near), about)
      this.fanout.rollOver(destination.id)
    }
    entry.past = {}
    this.#judge(entry)
  }

  #send({ rules: _, ...destination }: RuledDestination, enabled: boolean): void {
    this.fanout.add({ ...destination, enabled })
  }

  #warn(entry: Entry): void {
    const issue = nearIssue(entry)
    const { startedAtMs } = entry.past
    if (!issue || entry.warnedOf === startedAtMs) return
    entry.warnedOf = startedAtMs
    const about = { destination_id: entry.destination.id }
    this.#onEvent('destination.duration_warning', `${issue.detail} ${issue.fix}`, about)
  }

  /** What a publisher does decides since when its platform counts. */
  #note(id: string, status: PublisherStatus): void {
    const entry = this.#entries.get(id)
    if (!entry) return
    const nowMs = this.#clock.unixMs()
    const isLost = entry.lostAtMs !== undefined
    if (status.state === 'broadcasting') this.#broadcasting(entry, nowMs)
    else if (status.state === 'idle' || (status.state === 'starting' && !isLost)) this.#forgetSession(entry)
    else if (entry.past.startedAtMs !== undefined) entry.lostAtMs ??= nowMs
    this.#judge(entry)
    entry.failure = failureAfter(status, entry.failure)
    this.#events.report(id, nameOf(entry.destination), status, entry.verdict.held)
  }

  #broadcasting(entry: Entry, nowMs: number): void {
    this.#judge(entry)
    entry.lostAtMs = undefined
    if (entry.past.startedAtMs !== undefined) return
    entry.past = { startedAtMs: nowMs }
    this.#judge(entry)
    this.#lookInTime()
  }

  #lookInTime(): void {
    this.#cancelLook?.()
    this.#cancelLook = undefined
    const times = [...this.#entries.values()].flatMap(({ verdict }) => verdict.lookAgainAtMs ?? [])
    if (times.length === 0) return
    const waitMs = Math.min(longestWaitMs, Math.max(0, Math.min(...times) - this.#clock.unixMs()))
    this.#cancelLook = this.#clock.after(Math.ceil(waitMs), () => this.#look())
  }
}

/** How long a platform takes what comes after a loss for the same broadcast, milliseconds. */
function patienceMs({ platform }: DestinationRules): number {
  const seconds = platformOf(platform)?.limits.ends_after_disconnect_s?.value
  return seconds === undefined ? usualPatienceMs : seconds * 1_000
}

function timesOf(entry: Entry | undefined): DestinationTimes {
  const text = (unixMs: number | undefined) => (unixMs === undefined ? null : new Date(unixMs).toISOString())
  return {
    held: entry?.verdict.held ?? null,
    session_started_at: text(entry?.past.startedAtMs),
    session_ends_at: text(entry?.past.startedAtMs === undefined ? undefined : entry.verdict.endsAtMs),
  }
}

function nearIssue({ destination, verdict: { near, endsAtMs } }: Entry): Issue | undefined {
  if (!near || endsAtMs === undefined) return undefined
  const issue = durationIssue({ rules: destination.rules, name: nameOf(destination), limit: near, endsAtMs })
  return { ...issue, destination_id: destination.id }
}

const nameOf = ({ url, rules }: RuledDestination) => destinationName({ ...rules, url })
