import type { SourceDescription } from '#schema/contracts/source.ts'
import { runWhileSourceLives } from './ingest/run-loop.ts'
import type { Source, SourceEnd } from './ingest/source.ts'
import type { Sample, Track } from './media/sample.ts'
import type { Log } from './observe/log.ts'
import type { FfmpegBinary } from './transcode/ffmpeg-binary.ts'
import type { FfmpegExit } from './transcode/ffmpeg-process.ts'
import type { EncodePlan } from './transcode/plan.ts'
import type { TranscodeProgress } from './transcode/progress.ts'
import { startTranscode, type Transcode } from './transcode/transcoder.ts'

export interface SessionInputOptions {
  readonly ffmpeg: FfmpegBinary
  readonly log: Log
  /** The encodes for a source like this; the same plan for the whole session. */
  readonly plan: (source: SourceDescription) => EncodePlan
  readonly onRunBegin: () => void
  readonly onTrack: (track: Track) => void
  readonly onSample: (trackId: string, sample: Sample) => void
  readonly onProgress: (progress: TranscodeProgress) => void
  readonly onSnapshot: (jpeg: Buffer) => void
  /** FFmpeg has ended; it is started again if `sourceLives`. */
  readonly onRunEnd: (exit: FfmpegExit, sourceLives: boolean) => void
  /** The source is gone and everything it left has been handed on. */
  readonly onGone: (end: SourceEnd) => void
}

/** The input side of a session: one source at a time, and an FFmpeg on it for as long as it is there. */
export class SessionInput {
  readonly #options: SessionInputOptions
  readonly #abort = new AbortController()
  readonly #running = new Set<Transcode['exited']>()
  #source: Source | undefined
  #description: SourceDescription | null = null
  #receivedBefore = 0

  constructor(options: SessionInputOptions) {
    this.#options = options
  }

  get isConnected(): boolean {
    return this.#source !== undefined
  }

  /** What the source sends; null while there is none. */
  get description(): SourceDescription | null {
    return this.#source ? this.#description : null
  }

  /** Bytes of all sources so far. */
  get receivedBytes(): number {
    return this.#receivedBefore + (this.#source?.bytesReceived ?? 0)
  }

  /** Takes a source in the place of the one before. Resolves when it is gone again. */
  async attach(source: Source): Promise<void> {
    this.#source?.close('Another source has taken over.')
    this.#source = source
    this.#description = null
    const description = await source.ready
    if (this.#source !== source || this.#abort.signal.aborted) return
    this.#description = description
    this.#leave(source, await this.#run(source, description))
  }

  /** Ends the source, telling it why, and every FFmpeg. Resolves when they are gone. */
  async close(why: string): Promise<void> {
    this.#source?.close(why)
    this.#abort.abort()
    await Promise.all(this.#running)
  }

  async #run(source: Source, description: SourceDescription): Promise<SourceEnd> {
    if (!description.video && !description.audio) {
      const detail = 'There is neither H.264 video nor AAC audio in this stream.'
      source.close(detail)
      const end = await source.ended
      // One that has gone by itself, before it had sent anything, keeps its own reason.
      return end.detail === detail ? { reason: 'refused', detail } : end
    }
    const plan = this.#options.plan(description)
    return await runWhileSourceLives({
      source,
      start: (onMedia) => this.#startFfmpeg(source, description, plan, onMedia),
      onRunBegin: this.#options.onRunBegin,
      onRunEnd: (exit, end) => {
        if (this.#source !== source) return
        const sourceLives = end === null && !this.#abort.signal.aborted
        if (sourceLives) this.#options.log.warn(exit, 'FFmpeg stopped')
        this.#options.onRunEnd(exit, sourceLives)
      },
      signal: this.#abort.signal,
    })
  }

  #startFfmpeg(source: Source, description: SourceDescription, plan: EncodePlan, onMedia: () => void): Transcode {
    const { ffmpeg, onTrack, onSample, onProgress, onSnapshot } = this.#options
    const transcode = startTranscode({
      ffmpeg,
      input: source.input,
      plan,
      source: description,
      signal: this.#abort.signal,
      onTrack: (track) => {
        if (this.#source === source) onTrack(track)
      },
      onSample: (trackId, sample) => {
        onMedia()
        if (this.#source === source) onSample(trackId, sample)
      },
      onProgress,
      onSnapshot,
    })
    this.#running.add(transcode.exited)
    transcode.exited.then(() => this.#running.delete(transcode.exited))
    return transcode
  }

  #leave(source: Source, end: SourceEnd): void {
    this.#receivedBefore += source.bytesReceived
    if (this.#source !== source) return
    this.#source = undefined
    this.#options.log.info(end, 'source gone')
    this.#options.onGone(end)
  }
}
