import type { Readable } from 'node:stream'
import type { SourceDescription } from '#schema/contracts/source.ts'
import type { TranscodeInput } from '../../transcode/args.ts'
import { TransportStreamIntake } from '../mpegts/transport-stream-intake.ts'
import { Pacer, systemPacerClock } from '../pacer.ts'
import type { Source, SourceEnd } from '../source.ts'
import type { Reader, ReaderExit } from './reader.ts'
import { TransportStamps } from './transport-stamps.ts'

/** `arrival`: a live source that sends by itself. `live`: one that comes in bursts. `file`: at the pace of its timestamps. */
export type Pacing = 'arrival' | 'live' | 'file'

/** What readers fetch, one after the other, as one source. */
export class ReaderSource implements Source {
  readonly input: TranscodeInput = { kind: 'stdin', format: 'mpegts' }
  readonly ready: Promise<SourceDescription>
  readonly ended: Promise<SourceEnd>
  readonly #intake: TransportStreamIntake
  readonly #pacer: Pacer | undefined
  readonly #stamps = new TransportStamps()
  readonly #resolveEnded: (end: SourceEnd) => void
  #reader: Reader | undefined
  #isOver = false

  constructor(protocol: string, pacing: Pacing) {
    const { promise, resolve } = Promise.withResolvers<SourceEnd>()
    this.ended = promise
    this.#resolveEnded = resolve
    this.#intake = new TransportStreamIntake({
      protocol,
      onFull: () => (this.#pacer ? this.#pacer.hold() : this.#reader?.pause()),
      onDrained: () => (this.#pacer ? this.#pacer.resume() : this.#reader?.resume()),
    })
    this.ready = this.#intake.ready
    if (pacing === 'arrival') return
    this.#pacer = new Pacer({
      clock: systemPacerClock,
      release: (bytes) => this.#intake.push(bytes),
      onFull: () => this.#reader?.pause(),
      onDrained: () => this.#reader?.resume(),
      isLive: pacing === 'live',
    })
  }

  /** Takes all that one reader gives, `first` before the rest. Resolves when it has ended; what it gave may still play. */
  async take(reader: Reader, first: Buffer): Promise<ReaderExit> {
    this.#reader = reader
    if (this.#isOver) void reader.stop()
    this.#stamps.beginItem()
    this.#push(first)
    reader.flow((bytes) => this.#push(bytes))
    if (this.#pacer?.full) reader.pause()
    const exit = await reader.exited
    this.#reader = undefined
    return exit
  }

  /** Resolves when it can take more soon. */
  async room(): Promise<void> {
    await this.#pacer?.room()
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Ends it once all has been played. */
  async finish(end: SourceEnd): Promise<void> {
    await this.#pacer?.drained()
    this.#end(end)
  }

  close(why: string): void {
    this.#end({ reason: 'ended', detail: why })
    this.#pacer?.clear()
    void this.#reader?.stop()
  }

  describe(): SourceDescription {
    return this.#intake.describe()
  }

  get bytesReceived(): number {
    return this.#intake.received().bytes
  }

  get heldBack(): boolean {
    return this.#intake.heldBack
  }

  open(): Readable {
    return this.#intake.open()
  }

  #push(bytes: Buffer): void {
    if (this.#isOver) return
    if (this.#pacer) this.#pacer.add(this.#stamps.push(bytes))
    else this.#intake.push(bytes)
  }

  #end(end: SourceEnd): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#intake.end()
    this.#resolveEnded(end)
  }
}
