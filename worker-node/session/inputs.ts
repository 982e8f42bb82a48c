import type { Issue } from '#schema/contracts/live-stream.ts'
import type { SourceDescription } from '#schema/contracts/source.ts'
import type { SessionReport } from '#schema/contracts/worker.ts'
import type { InputType } from '#schema/enums.ts'
import type { Source, SourceEnd } from '../ingest/source.ts'
import type { RunPace } from '../observe/pace.ts'
import type { RunEvents } from './airing-options.ts'
import { SessionInput, type SessionInputOptions } from './input.ts'
import { chooseInput } from './input-choice.ts'
import { inputIssues } from './input-issues.ts'
import type { EventSubject, OpenInput } from './options.ts'
import type { PlannedSession } from './plan.ts'
import type { RunSink } from './run.ts'

/** How often silence is looked for and the choice made anew, milliseconds. */
const lookEachMs = 100
/** An input that was just chosen has so long to give its first picture before another is tried, milliseconds. */
const firstPictureMs = 8_000

/** `onSound` and `onGlance` are told of the input on air only. */
export interface SessionInputsOptions extends Omit<SessionInputOptions, 'onRunBegin' | 'onSource' | 'onFailed'> {
  /** A run begins; `onAir` is to be called when its first picture goes out. */
  readonly onRunBegin: (planned: PlannedSession, events: RunEvents) => RunSink
  /** Whether live pictures go out now. */
  readonly isLive: () => boolean
  /** A source has connected, to any input. */
  readonly onConnected: () => void
  /** The last source is gone and everything it left has been handed on. `wasOnAir`: it was its picture that went out. */
  readonly onGone: (end: SourceEnd, wasOnAir: boolean) => void
  /** All inputs have been played to their end: nothing will come any more. */
  readonly onFinished: () => void
  /** Another input has gone on air, or one failed; words for the event list. */
  readonly onEvent: (type: 'input.switched' | 'input.failed', detail: string, about: EventSubject) => void
}

/**
 * The input side of a session: all inputs of the stream, of which one has the encoder. When that one stalls, the best
 * other that sends gets it; when a better one has been good for ten seconds, it gets it back: its FFmpeg starts beside the
 * other's, and the timeline changes over once its pictures come.
 */
export class SessionInputs {
  readonly #options: SessionInputsOptions
  readonly #timer: NodeJS.Timeout
  #inputs: readonly SessionInput[] = []
  /** Inputs that were removed and are not gone yet. */
  readonly #endings = new Set<Promise<void>>()
  #pinnedId: string | null = null
  /** The input whose pictures go out, or went out before the slate. */
  #onAir: SessionInput | undefined
  /** The input that was chosen and has given no picture yet. */
  #coming: { readonly input: SessionInput; readonly sinceMs: number } | undefined
  #receivedBytes = 0
  #isClosed = false

  constructor(options: SessionInputsOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.#look(performance.now()), lookEachMs)
  }

