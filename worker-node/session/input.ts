import type { ChannelNow, InputStatus } from '#schema/contracts/input.ts'
import type { Issue } from '#schema/contracts/live-stream.ts'
import type { SourceDescription } from '#schema/contracts/source.ts'
import type { Driver, DriverHost, DriverState } from '../ingest/driver.ts'
import type { Source, SourceEnd } from '../ingest/source.ts'
import type { RunPace } from '../observe/pace.ts'
import { GainRider } from '../transcode/gain-rider.ts'
import { BadSpell } from './bad-spell.ts'
import { InputEncoder, type InputEncoderOptions } from './input-encoder.ts'
import { InputSource } from './input-source.ts'
import { InputTrust } from './input-trust.ts'
import { inputInWords } from './input-words.ts'
import type { OpenInput } from './options.ts'

/** An input that had the encoder and gave no picture is not tried again for so long, while another sends. Milliseconds. */
const failureMemoryMs = 15_000

export interface SessionInputOptions extends Omit<InputEncoderOptions, 'rider'> {
  /** A source has come or gone; where the input had the encoder, all that the source left has been handed on. */
  readonly onSource: (input: SessionInput) => void
  /** What fetches its media failed; told once, until it has done well again. */
  readonly onFailed: (input: SessionInput, issue: Pick<Issue, 'detail' | 'fix'>) => void
  /** Starts what fetches the media of an input that no encoder pushes. */
  readonly startDriver: (
    input: OpenInput,
    host: Pick<DriverHost, 'onSource' | 'onState' | 'onChannel'>,
  ) => Driver | null
}

/** The source that is there now, and what encodes it while the input is chosen. */
interface Attachment {
  readonly held: InputSource
  readonly encoder: InputEncoder
}

/**
 * One input of a session: the source it has now, and an FFmpeg on it while the input is chosen. A source that is not
 * chosen stays connected and warm: its newest group of pictures is at hand.
 */
export class SessionInput {
  readonly #options: SessionInputOptions
  /** Its sound is as loud in the next run as it was in the last. */
  readonly #rider = new GainRider()
  readonly #trust = new InputTrust()
  readonly #driver: Driver | null
  #spec: OpenInput
  #now: Attachment | undefined
  /** Until each source that was attached is gone, and all that encoded it. */
  readonly #endings = new Set<Promise<unknown>>()
  #closedWhy: string | undefined
  #lastEnd: SourceEnd | undefined
  #driverState: DriverState | undefined
  readonly #spell = new BadSpell()
  #channel: ChannelNow | null = null
  #failedAtMs = Number.NEGATIVE_INFINITY
  #state: Pick<InputStatus, 'state' | 'state_detail' | 'state_since'> | undefined

