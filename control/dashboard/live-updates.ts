import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { StreamEventRecord } from '#schema/contracts/worker.ts'
import type { Change } from './state.ts'

/** What the connection needs from the page. */
export interface UpdateSource {
  /** Reads everything anew. */
  list(): Promise<readonly Change[]>
  apply(change: Change): void
}

/** Between two attempts, milliseconds. */
const retryMs = 2_000
/** After so long without an update somebody asks whether control is still there, milliseconds. */
const silenceMs = 15_000
/** Changes held back while the list is read; past that the list is read again. */
const heldMax = 1_000

/**
 * Follows `GET /v1/stream`. Each time it opens, it lists everything once more, and what arrives meanwhile is applied
 * after the list: so nothing is missed and nothing old stays. It connects again by itself until it is closed. A
 * connection can hang without an error, so after some silence everything is listed again: what cannot be, is lost.
 */
export class LiveUpdates {
  readonly #page: UpdateSource
  #source: EventSource | undefined
  #retry: ReturnType<typeof setTimeout> | undefined
  #silence: ReturnType<typeof setTimeout> | undefined
  #held: Change[] | undefined

  constructor(page: UpdateSource) {
    this.#page = page
  }

  open(): void {
    this.close()
    const source = new EventSource('/v1/stream')
    this.#source = source
    source.addEventListener('open', () => void this.#list(source))
    source.addEventListener('reset', () => void this.#list(source))
    source.addEventListener('error', () => this.#lost(source))
    source.addEventListener('live_stream', ({ data }) =>
      this.#take({ type: 'live_stream', stream: JSON.parse(data) as LiveStream }),
    )
    source.addEventListener('live_stream_deleted', ({ data }) =>
      this.#take({ type: 'live_stream_deleted', id: (JSON.parse(data) as { id: string }).id }),
    )
    source.addEventListener('event', ({ data }) =>
      this.#take({ type: 'event', event: JSON.parse(data) as StreamEventRecord }),
    )
  }

  close(): void {
    clearTimeout(this.#retry)
    clearTimeout(this.#silence)
    this.#source?.close()
    this.#source = undefined
    this.#held = undefined
  }

  async #list(source: EventSource): Promise<void> {
    clearTimeout(this.#silence)
    const held: Change[] = []
    this.#held = held
    const listed = await this.#page.list().catch(() => undefined)
    if (this.#source !== source || this.#held !== held) return
    this.#held = undefined
    if (!listed || held.length > heldMax) return this.#lost(source)
    for (const change of [...listed, ...held]) this.#page.apply(change)
    this.#page.apply({ type: 'connection', connection: 'open' })
    this.#listen()
  }

  #take(change: Change): void {
    if (this.#held === undefined) {
      this.#page.apply(change)
      this.#listen()
    } else if (this.#held.length <= heldMax) this.#held.push(change)
  }

  #listen(): void {
    const source = this.#source
    clearTimeout(this.#silence)
    if (source) this.#silence = setTimeout(() => void this.#list(source), silenceMs)
  }

  /** The browser connects again after a broken connection, but not after a refusal: both end up here. */
  #lost(source: EventSource): void {
    if (this.#source !== source) return
    this.close()
    this.#page.apply({ type: 'connection', connection: 'lost' })
    this.#retry = setTimeout(() => this.open(), retryMs)
  }
}
