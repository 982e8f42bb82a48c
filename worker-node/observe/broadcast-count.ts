import { type BroadcastTally, talliesMax } from '#schema/contracts/broadcast-tally.ts'
import type { PublisherStatus } from '#schema/contracts/destination.ts'
import type { Issue } from '#schema/contracts/live-stream.ts'
import type { InputType } from '#schema/enums.ts'
import { DestinationCount } from './destination-count.ts'
import { roundedSeconds, Stretches } from './stretches.ts'

/** How a session stands at one moment. */
export interface BroadcastFacts {
  /** What goes out; `nothing`: no more. */
  readonly onAir: 'live' | 'slate' | 'nothing'
  /** Somebody fetches playlists. */
  readonly isWatched: boolean
  readonly destinations: ReadonlyMap<string, DestinationFacts>
  readonly inputs: readonly InputFacts[]
  readonly issues: readonly Issue[]
}
export interface DestinationFacts {
  readonly host: string
  readonly platform: string
  readonly status: PublisherStatus
}
export interface InputFacts {
  readonly id: string
  readonly name: string | null
  readonly type: InputType
  readonly isOnAir: boolean
}

/**
 * Counts a broadcast by looks at it: what it found at one look has held until the next, so there must be one at each change.
 * Bound: 400 destinations, inputs and issues each; what comes after that is not counted.
 */
export class BroadcastCount {
  readonly #beganMs: number
  readonly #destinations = new Map<string, { about: DestinationFacts; readonly count: DestinationCount }>()
  readonly #inputs = new Map<string, { about: InputFacts; readonly held: Stretches }>()
  readonly #issues = new Map<string, { about: Issue; readonly held: Stretches }>()
  #atMs: number
  #onAir: BroadcastFacts['onAir'] = 'nothing'
  #onAirSinceMs: number
  #isWatched = false
  #liveMs = 0
  #slateMs = 0
  #watchedMs = 0

  /** It begins at `nowMs` (Unix). */
  constructor(nowMs: number) {
    this.#beganMs = nowMs
    this.#atMs = nowMs
    this.#onAirSinceMs = nowMs
  }

  look(facts: BroadcastFacts, nowMs: number): void {
    // A clock that is set back makes nothing shorter.
    const passedMs = Math.max(0, nowMs - this.#atMs)
    const wasOnSlate = this.#onAir === 'slate'
    if (this.#onAir === 'live') this.#liveMs += passedMs
    if (wasOnSlate) this.#slateMs += passedMs
    if (this.#isWatched) this.#watchedMs += passedMs
    for (const [id, about] of facts.destinations)
      entry(this.#destinations, id, () => ({ about, count: new DestinationCount(nowMs) }))
    for (const [id, destination] of this.#destinations) {
      const about = facts.destinations.get(id)
      destination.about = about ?? destination.about
      destination.count.look(about?.status, { nowMs, passedMs, onSlate: wasOnSlate })
    }
    this.#lookAtInputs(facts, nowMs)
    this.#lookAtIssues(facts, nowMs)
    if (facts.onAir !== this.#onAir) this.#onAirSinceMs = nowMs
    this.#onAir = facts.onAir
    this.#isWatched = facts.isWatched
    this.#atMs += passedMs
  }

  told(changes: number): BroadcastTally {
    return {
      began_at: new Date(this.#beganMs).toISOString(),
      at: new Date(this.#atMs).toISOString(),
      on_air: this.#onAir,
      on_air_since: new Date(this.#onAirSinceMs).toISOString(),
      live_seconds: roundedSeconds(this.#liveMs),
      slate_seconds: roundedSeconds(this.#slateMs),
      watched_seconds: roundedSeconds(this.#watchedMs),
      changes,
      destinations: Array.from(this.#destinations, ([id, { about, count }]) => ({
        ...{ id, host: about.host, platform: about.platform },
        ...count.told,
      })),
      inputs: Array.from(this.#inputs, ([id, { about, held }]) => ({
        ...{ id, name: about.name, type: about.type },
        ...held.told,
      })),
      issues: Array.from(this.#issues.values(), ({ about, held }) => {
        const { code, severity, detail, fix, input_id = null } = about
        return { code, severity, detail, fix, input_id, ...held.told }
      }),
    }
  }

  #lookAtInputs({ inputs }: BroadcastFacts, nowMs: number): void {
    const onAir = inputs.filter(({ isOnAir }) => isOnAir)
    for (const about of onAir) entry(this.#inputs, about.id, () => ({ about, held: new Stretches() }))
    for (const [id, input] of this.#inputs) {
      input.about = inputs.find((each) => each.id === id) ?? input.about
      input.held.look(
        onAir.some((each) => each.id === id),
        nowMs,
      )
    }
  }

  #lookAtIssues({ issues }: BroadcastFacts, nowMs: number): void {
    const now = new Map(issues.map((issue) => [`${issue.code} ${issue.input_id ?? ''}`, issue]))
    for (const [key, about] of now) entry(this.#issues, key, () => ({ about, held: new Stretches() }))
    for (const [key, issue] of this.#issues) {
      issue.about = now.get(key) ?? issue.about
      issue.held.look(now.has(key), nowMs)
    }
  }
}

function entry<Value>(map: Map<string, Value>, key: string, make: () => Value): void {
  if (!map.has(key) && map.size < talliesMax) map.set(key, make())
}
