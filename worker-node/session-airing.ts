import type { DestinationStatus } from '#schema/contracts/destination.ts'
import type { Job } from '#schema/contracts/job.ts'
import type { Issue } from '#schema/contracts/live-stream.ts'
import type { SlateStatus } from '#schema/contracts/slate.ts'
import type { SourceDescription } from '#schema/contracts/source.ts'
import type { PlannedEncode } from '#schema/plan/plan.ts'
import type { Track } from './media/sample.ts'
import type { Log } from './observe/log.ts'
import type { SessionTotals } from './observe/session-meter.ts'
import type { Package } from './package/package.ts'
import type { OpenJob, SessionHost } from './session-options.ts'
import { SessionOutput } from './session-output.ts'
import { SessionPlan } from './session-plan.ts'
import { createRunSink, type RunSink } from './session-run.ts'
import { SessionSlate } from './session-slate.ts'
import { plannedTracks } from './transcode/outputs.ts'

export interface SessionAiringOptions {
  readonly host: SessionHost
  readonly log: Log
  readonly signal: AbortSignal
  /** As it is now. */
  readonly open: () => OpenJob
  readonly onEvent: (type: string, detail: string) => void
  readonly onSwitch: (onAir: 'live' | 'slate') => void
  /** Pictures of a run go out, after a slate or straight after another run's. */
  readonly onRunOnAir: () => void
}

/**
 * What goes on air of a session: the encodes that are planned, the slate that is made like them, and the output side, which
 * begins with the first picture or slate and lasts until `end`, whatever becomes of the sources.
 */
export class SessionAiring {
  readonly #options: SessionAiringOptions
  readonly #plan: SessionPlan
  readonly #slate: SessionSlate
  #output: SessionOutput | undefined

  constructor(options: SessionAiringOptions) {
    const { host, log, signal, open } = options
    this.#options = options
    this.#plan = new SessionPlan(() => open().job, host.freeEncodeUnits)
    this.#slate = new SessionSlate({
      ...{ host, log, signal },
      title: () => open().job.name,
      slates: () => open().job.slate,
      onReady: (slate) => this.#output?.splicer.provideSlate(slate),
    })
  }

  /** What viewers fetch; undefined before the first picture. */
  get package(): Package | undefined {
    return this.#output?.package
  }

  get hasBegun(): boolean {
    return this.#output !== undefined
  }

  get onAir(): 'nothing' | 'live' | 'slate' {
    return this.#output?.splicer.onAir ?? 'nothing'
  }

  /** Of what is on air, or of what was planned first; undefined before that. */
  get planned(): PlannedEncode | undefined {
    return this.#plan.current
  }

  /** Whether the source goes out untouched. */
  get passesThrough(): boolean {
    return this.#plan.passesThrough
  }

  get tracks(): readonly Track[] {
    return this.#output?.tracks ?? []
  }

  get issues(): Issue[] {
    return [...this.#plan.issues, ...this.#slate.issues]
  }

  get totals(): Pick<SessionTotals, 'sentBytes' | 'latenessMs' | 'slateSeconds'> {
    const { sentBytes = 0, splicer } = this.#output ?? {}
    return {
      sentBytes,
      latenessMs: splicer?.latenessMs(performance.now()) ?? 0,
      slateSeconds: splicer?.slateSeconds ?? 0,
    }
  }

  slateStatus(): SlateStatus {
    return this.#slate.status()
  }

  destinationStatuses(): ReadonlyMap<string, DestinationStatus> {
    return this.#output?.destinationStatuses() ?? new Map()
  }

  /** The encodes for a source. */
  planFor(source: SourceDescription): PlannedEncode {
    return this.#plan.for(source)
  }

  /**
   * Puts the slate on air without a source. Where no slate can be made it is tried again and again, and an issue says so; a
   * source that comes meanwhile goes on air without one. `onBegin` is told before the slate goes out.
   */
  async startWithSlate(onBegin: () => void): Promise<void> {
    const { plan } = this.#plan.for(null)
    // Where it has only just become an always-on stream, too: nothing has been seen of it.
    void this.#slate.show('before')
    const slate = await this.#slate.makePatiently(plan, () => !this.#output)
    if (!slate || this.#output || this.#options.signal.aborted) return
    this.#output = this.#begin(slate.tracks)
    onBegin()
    this.#output.startWithSlate(slate)
  }

  /** An FFmpeg begins on a source; `onAir` is told when its first picture goes out. */
  beginRun(planned: PlannedEncode, onAir: () => void): RunSink {
    // Without a slate a lost source leaves the output waiting, so one that failed is tried with each run.
    void this.#slate.make((this.#plan.current ?? planned).plan)
    return createRunSink(plannedTracks(planned.plan).length, (tracks) => {
      this.#output ??= this.#begin(tracks)
      return this.#output.splicer.beginRun(tracks, () => {
        if (this.#plan.wentOnAir(planned)) void this.#slate.make(planned.plan)
        this.#options.onRunOnAir()
        onAir()
      })
    })
  }

  setSnapshot(jpeg: Buffer): void {
    this.#output?.setSnapshot(jpeg)
  }

  /** The configuration has changed. What needs a new encode applies from the next broadcast on. */
  update(before: Job): void {
    const { job, destinations } = this.#options.open()
    this.#output?.setDestinations(destinations)
    const isSlateAsBefore = JSON.stringify([job.name, job.slate]) === JSON.stringify([before.name, before.slate])
    if (!isSlateAsBefore && this.#plan.current) void this.#slate.make(this.#plan.current.plan)
  }

  /** A source is on air: a slate that follows is that of a loss. The one shown until now stays until the other is ready. */
  expectLoss(): void {
    void this.#slate.show('during')
  }

  /** Makes the slate that closes a broadcast. False: there is none, or nothing is on air. */
  async prepareClosing(): Promise<boolean> {
    const slate = await this.#slate.show('after')
    return slate !== undefined && this.#output !== undefined
  }

  /** Leaves the source for good; the slate plays from now on. */
  leaveSource(): void {
    this.#output?.splicer.leaveSource()
  }

  /** For when the signal has aborted: resolves when all of it is gone. */
  async end(): Promise<void> {
    await Promise.all([this.#slate.idle(), this.#output?.end()])
  }

  #begin(tracks: readonly Track[]): SessionOutput {
    const { open, log, onEvent, onSwitch } = this.#options
    const { job, destinations } = open()
    const output = new SessionOutput({
      title: job.name,
      latencyMode: job.latency_mode,
      sessionNumber: job.fence,
      ...{ tracks, destinations, log, onEvent, onSwitch },
    })
    if (this.#slate.ready) output.splicer.provideSlate(this.#slate.ready)
    return output
  }
}
