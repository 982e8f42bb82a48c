import type { ChannelNow, InputStatus } from '#schema/contracts/input.ts'
import type { Issue } from '#schema/contracts/live-stream.ts'
import type { SourceDescription } from '#schema/contracts/source.ts'
import type { Driver, DriverHost, DriverState } from './ingest/driver.ts'
import { runWhileSourceLives } from './ingest/run-loop.ts'
import type { Source, SourceEnd } from './ingest/source.ts'
import type { Log } from './observe/log.ts'
import { inputInWords } from './session-input-words.ts'
import type { OpenInput } from './session-options.ts'
import type { RunSink } from './session-run.ts'
import type { FfmpegBinary } from './transcode/ffmpeg-binary.ts'
import type { FfmpegExit } from './transcode/ffmpeg-process.ts'
import { GainRider } from './transcode/gain-rider.ts'
import type { Glance } from './transcode/glance.ts'
import type { SoundBlock } from './transcode/loudness.ts'
import { startFlvPassthrough } from './transcode/passthrough.ts'
import type { EncodePlan, PlannedEncode } from './transcode/plan.ts'
import type { TranscodeProgress } from './transcode/progress.ts'
import { startTranscode, type Transcode } from './transcode/transcoder.ts'

/** Without a byte for so long a source counts as silent, milliseconds. */
const silentMs = 1_000
/** An encoder that has sent nothing for so long is taken for dead, and another may take its place. Milliseconds. */
const takenMs = 4_000
/** An input that had the encoder and gave no picture is not tried again for so long, while another sends. Milliseconds. */
const failureMemoryMs = 15_000

export interface SessionInputOptions {
  readonly ffmpeg: FfmpegBinary
  readonly log: Log
  /** See TranscodeOptions. */
  readonly listens: boolean
  /** The encodes for a source like this. */
  readonly plan: (source: SourceDescription) => PlannedEncode
  readonly onRunBegin: (input: SessionInput, planned: PlannedEncode) => RunSink
  readonly onProgress: (progress: TranscodeProgress) => void
  readonly onSnapshot: (jpeg: Buffer) => void
  /** What is heard and seen of the input: see TranscodeOptions. */
  readonly onSound: (input: SessionInput, block: SoundBlock) => void
  readonly onGlance: (input: SessionInput, glance: Glance) => void
  /** FFmpeg has ended; it is started again if `sourceLives`. */
  readonly onRunEnd: (exit: FfmpegExit, sourceLives: boolean) => void
  /** A source has come or gone; where the input had the encoder, all that the source left has been handed on. */
  readonly onSource: (input: SessionInput) => void
  /** A fault of ours with a source that was fetched. */
  readonly onFault: (error: unknown) => void
  /** Starts what fetches the media of an input that no encoder pushes. */
  readonly startDriver: (
    input: OpenInput,
    host: Pick<DriverHost, 'onSource' | 'onState' | 'onChannel'>,
  ) => Driver | null
}

/**
 * One input of a session: the source it has now, and an FFmpeg on it while the input is chosen. A source that is not
 * chosen stays connected and warm: its newest group of pictures is at hand.
 */
export class SessionInput {
  readonly #options: SessionInputOptions
  readonly #abort = new AbortController()
  /** Its sound is as loud in the next run as it was in the last. */
  readonly #rider = new GainRider()
  #runDone: Promise<void> | undefined
  #onFault: (error: unknown) => void = () => {}
  readonly #driver: Driver | null
  #spec: OpenInput
  #source: Source | undefined
  #description: SourceDescription | undefined
  #lastEnd: SourceEnd | undefined
  #driverState: DriverState | undefined
  #channel: ChannelNow | null = null
  #election: AbortController | undefined
  #countedBytes = 0
  #seenBytes = 0
  #lastBytesMs = Number.NEGATIVE_INFINITY
  #sendingSinceMs: number | undefined
  #failedAtMs = Number.NEGATIVE_INFINITY
  #state: Pick<InputStatus, 'state' | 'state_detail' | 'state_since'> | undefined

