import type { Readable } from 'node:stream'
import type { SourceDescription } from '#schema/contracts/source.ts'
import { TransportStreamIntake } from '../mpegts/transport-stream-intake.ts'
import type { Source, SourceEnd } from '../source.ts'
import { Pacer } from './pacer.ts'

/** What may wait for its time before the site is held back, bytes; at twice this rate of media it is some 20 s. */
const maxHeldBytes = 16 * 1024 * 1024
/** How long what still waits at the end may take to go out, milliseconds. */
const drainMs = 6_000
const shortestWaitMs = 5

export interface ChannelSourceOptions {
  /** As the description shall name it: `twitch`, … */
  readonly protocol: string
  /** True: hand on no more bytes for now. */
  readonly onHold: (held: boolean) => void
  /** Somebody closed it. */
  readonly onClose: () => void
}

/** A channel that is live, as a source: a transport stream in lumps goes in, and comes out at its own pace. */
export class ChannelSource implements Source {
  readonly input = { kind: 'stdin', format: 'mpegts' } as const
  readonly ready: Promise<SourceDescription>
  readonly ended: Promise<SourceEnd>
  readonly #options: ChannelSourceOptions
  readonly #intake: TransportStreamIntake
  readonly #pacer = new Pacer()
  readonly #resolveEnded: (end: SourceEnd) => void
  #timer: NodeJS.Timeout | undefined
  #drainTimer: NodeJS.Timeout | undefined
  #end: SourceEnd | undefined
  #isOver = false
  #holds = false

  constructor(options: ChannelSourceOptions) {
    this.#options = options
    this.#intake = new TransportStreamIntake({ protocol: options.protocol, onDrained: () => this.#release() })
    this.ready = this.#intake.ready
    const { promise, resolve } = Promise.withResolvers<SourceEnd>()
    this.ended = promise
    this.#resolveEnded = resolve
  }

  get bytesReceived(): number {
    return this.#intake.received().bytes
  }

  get heldBack(): boolean {
    return this.#intake.heldBack
  }

  describe(): SourceDescription {
    return this.#intake.describe()
  }

  open(): Readable {
    return this.#intake.open()
  }

  close(why: string): void {
    this.#over({ reason: 'ended', detail: why })
    this.#options.onClose()
  }

  /** The next bytes of the transport stream. */
  push(bytes: Buffer): void {
    if (this.#isOver) return
    this.#pacer.push(bytes, performance.now())
    this.#release()
  }

  /** No more comes. What waits for its time still goes out, then the source is over. */
  finish(end: SourceEnd): void {
    this.#end ??= end
    this.#drainTimer ??= setTimeout(() => this.#over(end), drainMs)
    this.#release()
  }

  #release(): void {
    clearTimeout(this.#timer)
    if (this.#isOver) return
    if (!this.#intake.heldBack) for (const bytes of this.#pacer.take(performance.now())) this.#intake.push(bytes)
    this.#hold()
    const dueMs = this.#pacer.nextDueMs
    if (dueMs === null && this.#end) this.#over(this.#end)
    else if (dueMs !== null && !this.#intake.heldBack)
      this.#timer = setTimeout(() => this.#release(), Math.max(shortestWaitMs, dueMs - performance.now()))
  }

  #hold(): void {
    const holds = this.#pacer.heldBytes > (this.#holds ? maxHeldBytes / 2 : maxHeldBytes)
    if (holds === this.#holds) return
    this.#holds = holds
    this.#options.onHold(holds)
  }

  #over(end: SourceEnd): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#timer)
    clearTimeout(this.#drainTimer)
    this.#intake.end()
    this.#resolveEnded(end)
  }
}