  constructor(spec: OpenInput, options: SessionInputOptions) {
    this.#spec = spec
    this.#options = options
    this.#driver = options.startDriver(spec, {
      onSource: (source) => void this.attach(source).catch(options.onFault),
      onState: (state) => this.#onState(state),
      onChannel: (channel) => {
        this.#channel = channel
      },
    })
  }

  get spec(): OpenInput {
    return this.#spec
  }

  get isConnected(): boolean {
    return this.#now !== undefined
  }

  /** Whether another encoder may not take its place: it has one that sends. */
  isTaken(nowMs: number): boolean {
    return this.#now?.held.isTaken(nowMs) ?? false
  }

  /** Whether nothing will ever come again. */
  get isFinished(): boolean {
    return this.#driverState?.state === 'finished' && !this.isConnected
  }

  /** How the last source ended. */
  get lastEnd(): SourceEnd | undefined {
    return this.#lastEnd
  }

  /** What the source sends; null while there is none. */
  get description(): SourceDescription | null {
    return this.#now?.held.description ?? null
  }

  /** Of the FFmpeg that is on it; undefined while none is. */
  get pace(): RunPace | undefined {
    return this.#now?.encoder.pace
  }

  /** What is wrong and needs somebody to mend it. */
  get issues(): readonly Issue[] {
    const issue = this.#driverState?.issue
    return issue ? [{ ...issue, input_id: this.#spec.id }] : []
  }

  /** Only its name and priority may change; anything else makes another input. */
  rename(spec: OpenInput): void {
    this.#spec = spec
  }

  /** Takes a source in the place of the one before. Resolves when it is gone again; rejects for a fault of ours. */
  async attach(source: Source): Promise<void> {
    if (this.#closedWhy !== undefined) return source.close(this.#closedWhy)
    this.#now?.held.source.close('Another source has taken over.')
    this.dismiss()
    const fault = Promise.withResolvers<never>()
    const held = new InputSource(source, performance.now())
    const encoder = new InputEncoder(source, { ...this.#options, rider: this.#rider, onFault: fault.reject })
    const attachment = { held, encoder }
    this.#now = attachment
    const ending = source.ended.then(async (end) => {
      await encoder.idle()
      return end
    })
    this.#endings.add(ending)
    void ending.then(() => this.#endings.delete(ending))
    this.#options.onSource(this)
    source.ready
      .then((description) => {
        if (this.#now === attachment) this.#described(held, description)
      })
      .catch(fault.reject)
    this.#leave(attachment, await Promise.race([ending, fault.promise]))
  }

  /** Bytes that came since it was asked last. To be called some times a second: it is how silence is noticed. */
  look(nowMs: number): number {
    if (!this.#now) return 0
    const { held, encoder } = this.#now
    // What begins late was not there to be mapped: FFmpeg must begin anew.
    if (encoder.isOn && held.hasMore()) {
      this.dismiss()
      this.choose()
    }
    return held.look(nowMs)
  }

  /** Milliseconds for which it has sent without a break; null: it does not send. */
  sendingForMs(nowMs: number): number | null {
    return this.#now?.held.sendingForMs(nowMs) ?? null
  }

  failedLately(nowMs: number): boolean {
    return nowMs - this.#failedAtMs < failureMemoryMs
  }

  /** It had the encoder and gave no picture. */
  markFailed(nowMs: number): void {
    this.#failedAtMs = nowMs
  }

  /** Puts an FFmpeg on it, for as long as its source is there. */
  choose(): void {
    const planFor = this.#now?.held.planFor
    if (planFor) this.#now?.encoder.start(planFor)
  }

  /** What is wanted of the encoder may be something else now. */
  renew(): void {
    const planFor = this.#now?.held.planFor
    if (planFor) this.#now?.encoder.renew(planFor)
  }

  /** Another input has the encoder now. */
  dismiss(): void {
    this.#now?.encoder.stop()
  }

  /** Its pictures go out now. */
  tookOver(nowMs: number): void {
    this.#trust.tookOver(nowMs)
  }

  /** Another had to take over. One that sends all the same is too slow, and would lose it again. */
  lostAir(nowMs: number): void {
    if (this.#now?.held.sends(nowMs)) this.#trust.failed(nowMs)
    else this.#trust.lost()
  }

  /** For so long it must send before it takes over from one that is well, milliseconds. */
  get goodAfterMs(): number {
    return this.#trust.goodAfterMs
  }

  /** It stalled on air: it must prove itself anew. */
  distrust(): void {
    this.#now?.held.distrust()
  }

  status(isOnAir: boolean, now: Date): InputStatus {
    const { state, detail } = inputInWords({
      source: !this.#now ? 'none' : this.#now.held.planFor ? 'described' : 'connected',
      isSending: this.sendingForMs(performance.now()) !== null,
      isChosen: this.#now?.encoder.isOn ?? false,
      isOnAir,
      isFetched: this.#driver !== null,
      driver: this.#driverState,
      lastEnd: this.#lastEnd,
    })
    if (this.#state?.state !== state || this.#state.state_detail !== detail)
      this.#state = {
        state,
        state_detail: detail,
        state_since: this.#state?.state === state ? this.#state.state_since : now.toISOString(),
      }
    return { ...this.#state, now: this.description, channel: this.#channel }
  }

  /** Ends the source, telling it why, and every process; it takes no other. Resolves when they are gone. */
  async close(why: string, goesElsewhere = false): Promise<void> {
    this.#closedWhy ??= why
    this.#now?.held.source.close(why, goesElsewhere)
    this.dismiss()
    await Promise.all([this.#driver?.stop(), ...this.#endings])
  }

  #onState(now: DriverState): void {
    this.#driverState = now
    if (now.state === 'finished') this.#options.onSource(this)
    if (now.state === 'waiting' && !now.issue) this.#spell.over()
    if (now.state === 'failed' && this.#spell.failed(performance.now()))
      this.#options.onFailed(this, now.issue ?? { detail: now.detail, fix: '' })
  }

  #described(held: InputSource, description: SourceDescription): void {
    if (!description.video && !description.audio) held.source.close(nothingReadable)
    else {
      held.described(description)
      this.#spell.gaveMedia(performance.now())
      this.#options.onSource(this)
    }
  }

  #leave(attachment: Attachment, end: SourceEnd): void {
    if (this.#now !== attachment) return
    this.#lastEnd = end.detail === nothingReadable ? { reason: 'refused', detail: end.detail } : end
    this.dismiss()
    this.#now = undefined
    this.#options.log.info({ ...this.#lastEnd }, 'source gone')
    this.#options.onSource(this)
  }
}

const nothingReadable =
  'There is neither a picture nor sound in this stream that can be read. H.264 video and AAC audio always work.'
