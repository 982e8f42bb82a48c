import type { SourceDescription } from '#schema/contracts/source.ts'
import type { VideoEncoder } from '#schema/enums.ts'
import { runWhileSourceLives } from '../ingest/run-loop.ts'
import type { Source } from '../ingest/source.ts'
import { videoTimescale } from '../media/sample.ts'
import type { Log } from '../observe/log.ts'
import type { RunPace } from '../observe/pace.ts'
import type { FfmpegBinary } from '../transcode/ffmpeg-binary.ts'
import type { FfmpegExit } from '../transcode/ffmpeg-process.ts'
import type { GainRider } from '../transcode/gain-rider.ts'
import type { Glance } from '../transcode/glance.ts'
import type { SoundBlock } from '../transcode/loudness.ts'
import { plannedTracks } from '../transcode/outputs.ts'
import { startFlvPassthrough } from '../transcode/passthrough.ts'
import type { TranscodeProgress } from '../transcode/progress.ts'
import { startTranscode, type Transcode } from '../transcode/transcoder.ts'
import { blamesEncoder, byEncodersFault } from './encoder.ts'
import { makesTheSame, type PlannedSession } from './plan.ts'
import type { RunSink } from './run.ts'

/** To be told of a run. */
export interface EncodeEvents {
  /** Some of it goes out. */
  readonly onAirSomewhere: () => void
  /** All of it goes out: no other run is needed any more. */
  readonly onAirEverywhere: () => void
}

export interface InputEncoderOptions {
  readonly ffmpeg: FfmpegBinary
  readonly log: Log
  /** See TranscodeOptions. */
  readonly listens: boolean
  readonly rider: GainRider
  /** The encodes for a source like this. */
  readonly plan: (source: SourceDescription) => PlannedSession
  readonly onRunBegin: (planned: PlannedSession, events: EncodeEvents) => RunSink
  readonly onProgress: (progress: TranscodeProgress) => void
  readonly onSnapshot: (jpeg: Buffer) => void
  /** What is heard and seen of the source: see TranscodeOptions. */
  readonly onSound: (block: SoundBlock) => void
  readonly onGlance: (glance: Glance) => void
  /** A run of a hardware encoder ended by that one's fault. What is planned after that begins in its place. */
  readonly onEncoderFailed: (encoder: VideoEncoder) => void
  /** FFmpeg has ended; it is started again if `sourceLives`. */
  readonly onRunEnd: (exit: FfmpegExit, sourceLives: boolean) => void
  /** A fault of ours. */
  readonly onFault: (error: unknown) => void
}

/**
 * What takes the place of another encode has so long to go on air, milliseconds. A machine that does not hold both at once
 * would wait for ever: after this, the slate covers the change.
 */
const besideMs = 15_000

/** One FFmpeg after the other on a source. */
interface Encode {
  readonly planFor: SourceDescription
  /** What its newest FFmpeg makes: what the first made, unless its encoder failed. */
  planned: PlannedSession
  readonly abort: AbortController
  /** Whether some of it has gone out. */
  wasOnAir: boolean
  /** Of the FFmpeg that runs now; undefined while none does. */
  pace: RunPace | undefined
}

/**
 * Puts an FFmpeg on one source while it is wanted, and a new one in the place of each that fails, or that makes something
 * else than is wanted now.
 */
export class InputEncoder {
  readonly #source: Source
  readonly #options: InputEncoderOptions
  /** Those that were stopped may take a moment to be gone. */
  readonly #runs = new Set<Promise<void>>()
  #wanted: Encode | undefined
  /** Go on until the wanted one is on air in their place: each gives something of what goes out now. */
  readonly #formers = new Set<Encode>()
  #patience: NodeJS.Timeout | undefined

  constructor(source: Source, options: InputEncoderOptions) {
    this.#source = source
    this.#options = options
  }

  get isOn(): boolean {
    return this.#wanted !== undefined
  }

  /** Of the FFmpeg whose pictures go out, or are to; undefined while there is none. */
  get pace(): RunPace | undefined {
    return this.#present?.pace
  }

