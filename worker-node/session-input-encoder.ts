import type { SourceDescription } from '#schema/contracts/source.ts'
import { runWhileSourceLives } from './ingest/run-loop.ts'
import type { Source } from './ingest/source.ts'
import { videoTimescale } from './media/sample.ts'
import type { Log } from './observe/log.ts'
import type { RunPace } from './observe/pace.ts'
import type { RunSink } from './session-run.ts'
import type { FfmpegBinary } from './transcode/ffmpeg-binary.ts'
import type { FfmpegExit } from './transcode/ffmpeg-process.ts'
import type { GainRider } from './transcode/gain-rider.ts'
import type { Glance } from './transcode/glance.ts'
import type { SoundBlock } from './transcode/loudness.ts'
import { startFlvPassthrough } from './transcode/passthrough.ts'
import type { EncodePlan, PlannedEncode } from './transcode/plan.ts'
import type { TranscodeProgress } from './transcode/progress.ts'
import { audioTrackId, startTranscode, type Transcode } from './transcode/transcoder.ts'

export interface InputEncoderOptions {
  readonly ffmpeg: FfmpegBinary
  readonly log: Log
  /** See TranscodeOptions. */
  readonly listens: boolean
  readonly rider: GainRider
  /** The encodes for a source like this. */
  readonly plan: (source: SourceDescription) => PlannedEncode
  readonly onRunBegin: (planned: PlannedEncode) => RunSink
  readonly onProgress: (progress: TranscodeProgress) => void
  readonly onSnapshot: (jpeg: Buffer) => void
  /** What is heard and seen of the source: see TranscodeOptions. */
  readonly onSound: (block: SoundBlock) => void
  readonly onGlance: (glance: Glance) => void
  /** FFmpeg has ended; it is started again if `sourceLives`. */
  readonly onRunEnd: (exit: FfmpegExit, sourceLives: boolean) => void
  /** A fault of ours. */
  readonly onFault: (error: unknown) => void
}

/** Puts an FFmpeg on one source while it is wanted, and a new one in the place of each that fails. */
export class InputEncoder {
  readonly #source: Source
  readonly #options: InputEncoderOptions
  /** Those that were stopped may take a moment to be gone. */
  readonly #runs = new Set<Promise<void>>()
  #wanted: AbortController | undefined
  #pace: RunPace | undefined

  constructor(source: Source, options: InputEncoderOptions) {
    this.#source = source
    this.#options = options
  }

  get isOn(): boolean {
    return this.#wanted !== undefined
  }

  /** Of the FFmpeg that runs now; undefined while none does. */
  get pace(): RunPace | undefined {
    return this.isOn ? this.#pace : undefined
  }

  /** Encodes from now on, as is planned for such a source. */
  start(planFor: SourceDescription): void {
    if (this.#wanted) return
    this.#wanted = new AbortController()
    const run = this.#run(planFor, this.#wanted.signal)
      .catch(this.#options.onFault)
      .finally(() => this.#runs.delete(run))
    this.#runs.add(run)
  }

  stop(): void {
    this.#wanted?.abort()
    this.#wanted = undefined
  }

  /** Resolves when all that it has started is gone. */
  async idle(): Promise<void> {
    await Promise.all(this.#runs)
  }

  async #run(planFor: SourceDescription, signal: AbortSignal): Promise<void> {
    const { plan, log, onRunBegin, onRunEnd } = this.#options
    const planned = plan(planFor)
    let sink: RunSink | undefined
    await runWhileSourceLives({
      source: this.#source,
      start: (onMedia) => this.#startFfmpeg(planned.plan, signal, sink!, onMedia),
      onRunBegin: () => {
        sink = onRunBegin(planned)
      },
      onRunEnd: (exit, end) => {
        sink?.end()
        this.#pace = undefined
        const sourceLives = end === null && !signal.aborted
        if (sourceLives) log.warn(exit, 'FFmpeg stopped')
        if (!signal.aborted) onRunEnd(exit, sourceLives)
      },
      signal,
    })
  }

  #startFfmpeg(plan: EncodePlan, signal: AbortSignal, sink: RunSink, onMedia: () => void): Transcode {
    const { ffmpeg, listens, rider, onProgress, onSnapshot, onSound, onGlance } = this.#options
    const { input } = this.#source
    const { passthrough } = plan
    const isFlv = input.kind === 'stdin' && input.format === 'flv'
    // Where even the container is one that we read ourselves, no FFmpeg is needed at all.
    const start = isFlv && passthrough?.copiesVideo && passthrough.copiesAudio ? startFlvPassthrough : startTranscode
    let mediaSeconds: number | undefined
    const transcode = start({
      ...{ ffmpeg, input, plan, signal, listens, rider, onProgress, onSnapshot, onSound, onGlance },
      source: this.#source.describe(),
      onTrack: (track) => sink.onTrack(track),
      onSample: (trackId, sample) => {
        onMedia()
        if (trackId !== audioTrackId) mediaSeconds = sample.dts / videoTimescale
        sink.onSample(trackId, sample)
      },
    })
    const source = this.#source
    this.#pace = {
      get mediaSeconds() {
        return mediaSeconds
      },
      get inputWaits() {
        return input.kind !== 'stdin' || source.heldBack || transcode.stdin?.writableNeedDrain === true
      },
    }
    return transcode
  }
}
