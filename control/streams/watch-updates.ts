import type { Runtime } from '../runtime.ts'
import type { FeedMessage, UpdateFeed } from './update-feed.ts'
import { isResumable, latestPosition, type Position, printPosition, readPosition } from './updates.ts'

interface WatchOptions {
  readonly feed: UpdateFeed
  /** The one live stream that is told of; null: all. */
  readonly liveStreamId: string | null
  /** `Last-Event-ID`; undefined: it begins now. */
  readonly lastEventId: string | undefined
  /** Whether who watches still may. */
  readonly isAllowed: () => Promise<boolean>
  /** It is over, for whatever reason. */
  readonly onEnd: () => void
}

/** A comment goes out after this much silence, so that proxies keep the connection, milliseconds. */
const commentMs = 15_000
/** How often is asked whether a watcher still may, milliseconds. */
const allowedMs = 60_000
/** Messages that wait for one watcher at most: a slow one is cut off, and resumes. */
const waitingMax = 500

/**
 * Updates as the body of a Server-Sent Events answer (WHATWG HTML §9.2). Each message's id is the position after it: a watcher
 * that comes back with one gets what it missed, or `reset` where that is not all known any more.
 */
export async function watchUpdates(runtime: Runtime, options: WatchOptions): Promise<ReadableStream<Uint8Array>> {
  const watcher = new Watcher(runtime, options)
  try {
    await watcher.begin()
  } catch (error) {
    watcher.end()
    throw error
  }
  return watcher.body()
}

class Watcher {
  readonly #runtime: Runtime
  readonly #options: WatchOptions
  readonly #encoder = new TextEncoder()
  #opening = ''
  #position: Position = { change: 0, event: 0 }
  /** It still reads for itself what it missed; what comes meanwhile waits. */
  #isCatchingUp = false
  #waiting: FeedMessage[] = []
  #wake = () => {}
  #isOver = false
  #isCutOff = false
  #cutOff = () => {}
  #allowedAtMs: number

  constructor(runtime: Runtime, options: WatchOptions) {
    this.#runtime = runtime
    this.#options = options
    this.#allowedAtMs = performance.now()
    runtime.closing.addEventListener('abort', this.#onClosing)
  }

  /** Where it starts: where it stopped, or now. */
  async begin(): Promise<void> {
    const { feed, lastEventId } = this.#options
    const { db, now } = this.#runtime
    this.#position = await feed.join(this.#listener)
    let reset = ''
    if (lastEventId !== undefined) {
      const from = readPosition(lastEventId)
      if (from && (await isResumable(this.#runtime, from))) {
        this.#position = from
        this.#isCatchingUp = true
      } else {
        this.#position = await latestPosition(db)
        const detail = 'Not all that happened since is known any more. List everything again; updates go on from here.'
        reset = `event: reset\ndata: ${JSON.stringify({ detail })}\n`
      }
    }
    this.#opening = `retry: 2000\n${reset}id: ${printPosition(this.#position, now())}\n\n`
  }

  /** Pulled as fast as the client reads. */
  body(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#cutOff = () => controller.error(new Error('This watcher reads too slowly.'))
        controller.enqueue(this.#encoder.encode(this.#opening))
      },
      pull: async (controller) => {
        const text = await this.#next().catch((error: unknown) => {
          // The client connects again and resumes where this ended.
          this.#runtime.log.warn({ err: error }, 'live updates ended early')
          return undefined
        })
        if (text !== undefined) return controller.enqueue(this.#encoder.encode(text))
        if (!this.#isCutOff) controller.close()
        this.end()
      },
      cancel: () => this.end(),
    })
  }

  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#waiting = []
    this.#options.feed.leave(this.#listener)
    this.#runtime.closing.removeEventListener('abort', this.#onClosing)
    this.#wake()
    this.#options.onEnd()
  }

  /** What to send next, as soon as there is something; undefined when it is over. */
  async #next(): Promise<string | undefined> {
    while (!this.#isOver) {
      if (performance.now() - this.#allowedAtMs >= allowedMs) {
        if (!(await this.#options.isAllowed())) return undefined
        this.#allowedAtMs = performance.now()
      }
      const text = this.#isCatchingUp ? await this.#missed() : this.#takeWaiting()
      if (text !== '') return text
      if (!this.#isCatchingUp && this.#waiting.length === 0 && !(await this.#woken())) return ':\n\n'
    }
    return undefined
  }

  async #missed(): Promise<string> {
    const messages = await this.#options.feed.after(this.#position)
    if (messages.length === 0) this.#isCatchingUp = false
    return this.#print(messages)
  }

  /** All that waits, in one piece. */
  #takeWaiting(): string {
    const messages = this.#waiting
    this.#waiting = []
    return this.#print(messages)
  }

  #print(messages: readonly FeedMessage[]): string {
    let text = ''
    for (const message of messages) {
      const { position } = message
      const isNew = position.change > this.#position.change || position.event > this.#position.event
      if (!isNew) continue
      this.#position = {
        change: Math.max(position.change, this.#position.change),
        event: Math.max(position.event, this.#position.event),
      }
      if (this.#isWanted(message))
        text += `${message.text}id: ${printPosition(this.#position, this.#runtime.now())}\n\n`
    }
    return text
  }

  #isWanted({ liveStreamId }: FeedMessage): boolean {
    return this.#options.liveStreamId === null || this.#options.liveStreamId === liveStreamId
  }

  /** False: nothing has come for a while. */
  #woken(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), commentMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve(true)
      }
    })
  }

  readonly #onClosing = () => this.end()

  readonly #listener = (messages: readonly FeedMessage[]): void => {
    if (this.#isOver) return
    this.#waiting.push(...messages.filter((message) => this.#isWanted(message)))
    if (this.#waiting.length > waitingMax) {
      this.#isCutOff = true
      this.#cutOff()
      this.end()
    }
    this.#wake()
  }
}
