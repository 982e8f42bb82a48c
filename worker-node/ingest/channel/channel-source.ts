import type { Readable } from 'node:stream'
import type { SourceDescription } from '#schema/contracts/source.ts'
import { TransportStreamIntake } from '../mpegts/transport-stream-intake.ts'
import { Pacer, systemPacerClock } from '../pacer.ts'
import type { Source, SourceEnd } from '../source.ts'
import { ClockGroups } from './clock-groups.ts'

/** What may wait for its time before the site is held back, bytes: 20 s even of a heavy channel. */
const maxHeldBytes = 16 * 1024 * 1024
/** So much goes out at once at the start, milliseconds. */
const leadMs = 1_000
/** How long what still waits at the end may take to go out, milliseconds. */
const drainMs = 6_000

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
  readonly #groups = new ClockGroups()
  readonly #pacer: Pacer
  readonly #resolveEnded: (end: SourceEnd) => void
  #drainTimer: NodeJS.Timeout | undefined
  #isOver = false

  constructor(options: ChannelSourceOptions) {
    this.#options = options
    this.#intake = new TransportStreamIntake({
      protocol: options.protocol,
      onFull: () => this.#pacer.hold(),
      onDrained: () => this.#pacer.resume(),
    })
    this.#pacer = new Pacer({
      clock: systemPacerClock,
      release: (bytes) => this.#intake.push(bytes),
      onFull: () => options.onHold(true),
      onDrained: () => options.onHold(false),
      ...{ isLive: true, leadMs, maxBytes: maxHeldBytes },
    })
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
    if (!this.#isOver) this.#pacer.add(this.#groups.push(bytes))
  }

  /** No more comes. What waits for its time still goes out, then the source is over. */
  finish(end: SourceEnd): void {
    if (this.#isOver) return
    this.#drainTimer ??= setTimeout(() => this.#over(end), drainMs)
    void this.#pacer.drained().then(() => this.#over(end))
  }

  #over(end: SourceEnd): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#drainTimer)
    this.#pacer.clear()
    this.#intake.end()
    this.#resolveEnded(end)
  }
}
