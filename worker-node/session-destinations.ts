import type { PublisherStatus } from '#schema/contracts/destination.ts'

/** What people read of a destination's new state; `host` is all that is said of its address. */
function inWords(host: string, { state, last_error }: PublisherStatus): string {
  switch (state) {
    case 'starting':
      return `Connecting to ${host}.`
    case 'broadcasting':
      return last_error ? `${host}: ${last_error.detail}` : `${host} receives the stream.`
    case 'idle':
      return `${host} no longer receives the stream.`
    default:
      return `${host}: ${last_error?.detail ?? 'The connection was lost; it is tried again.'}`
  }
}

/** Turns the reports of publishers into events: one for each change that a person would call one. */
export class DestinationEvents {
  readonly #last = new Map<string, string>()
  readonly #onEvent: (type: string, detail: string) => void

  constructor(onEvent: (type: string, detail: string) => void) {
    this.#onEvent = onEvent
  }

  report(id: string, url: string, status: PublisherStatus): void {
    const now = `${status.state} ${status.last_error?.code ?? ''}`
    if (this.#last.get(id) === now) return
    this.#last.set(id, now)
    this.#onEvent(`destination.${status.state}`, inWords(URL.parse(url)?.hostname ?? 'A destination', status))
  }

  /** Forgets those that are no longer configured. */
  keepOnly(ids: readonly string[]): void {
    for (const id of this.#last.keys()) if (!ids.includes(id)) this.#last.delete(id)
  }
}
