import { type DestinationHold, idleDestination, type PublisherStatus } from '#schema/contracts/destination.ts'
import type { OnSessionEvent } from './options.ts'

/** What people read of a destination's new state. */
function inWords(name: string, { state, last_error }: PublisherStatus, held: DestinationHold | null): string {
  switch (state) {
    case 'starting':
      return `Connecting to ${name}.`
    case 'broadcasting':
      return last_error ? `${name}: ${last_error.detail} ${last_error.fix}` : `${name} receives the stream.`
    case 'idle':
      return held ? `${name}: ${held.detail}` : `${name} no longer receives the stream.`
    default:
      return last_error
        ? `${name}: ${last_error.detail} ${last_error.fix}`
        : `${name}: The connection was lost; it is tried again.`
  }
}

interface Told {
  readonly name: string
  /** The state and error of the last event. */
  readonly last: string
  /** The same of all events of the outage that lasts; empty: there is none. Bound: the codes that there are. */
  readonly outage: ReadonlySet<string>
}

/**
 * Turns the reports of publishers into events: one for each change that a person would call one. An outage is told once, and
 * again with each reason that is new in it, however often it is tried to mend.
 */
export class DestinationEvents {
  readonly #told = new Map<string, Told>()
  readonly #onEvent: OnSessionEvent

  constructor(onEvent: OnSessionEvent) {
    this.#onEvent = onEvent
  }

  /** `name`: what people call the destination. `held`: why it is wanted not to broadcast. */
  report(id: string, name: string, status: PublisherStatus, held: DestinationHold | null = null): void {
    const { state, last_error } = status
    const last = `${state} ${last_error?.code ?? ''}`
    const { outage = new Set<string>(), last: before } = this.#told.get(id) ?? {}
    const isFailing = state === 'retrying' || state === 'errored'
    const isKnown = isFailing ? outage.has(last) : last === before || (state === 'starting' && outage.size > 0)
    if (isKnown) return
    this.#told.set(id, { name, last, outage: new Set(isFailing ? [...outage, last] : []) })
    const reason = state === 'idle' ? held?.reason : last_error?.code
    const about = { destination_id: id, ...(reason && { reason }) }
    this.#onEvent(`destination.${state}`, inWords(name, status, held), about)
  }

  /** Forgets those that are no longer configured; what they had is over. */
  keepOnly(ids: readonly string[]): void {
    for (const [id, { name, last }] of this.#told) {
      if (ids.includes(id)) continue
      this.#told.delete(id)
      if (!last.startsWith('idle '))
        this.#onEvent('destination.idle', inWords(name, idleDestination, null), { destination_id: id })
    }
  }
}
