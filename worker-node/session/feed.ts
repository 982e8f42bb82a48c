import type { JobSlates } from '#schema/contracts/slate.ts'
import type { EncodePlan } from '#schema/plan/plan.ts'
import type { SampleSink, Track } from '../media/sample.ts'
import type { Log } from '../observe/log.ts'
import { type OnAir, Splicer } from '../splice/splicer.ts'
import { plannedTracks } from '../transcode/outputs.ts'
import type { SlateSet } from '../transcode/slate.ts'
import type { SessionHost } from './options.ts'
import { createRunSink, type RunSink } from './run.ts'
import { SessionSlate } from './slate.ts'

export interface SessionFeedOptions {
  readonly host: Pick<SessionHost, 'ffmpeg' | 'slateDir' | 'fetchAsset'>
  readonly log: Log
  readonly signal: AbortSignal
  /** The stream's name and slates, as they are now. */
  readonly title: () => string
  readonly slates: () => JobSlates
  readonly output: SampleSink
  /** Told once, before `onBegin`: what it will have. */
  readonly onTracks: (tracks: readonly Track[]) => void
  /** Told once, before the first sample: the tracks, and the monotonic wall time (ms) of time 0 of the feed. */
  readonly onBegin: (tracks: readonly Track[], originMs: number) => void
  readonly onSwitch: (onAir: 'live' | 'slate') => void
}

/**
 * One feed of a session, the viewers' or one for destinations: its tracks on one timeline of its own, and the slate that is
 * made like them. It lasts from its first picture or slate on, whatever becomes of the sources.
 */
export class SessionFeed {
  readonly slate: SessionSlate
  readonly #options: SessionFeedOptions
  readonly #abort = new AbortController()
  #splicer: Splicer | undefined
  #tracks: readonly Track[] = []
  /** What its slate is made like. */
  #plan: EncodePlan | undefined

  constructor(options: SessionFeedOptions) {
    this.#options = options
    const signal = AbortSignal.any([options.signal, this.#abort.signal])
    this.slate = new SessionSlate({ ...options, signal, onReady: (slate) => this.#splicer?.provideSlate(slate) })
  }

  get hasBegun(): boolean {
    return this.#splicer !== undefined
  }

  get onAir(): OnAir {
    return this.#splicer?.onAir ?? 'nothing'
  }

  /** As they are now. */
  get tracks(): readonly Track[] {
    return this.#tracks
  }

  get latenessMs(): number {
    return this.#splicer?.latenessMs(performance.now()) ?? 0
  }

  get slateSeconds(): number {
    return this.#splicer?.slateSeconds ?? 0
  }

  /** A run begins that makes this plan; `onAir` is told when its first picture goes out. */
  beginRun(plan: EncodePlan, onAir: () => void): RunSink {
    // Where the one before failed before there was a slate, there never will be one of its.
    if (!this.#plan || (!this.slate.ready && plan.encoder !== this.#plan.encoder)) this.#plan = plan
    // Without a slate a lost source leaves the output waiting, so one that failed is tried with each run.
    void this.slate.make(this.#plan)
    return createRunSink(plannedTracks(plan).length, (tracks) => {
      const splicer = this.#splicer ?? this.#begin(tracks)
      return splicer.beginRun(tracks, () => {
        // What goes out untouched has a slate like the source that is on air; another encoder has one of its own.
        if (plan.passthrough || plan.encoder !== this.#plan?.encoder) {
          this.#plan = plan
          void this.slate.make(plan)
        }
        onAir()
      })
    })
  }

  /** Puts this slate on air, without a source. */
  startWithSlate(plan: EncodePlan, slate: SlateSet): void {
    if (this.#splicer) return
    this.#plan = plan
    this.#begin(slate.tracks).startSlate(performance.now())
  }

  /** The slate that is wanted may be another now. */
  renewSlate(): void {
    if (this.#plan) void this.slate.make(this.#plan)
  }

  /** Leaves the source for good; the slate plays from now on. */
  leaveSource(): void {
    this.#splicer?.leaveSource()
  }

  /** Lets time pass; to be called every 20 ms or so. */
  tick(nowMs: number): void {
    this.#splicer?.tick(nowMs)
  }

  /** Nobody wants it any more. Resolves when no slate of it is being made. */
  async end(): Promise<void> {
    this.#abort.abort()
    await this.slate.idle()
  }

  #begin(tracks: readonly Track[]): Splicer {
    const { output, onTracks, onBegin, onSwitch } = this.#options
    this.#tracks = tracks
    onTracks(tracks)
    const splicer = new Splicer({
      tracks,
      output: (trackId, sample) => {
        const { begins } = sample
        if (begins) this.#tracks = this.#tracks.map((each) => (each.id === trackId ? begins : each))
        output(trackId, sample)
      },
      onSwitch,
      onStart: (originMs) => onBegin(this.#tracks, originMs),
    })
    this.#splicer = splicer
    if (this.slate.ready) splicer.provideSlate(this.slate.ready)
    return splicer
  }
}