  constructor(spec: OpenInput, options: SessionInputOptions) {
    this.#spec = spec
    this.#options = options
    this.#driver = options.startDriver(spec, {
      onSource: (source) => void this.attach(source).catch(options.onFault),
      onState: (state) => {
        this.#driverState = state
        if (state.state === 'finished') options.onSource(this)
      },
      onChannel: (channel) => {
        this.#channel = channel
      },
    })
  }

  get spec(): OpenInput {
    return this.#spec
  }

  get isConnected(): boolean {
    return this.#source !== undefined
  }

  /** Whether another encoder may not take its place: it has one that sends. */
  isTaken(nowMs: number): boolean {
    return this.#source !== undefined && this.#source.bytesReceived > 0 && nowMs - this.#lastBytesMs < takenMs
  }

  /** Whether nothing will ever come again. */
  get isFinished(): boolean {
    return this.#driverState?.state === 'finished' && this.#source === undefined
  }

  /** How the last source ended. */
  get lastEnd(): SourceEnd | undefined {
    return this.#lastEnd
  }

  /** What the source sends; null while there is none. */
  get description(): SourceDescription | null {
    return this.#source && this.#description ? this.#source.describe() : null
  }

  /** What is wrong and needs somebody to mend it. */
  get issues(): readonly Issue[] {
    return this.#driverState?.issue ? [this.#driverState.issue] : []
  }

  /** Only its name and priority may change; anything else makes another input. */
  rename(spec: OpenInput): void {
    this.#spec = spec
  }

  /** Takes a source in the place of the one before. Resolves when it is gone again; rejects for a fault of ours. */
  async attach(source: Source): Promise<void> {
    this.#source?.close('Another source has taken over.')
    this.#dismiss()
    this.#source = source
    this.#description = undefined
    this.#seenBytes = 0
    this.#countedBytes = 0
    this.#lastBytesMs = performance.now()
    this.#sendingSinceMs = undefined
    this.#options.onSource(this)
    const fault = Promise.withResolvers<never>()
    this.#onFault = fault.reject
    source.ready
      .then((description) => {
        if (this.#source === source) this.#described(source, description)
      })
      .catch(fault.reject)
    const end = await Promise.race([source.ended, fault.promise])
    await this.#runDone
    this.#leave(source, end.detail === nothingReadable ? { reason: 'refused', detail: end.detail } : end)
  }

  /** Bytes that came since it was asked last. To be called some times a second: it is how silence is noticed. */
  look(nowMs: number): number {
    const source = this.#source
    if (!source) return 0
    const bytes = source.bytesReceived - this.#countedBytes
    this.#countedBytes = source.bytesReceived
    if (source.bytesReceived > this.#seenBytes || source.heldBack || isGenerated(source)) this.#lastBytesMs = nowMs
    this.#seenBytes = source.bytesReceived
    if (this.#election && this.#description) this.#restartForMore(source, this.#description)
    if (!this.#description || !this.#isSending(nowMs)) this.#sendingSinceMs = undefined
    else this.#sendingSinceMs ??= nowMs
    return bytes
  }

  /** Milliseconds for which it has sent without a break; null: it does not send. */
  sendingForMs(nowMs: number): number | null {
    return this.#sendingSinceMs === undefined ? null : nowMs - this.#sendingSinceMs
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
    if (this.#election || !this.#source || !this.#description) return
    const election = new AbortController()
    this.#election = election
    const signal = AbortSignal.any([election.signal, this.#abort.signal])
    this.#runDone = this.#run(this.#source, this.#description, signal).catch(this.#onFault)
  }

  /** Another input has the encoder now. */
  dismiss(): void {
    this.#dismiss()
  }

  /** Another input has the encoder now because this one stalled: it must prove itself anew. */
  distrust(): void {
    this.#dismiss()
    this.#sendingSinceMs = undefined
  }

  status(isOnAir: boolean, now: Date): InputStatus {
    const { state, detail } = inputInWords({
      source: !this.#source ? 'none' : this.#description ? 'described' : 'connected',
      isSending: this.#sendingSinceMs !== undefined,
      isChosen: this.#election !== undefined,
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

  /** Ends the source, telling it why, and every process. Resolves when they are gone. */
  async close(why: string): Promise<void> {
    this.#source?.close(why)
    this.#abort.abort()
    await Promise.all([this.#runDone, this.#driver?.stop()])
  }

  #described(source: Source, description: SourceDescription): void {
    if (!description.video && !description.audio) source.close(nothingReadable)
    else {
      this.#description = description
      this.#options.onSource(this)
    }
  }

  #isSending(nowMs: number): boolean {
    return nowMs - this.#lastBytesMs < silentMs
  }

  /** Sound or a picture that begins late was not there to be mapped: FFmpeg must begin anew. */
  #restartForMore(source: Source, before: SourceDescription): void {
    const now = source.describe()
    if ((before.audio || !now.audio) && (before.video || !now.video)) return
    this.#description = now
    this.#dismiss()
    this.choose()
  }

  async #run(source: Source, description: SourceDescription, signal: AbortSignal): Promise<void> {
    const planned = this.#options.plan(description)
    let sink: RunSink | undefined
    await runWhileSourceLives({
      source,
      start: (onMedia) => this.#startFfmpeg(source, planned.plan, signal, sink!, onMedia),
      onRunBegin: () => {
        sink = this.#options.onRunBegin(this, planned)
      },
      onRunEnd: (exit, end) => {
        sink?.end()
        const sourceLives = end === null && !signal.aborted
        if (sourceLives) this.#options.log.warn(exit, 'FFmpeg stopped')
        if (!signal.aborted) this.#options.onRunEnd(exit, sourceLives)
      },
      signal,
    })
  }

  #startFfmpeg(source: Source, plan: EncodePlan, signal: AbortSignal, sink: RunSink, onMedia: () => void): Transcode {
    const { ffmpeg, listens, onProgress, onSnapshot, onSound, onGlance } = this.#options
    const { passthrough } = plan
    const isFlv = source.input.kind === 'stdin' && source.input.format === 'flv'
    // Where even the container is one that we read ourselves, no FFmpeg is needed at all.
    const start = isFlv && passthrough?.copiesVideo && passthrough.copiesAudio ? startFlvPassthrough : startTranscode
    return start({
      ffmpeg,
      input: source.input,
      plan,
      source: source.describe(),
      signal,
      onTrack: (track) => sink.onTrack(track),
      onSample: (trackId, sample) => {
        onMedia()
        sink.onSample(trackId, sample)
      },
      listens,
      rider: this.#rider,
      onProgress,
      onSnapshot,
      onSound: (block) => onSound(this, block),
      onGlance: (glance) => onGlance(this, glance),
    })
  }

  #dismiss(): void {
    this.#election?.abort()
    this.#election = undefined
  }

  #leave(source: Source, end: SourceEnd): void {
    if (this.#source !== source) return
    this.#lastEnd = end
    this.#source = undefined
    this.#description = undefined
    this.#sendingSinceMs = undefined
    this.#dismiss()
    this.#options.log.info({ input: this.#spec.id, ...end }, 'source gone')
    this.#options.onSource(this)
  }
}

const nothingReadable =
  'There is neither a picture nor sound in this stream that can be read. H.264 video and AAC audio always work.'

const isGenerated = (source: Source) => source.input.kind === 'test-pattern'