  /** The configuration: inputs that are new begin, those that are gone end, others stay as they are. */
  configure(wanted: readonly OpenInput[], pinnedId: string | null): void {
    this.#pinnedId = pinnedId
    const kept = new Map(this.#inputs.map((input) => [input.spec.id, input]))
    this.#inputs = wanted.map((spec) => {
      const present = kept.get(spec.id)
      if (!present || !isSameInput(present.spec, spec)) return this.#create(spec)
      kept.delete(spec.id)
      present.rename(spec)
      return present
    })
    for (const input of kept.values()) this.#remove(input)
    this.#choose(performance.now())
  }

  /** What is wanted of the encoders may be something else now. */
  renew(): void {
    for (const input of this.#inputs) input.renew()
  }

  /** The slate has gone on air: whoever sends may take over at once. */
  onStall(): void {
    const nowMs = performance.now()
    this.#takeStock(nowMs)
    this.#onAir?.distrust()
    this.#choose(nowMs)
  }

  /** Whether any input has a source. */
  get isConnected(): boolean {
    return this.#inputs.some((input) => input.isConnected)
  }

  /** Whether there are inputs that are fetched, and all of them have been played to their end. */
  get haveAllBeenPlayed(): boolean {
    const fetched = this.#inputs.filter(({ spec }) => spec.type !== 'push')
    return fetched.length > 0 && fetched.every((input) => input.isFinished)
  }

  /** What the input on air sends; null while there is none. */
  get description(): SourceDescription | null {
    return this.#current?.description ?? null
  }

  /** Who sends that: an encoder, or what is fetched. */
  get type(): InputType {
    return this.#current?.spec.type ?? 'push'
  }

  /** Bytes of the inputs that had the encoder, while they had it; and what FFmpeg made of the one on air. */
  get totals(): { readonly receivedBytes: number; readonly pace: RunPace | undefined } {
    return { receivedBytes: this.#receivedBytes, pace: this.#current?.pace }
  }

  /** What is wrong with them; of what the one on air sends only where it is fetched and its fetcher knows. */
  issues({ passesThrough }: { readonly passesThrough: boolean }): readonly Issue[] {
    const nowMs = performance.now()
    const inputs = this.#inputs.map((input) => ({
      ...{ id: input.spec.id, type: input.spec.type, name: nameOf(input), source: input.description },
      isCurrent: input === this.#current,
      isWell: input.sendingForMs(nowMs) !== null && !input.failedLately(nowMs),
    }))
    const others = inputIssues({ inputs, passesThrough, pinnedId: this.#pinnedId, isLive: this.#options.isLive() })
    return [...this.#inputs.flatMap(({ issues }) => issues), ...others]
  }

  /**
   * The input that an encoder which connects now gets: the one it names, else the best push input without an encoder
   * that sends, else `taken`. Undefined: there is no such push input.
   */
  pushInput(named: string | null): SessionInput | 'taken' | undefined {
    const nowMs = performance.now()
    const push = this.#pushInputs(named)
    if (push.length === 0) return undefined
    return push.find((input) => !input.isTaken(nowMs)) ?? 'taken'
  }

  /**
   * Gives an encoder that was let in to a push input, the named one or else the one that is free; one that sends nothing
   * gives way, one that sends stays. Resolves when it is gone again; rejects for a fault of ours.
   */
  async attach(source: Source, named: string | null): Promise<void> {
    const input = this.pushInput(named)
    if (input === undefined) source.close('The stream has no such input for an encoder. Its settings were changed.')
    // Between its leave to publish and its first media another one came.
    else if (input === 'taken') source.close('Another encoder has begun to publish to this live stream meanwhile.')
    else await input.attach(source)
  }

  reports(): SessionReport['inputs'] {
    const now = new Date()
    const isLive = this.#options.isLive()
    return this.#inputs.map((input) => ({ id: input.spec.id, ...input.status(input === this.#onAir && isLive, now) }))
  }

  /** Ends every source, telling it why, and every process. Resolves when they are gone. */
  async close(why: string, goesElsewhere = false): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    await Promise.all([...this.#endings, ...this.#inputs.map((input) => input.close(why, goesElsewhere))])
  }

  /** On air, or to be so next where none is. */
  get #current(): SessionInput | undefined {
    return this.#onAir ?? this.#coming?.input
  }

  #pushInputs(named: string | null): SessionInput[] {
    return this.#inputs.filter(({ spec }) => spec.type === 'push' && (named === null || spec.id === named))
  }

  #create(spec: OpenInput): SessionInput {
    const { onRunBegin, onSound, onGlance, onEvent } = this.#options
    const log = this.#options.log.child({ input: spec.id })
    const input: SessionInput = new SessionInput(spec, {
      ...{ ...this.#options, log, ffmpeg: { ...this.#options.ffmpeg, log } },
      onRunBegin: (planned, events) => onRunBegin(planned, { ...events, onAir: () => this.#tookOver(input) }),
      onSource: (from) => this.#onSource(from),
      onFailed: (from, { detail, fix }) =>
        onEvent('input.failed', `Nothing comes from ${nameOf(from)}: ${detail} ${fix}`.trim(), {
          input_id: from.spec.id,
        }),
      onSound: (block) => {
        if (input === this.#onAir) onSound(block)
      },
      onGlance: (glance) => {
        if (input === this.#onAir) onGlance(glance)
      },
    })
    return input
  }

  #remove(input: SessionInput): void {
    if (this.#onAir === input) this.#onAir = undefined
    if (this.#coming?.input === input) this.#coming = undefined
    const ending = input.close('This input was removed from the stream.').finally(() => this.#endings.delete(ending))
    this.#endings.add(ending)
  }

  #onSource(input: SessionInput): void {
    if (this.#isClosed) return
    if (input.isConnected) this.#options.onConnected()
    else {
      if (this.#coming?.input === input) this.#coming = undefined
      if (this.haveAllBeenPlayed && this.#inputs.every((each) => each.isFinished)) this.#options.onFinished()
      else if (!this.isConnected && input.lastEnd) this.#options.onGone(input.lastEnd, input === this.#onAir)
    }
    this.#choose(performance.now())
  }

  #look(nowMs: number): void {
    this.#takeStock(nowMs)
    this.#choose(nowMs)
  }

  #takeStock(nowMs: number): void {
    for (const input of this.#inputs) {
      const bytes = input.look(nowMs)
      if (input === this.#onAir || input === this.#coming?.input) this.#receivedBytes += bytes
    }
  }

  #choose(nowMs: number): void {
    if (this.#isClosed) return
    const coming = this.#coming
    if (coming && nowMs - coming.sinceMs > firstPictureMs && this.#inputs.length > 1) {
      coming.input.markFailed(nowMs)
      if (coming.input !== this.#onAir) coming.input.dismiss()
      this.#coming = undefined
    }
    const chosen = this.#coming?.input ?? this.#onAir
    const wantedId = chooseInput({
      candidates: this.#inputs.map((input) => ({
        id: input.spec.id,
        priority: input.spec.priority,
        sendingForMs: input.sendingForMs(nowMs),
        failedLately: input.failedLately(nowMs),
        goodAfterMs: input.goodAfterMs,
      })),
      chosenId: chosen?.spec.id,
      chosenIsWell: this.#coming !== undefined || (this.#onAir?.isConnected === true && this.#options.isLive()),
      pinnedId: this.#pinnedId,
    })
    const wanted = this.#inputs.find(({ spec }) => spec.id === wantedId)
    if (!wanted) return
    if (wanted !== chosen) this.#give(wanted, nowMs)
    // Its source may be another than before.
    wanted.choose()
  }

  /** The encoder goes to another input. What is on air stays until that one gives pictures, if it gives any itself. */
  #give(input: SessionInput, nowMs: number): void {
    if (this.#coming && this.#coming.input !== this.#onAir) this.#coming.input.dismiss()
    this.#coming = { input, sinceMs: nowMs }
    if (!this.#onAir || this.#options.isLive()) return
    this.#onAir.dismiss()
    this.#onAir.distrust()
    this.#onAir.lostAir(nowMs)
  }

  #tookOver(input: SessionInput): void {
    const before = this.#onAir
    if (this.#coming?.input === input) this.#coming = undefined
    this.#onAir = input
    input.tookOver(performance.now())
    if (!before || before === input) return
    before.dismiss()
    const detail = `Now on air: ${nameOf(input)}, in the place of ${nameOf(before)}.`
    this.#options.onEvent('input.switched', detail, { input_id: input.spec.id })
  }
}

const nameOf = ({ spec }: SessionInput) => spec.name ?? `input ${spec.priority} (${spec.type})`

/** Whether what is configured differs only in its name and its place. */
function isSameInput(a: OpenInput, b: OpenInput): boolean {
  const source = (input: OpenInput) => JSON.stringify({ ...input, name: undefined, priority: 0 })
  return source(a) === source(b)
}
