import type { Runtime } from '../runtime.ts'
import { latestPosition, type Position, readUpdates, streamOf } from './updates.ts'

/** An update as it is sent, written once for all who get it. */
export interface FeedMessage {
  readonly liveStreamId: string
  /** `event:` and `data:` of it. */
  readonly text: string
  /** After it. */
  readonly position: Position
}

type Listener = (messages: readonly FeedMessage[]) => void

/** What other processes and the cron change is seen after this long, milliseconds. */
const pollMs = 1_000
/** Pauses between two readings, milliseconds: what happens in a burst is read together. */
const gatherMs = 25
/** After a reading that failed, milliseconds. */
const retryMs = 1_000

/**
 * All live updates as one reader of the database sees them: it reads as soon as something may have changed, however many
 * listen, and not at all while nobody does.
 */
export class UpdateFeed {
  readonly #runtime: Runtime
  readonly #publicUrl: string
  readonly #listeners = new Set<Listener>()
  #reading: AbortController | undefined
  #position: Position | undefined

  constructor(runtime: Runtime, publicUrl: string) {
    this.#runtime = runtime
    this.#publicUrl = publicUrl
  }

  get isIdle(): boolean {
    return this.#listeners.size === 0
  }

  /** Hears everything after the position that this gives. Call {@link leave} with the same listener in the end. */
  async join(listener: Listener): Promise<Position> {
    this.#listeners.add(listener)
    try {
      const latest = this.#position ?? (await latestPosition(this.#runtime.db))
      // While this one asked, another may have begun, from an earlier position even: none is skipped.
      this.#position ??= latest
    } catch (error) {
      this.leave(listener)
      throw error
    }
    if (!this.#reading && this.#listeners.size > 0) {
      this.#reading = new AbortController()
      void this.#read(AbortSignal.any([this.#reading.signal, this.#runtime.closing]))
    }
    return this.#position
  }

  leave(listener: Listener): void {
    this.#listeners.delete(listener)
    if (!this.isIdle) return
    this.#reading?.abort()
    this.#reading = undefined
    this.#position = undefined
  }

  /** What comes after a position, oldest first; a bounded number at once. */
  async after(position: Position): Promise<FeedMessage[]> {
    const updates = await readUpdates(this.#runtime, position, this.#publicUrl)
    return updates.map((update) => ({
      liveStreamId: streamOf(update),
      text: `event: ${update.name}\ndata: ${JSON.stringify(update.data)}\n`,
      position: update.position,
    }))
  }

  async #read(over: AbortSignal): Promise<void> {
    const { pulse, log } = this.#runtime
    while (!over.aborted && this.#position) {
      const { fires } = pulse
      try {
        const messages = await this.after(this.#position)
        if (over.aborted) return
        const last = messages.at(-1)
        if (last) {
          this.#position = last.position
          for (const listener of [...this.#listeners]) listener(messages)
          await pause(gatherMs, over)
          continue
        }
        // What came while it was read is not waited for.
        if (pulse.fires === fires) await pulse.wait(pollMs, over)
        await pause(gatherMs, over)
      } catch (error) {
        if (over.aborted) return
        log.warn({ err: error }, 'live updates could not be read; they are tried again')
        await pause(retryMs, over)
      }
    }
  }
}

/** Waits `ms`, or until `signal` fires. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}
