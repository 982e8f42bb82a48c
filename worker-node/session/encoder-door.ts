import type { Job } from '#schema/contracts/job.ts'
import type { StatusReason } from '#schema/enums.ts'
import type { Source, SourceEnd } from '../ingest/source.ts'
import { AwaitedEncoders } from './awaited-encoders.ts'
import type { SessionInputs } from './inputs.ts'

/** What the door needs of its session. */
export interface EncoderDoorOptions {
  readonly job: () => Job
  readonly inputs: Pick<SessionInputs, 'pushInput' | 'isConnected' | 'attach'>
  /** Whether anything has been on air. */
  readonly hasAired: () => boolean
  /** Whether the session takes no source any more. */
  readonly isEnding: () => boolean
  /** An encoder was refused although this is its stream. */
  readonly onRefused: (why: string) => void
  readonly end: (reason: StatusReason) => void
  readonly onFault: (error: unknown) => void
}

/** By which encoders come into a session. A stream that only they feed, and that none has reached, is held for nobody. */
export class EncoderDoor {
  readonly #options: EncoderDoorOptions
  readonly #awaited = new AwaitedEncoders(() => this.#endUnlessUsed('source_ended'))

  constructor(options: EncoderDoorOptions) {
    this.#options = options
  }

  /** Lets an encoder in that publishes now: gives its place, which is a certain input's if it names one. */
  admit(inputId: string | null): string | 'taken' | undefined {
    const input = this.#options.inputs.pushInput(inputId)
    if (input === undefined || input === 'taken') return input
    this.#awaited.add()
    return input.spec.id
  }

  /** An encoder was refused although this is its stream. Operators read why; the stream is not held for it. */
  refuse(why: string): void {
    this.#options.onRefused(why)
    this.#endUnlessUsed('encoder_refused')
  }

  /** An encoder that was let in could not be connected, or thought better of it. */
  notComing({ reason, detail }: SourceEnd): void {
    this.#awaited.remove()
    if (reason === 'refused') this.refuse(detail)
    else this.#endUnlessUsed('source_ended')
  }

  /** An encoder has connected. Resolves when it is gone again. */
  async attach(source: Source, inputId: string | null): Promise<void> {
    const { inputs, isEnding, onFault } = this.#options
    this.#awaited.remove()
    if (isEnding()) source.close('The broadcast has ended.')
    else await inputs.attach(source, inputId).catch(onFault)
  }

  /** Whether an encoder was let in that has not begun yet. */
  get awaitsAny(): boolean {
    return this.#awaited.any
  }

  /** Whether the stream lives as long as an encoder does, and the slate after it. */
  get isOnlyWay(): boolean {
    const { always_on, inputs } = this.#options.job()
    return !always_on && inputs.every(({ type }) => type === 'push')
  }

  /** Nobody is awaited any more. */
  close(): void {
    this.#awaited.close()
  }

  #endUnlessUsed(reason: StatusReason): void {
    const { inputs, hasAired, end } = this.#options
    if (this.isOnlyWay && !this.awaitsAny && !inputs.isConnected && !hasAired()) end(reason)
  }
}