  /** Encodes from now on, as is planned for such a source. */
  start(planFor: SourceDescription): void {
    if (!this.#wanted) this.#begin(planFor, this.#options.plan(planFor))
  }

  /** Where something else is wanted by now, that is encoded beside what is, until it can take its place. */
  renew(planFor: SourceDescription): void {
    const present = this.#wanted
    const planned = present && this.#options.plan(planFor)
    if (!planned || makesTheSame(present.planned, planned)) return
    if (present.wasOnAir) this.#formers.add(present)
    else present.abort.abort()
    clearTimeout(this.#patience)
    this.#patience = setTimeout(() => this.#endFormers(), besideMs).unref()
    this.#begin(planFor, planned)
  }

  stop(): void {
    this.#endFormers()
    this.#wanted?.abort.abort()
    this.#wanted = undefined
  }

  /** Resolves when all that it has started is gone. */
  async idle(): Promise<void> {
    await Promise.all(this.#runs)
  }

  /** What gives the pictures of now: until the wanted one goes out, what it is to take the place of. */
  get #present(): Encode | undefined {
    const [former] = [...this.#formers].slice(-1)
    return this.#wanted?.wasOnAir ? this.#wanted : (former ?? this.#wanted)
  }

  #endFormers(): void {
    clearTimeout(this.#patience)
    for (const { abort } of this.#formers) abort.abort()
    this.#formers.clear()
  }

  #begin(planFor: SourceDescription, planned: PlannedSession): void {
    const encode = { planFor, planned, abort: new AbortController(), wasOnAir: false, pace: undefined }
    this.#wanted = encode
    const run = this.#run(encode)
      .catch(this.#options.onFault)
      .finally(() => this.#runs.delete(run))
    this.#runs.add(run)
  }

  async #run(encode: Encode): Promise<void> {
    const { log, plan, onRunBegin, onRunEnd, onEncoderFailed } = this.#options
    const { signal } = encode.abort
    let sink: RunSink | undefined
    let hasFailed = false
    let gaveMedia = false
    await runWhileSourceLives({
      source: this.#source,
      start: (onMedia) =>
        this.#startFfmpeg(encode, sink!, () => {
          gaveMedia = true
          onMedia()
        }),
      onRunBegin: () => {
        if (hasFailed) encode.planned = plan(encode.planFor)
        hasFailed = false
        gaveMedia = false
        sink = onRunBegin(encode.planned, {
          onAirSomewhere: () => {
            encode.wasOnAir = true
          },
          onAirEverywhere: () => {
            if (this.#wanted === encode) this.#endFormers()
          },
        })
      },
      onRunEnd: (exit, end) => {
        sink?.end()
        encode.pace = undefined
        // One that ends before its time, such as one that was left behind, is not to come back in the place of the wanted.
        if (this.#formers.delete(encode)) encode.abort.abort()
        const sourceLives = end === null && !signal.aborted
        // What it said stands in lines of its own.
        if (sourceLives) log.warn({ reason: exit.reason, exit: exit.code, code: exit.fault?.code }, 'FFmpeg stopped')
        const { encoder } = encode.planned
        hasFailed = sourceLives && blamesEncoder(encode.planned, exit, gaveMedia) && !this.#makesRoomFor(encode)
        if (hasFailed) onEncoderFailed(encoder)
        if (!signal.aborted) onRunEnd(hasFailed ? byEncodersFault(exit, encoder) : exit, sourceLives)
      },
      signal,
    })
  }

  /**
   * Hardware may hold only so many encodes at once. One that fails beside those whose place it is to take, be they ending
   * already, is tried again alone, under the slate. Gives whether there were such.
   */
  #makesRoomFor(encode: Encode): boolean {
    if (this.#wanted !== encode || this.#runs.size === 1) return false
    this.#endFormers()
    return true
  }

  #startFfmpeg(encode: Encode, sink: RunSink, onMedia: () => void): Transcode {
    const { plans } = encode.planned
    const { signal } = encode.abort
    const { ffmpeg, listens, rider, onProgress, onSnapshot, onSound, onGlance } = this.#options
    const { input } = this.#source
    const [{ passthrough }, ...feeds] = plans
    const isFlv = input.kind === 'stdin' && input.format === 'flv' && feeds.length === 0
    // Where even the container is one that we read ourselves, no FFmpeg is needed at all.
    const start = isFlv && passthrough?.copiesVideo && passthrough.copiesAudio ? startFlvPassthrough : startTranscode
    const pictureId = plannedTracks(plans[0])[1]?.id
    let beganSeconds: number | undefined
    let mediaSeconds: number | undefined
    let pictures = 0
    const transcode = start({
      ...{ ffmpeg, input, plans, signal, listens, rider, onSnapshot, onSound, onGlance },
      onProgress: (progress) => {
        if (this.#present === encode) onProgress(progress)
      },
      source: this.#source.describe(),
      onTrack: (track) => sink.onTrack(track),
      onSample: (trackId, sample) => {
        onMedia()
        if (trackId === pictureId) {
          mediaSeconds = sample.dts / videoTimescale
          beganSeconds ??= mediaSeconds
          pictures++
        }
        sink.onSample(trackId, sample)
      },
    })
    const source = this.#source
    encode.pace = {
      get mediaSeconds() {
        return mediaSeconds
      },
      get beganSeconds() {
        return beganSeconds
      },
      get pictures() {
        return pictures
      },
      get inputWaits() {
        return input.kind !== 'stdin' || source.heldBack || transcode.stdin?.writableNeedDrain === true
      },
    }
    return transcode
  }
}
