import { type DestinationHold, idleDestination, type PublisherStatus } from '#schema/contracts/destination.ts'
import type { OnSessionEvent } from './options.ts'

/** What people read of a destination's new state; `host` is all that is said of its address. */
function inWords(host: string, { state, last_error }: PublisherStatus, held: DestinationHold | null): string {
  switch (state) {
    case 'starting':
      return `Connecting to ${host}.`
    case 'broadcasting':
      return last_error ? `${host}: ${last_error.detail} ${last_error.fix}` : `${host} receives the stream.`
    case 'idle':
      return held ? `${host}: ${held.detail}` : `${host} no longer receives the stream.`
    default:
      return last_error
        ? `${host}: ${last_error.detail} ${last_error.fix}`
        : `${host}: The connection was lost; it is tried again.`
  }
}

interface Told {
  readonly host: string
  /** The state and error of the last event. */
  readonly last: string
  /** The same of the last one that was a turn for the destination, not only one more attempt. */
  readonly turn: string
}

/** Turns the reports of publishers into events: one for each change that a person would call one. */
export class DestinationEvents {
  readonly #told = new Map<string, Told>()
  readonly #onEvent: OnSessionEvent

  constructor(onEvent: OnSessionEvent) {
    this.#onEvent = onEvent
  }

  /** `held`: why it is wanted not to broadcast. */
  report(id: string, url: string, status: PublisherStatus, held: DestinationHold | null = null): void {
    const last = `${status.state} ${status.last_error?.code ?? ''}`
    const before = this.#told.get(id)
    if (before?.last === last) return
    const host = URL.parse(url)?.hostname ?? 'A destination'
    const isAttempt = status.state === 'starting' && /^(retrying|errored) /.test(before?.turn ?? '')
    const turn = isAttempt ? (before?.turn ?? last) : last
    this.#told.set(id, { host, last, turn })
    const reason = status.state === 'idle' ? held?.reason : status.last_error?.code
    const about = turn === before?.turn ? undefined : { destination_id: id, ...(reason && { reason }) }
    this.#onEvent(`destination.${status.state}`, inWords(host, status, held), about)
  }

  /** Forgets those that are no longer configured; what they had is over. */
  keepOnly(ids: readonly string[]): void {
    for (const [id, { host, last }] of this.#told) {
      if (ids.includes(id)) continue
      this.#told.delete(id)
      if (!last.startsWith('idle '))
        this.#onEvent('destination.idle', inWords(host, idleDestination, null), { destination_id: id })
    }
  }
}
