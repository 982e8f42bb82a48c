import type { DestinationTally } from '#schema/contracts/broadcast-tally.ts'
import type { PublisherStatus } from '#schema/contracts/destination.ts'
import { type DestinationState, destinationStates } from '#schema/enums.ts'
import { roundedSeconds } from './stretches.ts'

interface Look {
  readonly nowMs: number
  readonly passedMs: number
  readonly onSlate: boolean
}

type Counted = Pick<PublisherStatus, 'state' | 'retries' | 'bytes_sent' | 'dropped_ms' | 'sessions'>
const nothing: Counted = { state: 'idle', retries: 0, bytes_sent: 0, dropped_ms: 0, sessions: 0 }

/** Counts one destination over a session, whose publisher may be another after its address or key was changed. */
export class DestinationCount {
  readonly #ms = Object.fromEntries(destinationStates.map((state) => [state, 0])) as Record<DestinationState, number>
  #slateMs = 0
  #retries = 0
  #losses = 0
  #sessions = 0
  #bytesSent = 0
  #droppedMs = 0
  #last: Counted = nothing
  #sinceMs: number

  /** It is there from `nowMs` (Unix) on. */
  constructor(nowMs: number) {
    this.#sinceMs = nowMs
  }

  /** At `nowMs`, so long after the look before, it stands so; undefined: it was removed. `onSlate`: what went out meanwhile. */
  look(status: Counted | undefined, { nowMs, passedMs, onSlate }: Look): void {
    const before = this.#last
    const now = status ?? { ...before, state: 'idle', retries: 0 }
    this.#ms[before.state] += passedMs
    if (before.state === 'broadcasting' && onSlate) this.#slateMs += passedMs
    // An attempt may be over before anybody looks; with the one that comes through, the publisher counts anew.
    this.#retries += Math.max(0, now.retries - before.retries)
    if (isWaiting(before.state) && now.state === 'broadcasting') this.#retries++
    if (before.state === 'broadcasting' && isWaiting(now.state)) this.#losses++
    this.#sessions += risen(before.sessions, now.sessions)
    this.#bytesSent += risen(before.bytes_sent, now.bytes_sent)
    this.#droppedMs += risen(before.dropped_ms, now.dropped_ms)
    if (now.state !== before.state) this.#sinceMs = nowMs
    this.#last = now
  }

  get told(): Omit<DestinationTally, 'id' | 'host' | 'platform'> {
    const seconds = Object.fromEntries(
      destinationStates.map((state) => [state, roundedSeconds(this.#ms[state])]),
    ) as DestinationTally['seconds']
    return {
      state: this.#last.state,
      state_since: new Date(this.#sinceMs).toISOString(),
      seconds,
      slate_seconds: roundedSeconds(this.#slateMs),
      retries: this.#retries,
      losses: this.#losses,
      sessions: this.#sessions,
      bytes_sent: this.#bytesSent,
      dropped_ms: this.#droppedMs,
    }
  }
}

const isWaiting = (state: DestinationState): boolean => state === 'retrying' || state === 'errored'

/** What has been added since; a publisher that is new counts from 0. */
const risen = (before: number, now: number): number => (now >= before ? now - before : now)
