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
 * Bound: 400 destinations, inputs and issues each; for more, those that are gone for the longest are forgotten.
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
    const passedMs = Math.max(0, nowMs - this.#atMs)
    const wasOnSlate = this.#onAir === 'slate'
    if (this.#onAir === 'live') this.#liveMs += passedMs
    if (wasOnSlate) this.#slateMs += passedMs
    if (this.#isWatched) this.#watchedMs += passedMs
    for (const [id, about] of facts.destinations)
      enter(this.#destinations, id, { about, count: new DestinationCount(nowMs) }, facts.destinations)
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
    const onAir = new Map(inputs.filter(({ isOnAir }) => isOnAir).map((input) => [input.id, input]))
    for (const [id, about] of onAir) enter(this.#inputs, id, { about, held: new Stretches() }, onAir)
    for (const [id, input] of this.#inputs) {
      input.about = inputs.find((each) => each.id === id) ?? input.about
      input.held.look(onAir.has(id), nowMs)
    }
  }

  #lookAtIssues({ issues }: BroadcastFacts, nowMs: number): void {
    const now = new Map(issues.map((issue) => [`${issue.code} ${issue.input_id ?? issue.destination_id ?? ''}`, issue]))
    for (const [key, about] of now) enter(this.#issues, key, { about, held: new Stretches() }, now)
    for (const [key, issue] of this.#issues) {
      issue.about = now.get(key) ?? issue.about
      issue.held.look(now.has(key), nowMs)
    }
  }
}

/** Adds what is new, in the place of the oldest that is not among those of now if there must be room. */
function enter<Value>(
  map: Map<string, Value>,
  key: string,
  value: Value,
  now: { readonly has: (key: string) => boolean },
): void {
  if (map.has(key)) return
  const gone = map.size < talliesMax ? undefined : map.keys().find((each) => !now.has(each))
  if (gone !== undefined) map.delete(gone)
  if (map.size < talliesMax) map.set(key, value)
}
