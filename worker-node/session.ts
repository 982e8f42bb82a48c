import type { DestinationStatus } from '#schema/contracts/destination.ts'
import type { Job } from '#schema/contracts/job.ts'
import type { Issue, SessionSample } from '#schema/contracts/live-stream.ts'
import type { SessionReport } from '#schema/contracts/worker.ts'
import type { StatusReason } from '#schema/enums.ts'
import { newId } from '#schema/ids.ts'
import type { PlannedEncode } from '#schema/plan/plan.ts'
import { AwaitedEncoders } from './awaited-encoders.ts'
import { delay } from './delay.ts'
import type { Source, SourceEnd } from './ingest/source.ts'
import type { Track } from './media/sample.ts'
import type { Log } from './observe/log.ts'
import { Programme } from './observe/programme.ts'
import { SessionMeter } from './observe/session-meter.ts'
import type { Package } from './package/package.ts'
import { ReconnectWindow } from './reconnect-window.ts'
import { DestinationEvents } from './session-destinations.ts'
import { SessionInputs } from './session-inputs.ts'
import type { OpenJob, SessionOptions } from './session-options.ts'
import { SessionOutput } from './session-output.ts'
import { SessionPlan } from './session-plan.ts'
import { encodeIssues, encoderIssue, sessionReport } from './session-report.ts'
import { createRunSink, type RunSink } from './session-run.ts'
import { SessionSlate } from './session-slate.ts'
import { StatusMachine } from './session-status.ts'
import { sourceIssues } from './source-issues.ts'
import type { FfmpegExit } from './transcode/ffmpeg-process.ts'
import { plannedTracks } from './transcode/outputs.ts'

/** Longest wait between two tries to make a slate for an always-on stream, milliseconds. */
const longestSlateWaitMs = 60_000

/**
 * One run of a live stream on this worker: the only place where the stages are wired together. The input side
 * (source, FFmpeg) may come and go; the output side begins with the first picture and lasts until `end`.
 */
export class Session {
  readonly id = newId('ses')
  readonly #options: SessionOptions
  readonly #log: Log
  readonly #status: StatusMachine
  readonly #inputs: SessionInputs
  readonly #slate: SessionSlate
  readonly #destinationEvents: DestinationEvents
  readonly #meter = new SessionMeter()
  readonly #programme = new Programme()
  readonly #abort = new AbortController()
  readonly #plan: SessionPlan
  readonly #window = new ReconnectWindow(() => {
    // What has been played to its end would begin anew with the next session.
    void this.finish(this.#inputs.haveAllBeenPlayed ? 'played_out' : 'reconnect_window_over')
  })
  readonly #sampler: NodeJS.Timeout
  readonly #awaited = new AwaitedEncoders(() => this.#endUnlessUsed('source_ended'))
  #open: OpenJob
  #encoderIssues: Issue[] = []
  #output: SessionOutput | undefined
  /** Why it ends, while the closing slate plays. */
  #finishReason: StatusReason | undefined
  #sample: SessionSample | null = null
  #over: Promise<void> | undefined

  constructor(options: SessionOptions) {
    const { host, open, onEvent } = options
    this.#options = options
    this.#open = open
    this.#log = host.log.child({ stream: open.job.live_stream_id, session: this.id })
    this.#plan = new SessionPlan(() => this.job, host.freeEncodeUnits)
    this.#destinationEvents = new DestinationEvents(onEvent)
    this.#status = new StatusMachine(
      () => new Date(),
      ({ status, reason, detail }, before) => {
        this.#log.info({ status, reason }, 'status')
        // A session that ends as it began has been nothing to anybody.
        if (status !== before.status) onEvent(`stream.${status}`, detail)
      },
      (event, { status }) => this.#log.error({ event, status }, 'an event that the table of states does not allow'),
    )
    this.#slate = new SessionSlate({
      host,
      log: this.#log,
      signal: this.#abort.signal,
      title: () => this.job.name,
      slates: () => this.job.slate,
      onReady: (slate) => this.#output?.splicer.provideSlate(slate),
    })
    this.#inputs = new SessionInputs({
      ffmpeg: host.ffmpeg,
      log: this.#log,
      listens: host.listensToPassthrough ?? false,
      startDriver: (input, driverHost) => host.startDriver(input, { ...driverHost, log: this.#log }),
      plan: (source) => this.#plan.for(source),
      isLive: () => this.#output?.splicer.onAir === 'live',
      onRunBegin: (planned, onAir) => this.#beginRun(planned, onAir),
      onProgress: (progress) => this.#meter.progress(progress),
      onSnapshot: (jpeg) => this.#output?.setSnapshot(jpeg),
      onSound: (block) => this.#programme.sound(block),
      onGlance: (glance) => this.#programme.picture(glance),
      onRunEnd: (exit, sourceLives) => this.#onRunEnd(exit, sourceLives),
      onConnected: () => this.#onConnected(),
      onGone: (end) => this.#onSourceGone(end),
      onFinished: () => {
        if (!this.job.always_on) void this.finish('played_out')
      },
      onFault: (error) => this.#fail(error),
      onSwitched: (detail) => onEvent('input.switched', detail),
    })
    this.#inputs.configure(open.inputs, open.job.pinned_input_id)
    this.#sampler = setInterval(() => this.#measure(), 1_000)
  }

  get job(): Job {
    return this.#open.job
  }

  get package(): Package | undefined {
    return this.#output?.package
  }

  /** What its encodes take of the machine: see capacity.ts. */
  get encodeUnits(): number {
    return this.#plan.current?.encodeUnits ?? 0
  }

  /** Whether it is over, or only its closing slate is still to be seen: it takes no source any more. */
  get isEnding(): boolean {
    return this.isOver || this.#finishReason !== undefined
  }

  /** What SRT callers encrypt with. */
  get srtPassphrase(): string {
    return this.#open.srtPassphrase
  }

  get isOver(): boolean {
    return this.#over !== undefined
  }

  /**
   * Puts the slate on air without a source. For always-on streams. Where no slate can be made it is tried again and
   * again, and an issue says so; a source that comes meanwhile goes on air without one.
   */
  async startWithSlate(): Promise<void> {
    const { plan } = this.#plan.for(null)
    // Where it has only just become one of those, too: nothing has been seen of it.
    void this.#slate.show('before')
    for (let waitMs = 1_000; !this.isOver && !this.#output; waitMs = Math.min(waitMs * 2, longestSlateWaitMs)) {
      const slate = await this.#slate.make(plan)
      if (this.isOver || this.#output) return
      if (!slate) {
        await delay(waitMs, this.#abort.signal)
        continue
      }
      this.#output = this.#createOutput(slate.tracks)
      this.#status.apply('source_lost', this.#inputs.isConnected ? 'source_connected' : 'waiting_for_source')
      this.#output.startWithSlate(slate)
    }
  }

  /** Lets an encoder in that publishes now: gives its place, which is a certain input's if it names one. */
  admit(inputId: string | null): string | 'taken' | undefined {
    const input = this.#inputs.pushInput(inputId)
    if (input === undefined || input === 'taken') return input
    this.#awaited.add()
    return input.spec.id
  }

  /** An encoder was refused although this is its stream. Operators read why; the stream is not held for it. */
  refuse(why: string): void {
    this.#options.onEvent('input.refused', why)
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
    this.#awaited.remove()
    if (this.isEnding) source.close('The broadcast has ended.')
    else await this.#inputs.attach(source, inputId)
  }

  /** The configuration has changed. What needs a new encode applies from the next broadcast on. */
  update(open: OpenJob): void {
    const before = this.#open.job
    this.#open = open
    const { job } = open
    if (job.always_on && !before.always_on && !this.#output && !this.isEnding)
      this.startWithSlate().catch((error: unknown) => this.#fail(error))
    if (!this.isEnding) this.#inputs.configure(open.inputs, job.pinned_input_id)
    this.#output?.setDestinations(open.destinations)
    this.#destinationEvents.keepOnly(open.destinations.map(({ id }) => id))
    // A new revision is also how an operator says "try again now".
    for (const { id } of open.destinations) this.#output?.retryDestination(id)
    const isSlateAsBefore = JSON.stringify([job.name, job.slate]) === JSON.stringify([before.name, before.slate])
    if (!isSlateAsBefore && this.#plan.current) void this.#slate.make(this.#plan.current.plan)
    if (this.#window.isOpen) this.#openWindow()
  }

  /**
   * Ends the broadcast with the slate that comes after it, where one is wanted and anybody watches. Resolves when all is
   * gone, or as soon as that slate is due; `end` cuts it short.
   */
  async finish(reason: StatusReason): Promise<void> {
    if (this.isEnding) return
    if (this.job.slate.after_seconds === 0 || !this.package) return this.end(reason)
    this.#finishReason = reason
    this.#closeWithSlate(reason, this.job.slate.after_seconds).catch((error: unknown) => {
      this.#log.error({ err: error }, 'the closing slate failed')
      return this.end(reason)
    })
  }

  /** Ends the broadcast cleanly, for this reason; the first one wins. Resolves when all of it is gone. */
  end(reason: StatusReason): Promise<void> {
    this.#over ??= this.#end(reason)
    return this.#over
  }

  report(): SessionReport {
    const { description } = this.#inputs
    return sessionReport({
      sessionId: this.id,
      job: this.job,
      status: this.#status.current,
      playable: this.package?.playable ?? false,
      source: description,
      inputs: this.#inputs.reports(),
      plan: this.#plan.current?.plan,
      tracks: this.#output?.tracks ?? [],
      issues: [
        ...(this.#plan.current?.issues ?? []),
        ...this.#slate.issues,
        ...this.#encoderIssues,
        ...this.#inputs.issues,
        ...encodeIssues(this.#meter),
        ...sourceIssues(description, {
          latencyMode: this.job.latency_mode,
          passesThrough: this.#plan.passesThrough,
        }),
        ...this.#programme.issues,
      ],
      sample: this.#sample,
      slate: this.#slate.status(),
      destinations: this.#output?.destinationStatuses() ?? new Map<string, DestinationStatus>(),
      ended: this.isOver,
    })
  }

  /** A fault of ours: the session can't go on, and must not hold its lease. */
  #fail(error: unknown): void {
    this.#log.error({ err: error }, 'the session failed')
    void this.end('source_failed')
  }

  /** Streams that only encoders feed live as long as an encoder does, and the slate after it. */
  get #waitsForEncoder(): boolean {
    return !this.job.always_on && this.job.inputs.every(({ type }) => type === 'push')
  }

  /** A stream that waits for an encoder, and whom none has reached, need not be held for any. */
  #endUnlessUsed(reason: StatusReason): void {
    if (this.#waitsForEncoder && !this.#awaited.any && !this.#inputs.isConnected && !this.package) void this.end(reason)
  }

  #onConnected(): void {
    if (this.#status.current.status === 'idle') this.#status.apply('source_connecting', 'source_connected')
    else if (this.#status.current.status !== 'active') this.#status.explain('source_connected')
  }

  #beginRun(planned: PlannedEncode, onAir: () => void): RunSink {
    // Without a slate a lost source leaves the output waiting, so one that failed is tried with each run.
    void this.#slate.make((this.#plan.current ?? planned).plan)
    return createRunSink(plannedTracks(planned.plan).length, (tracks) => {
      this.#output ??= this.#createOutput(tracks)
      return this.#output.splicer.beginRun(tracks, () => {
        this.#onRunOnAir(planned)
        onAir()
      })
    })
  }

  /** Pictures of this run go out, after a slate or straight after another run's. */
  #onRunOnAir(planned: PlannedEncode): void {
    this.#window.close()
    this.#encoderIssues = []
    if (this.#plan.wentOnAir(planned)) void this.#slate.make(planned.plan)
  }

  #createOutput(tracks: readonly Track[]): SessionOutput {
    const output = new SessionOutput({
      title: this.job.name,
      latencyMode: this.job.latency_mode,
      sessionNumber: this.job.fence,
      tracks,
      log: this.#log,
      onSwitch: (onAir) => (onAir === 'live' ? this.#onLive() : this.#onSlate()),
      onDestination: (id, status) => {
        const destination = this.job.destinations.find((each) => each.id === id)
        if (destination) this.#destinationEvents.report(id, destination.url, status)
      },
    })
    output.setDestinations(this.#open.destinations)
    if (this.#slate.ready) output.splicer.provideSlate(this.#slate.ready)
    return output
  }

  #onLive(): void {
    this.#window.close()
    this.#encoderIssues = []
    // The one that was shown until now stays at hand until the other has been read.
    if (!this.isEnding) void this.#slate.show('during')
    this.#status.apply(this.#status.current.status === 'reconnecting' ? 'source_back' : 'first_media', 'on_air')
  }

  #onSlate(): void {
    if (this.#finishReason) {
      this.#status.apply('source_lost', this.#finishReason)
      return
    }
    // An always-on stream that begins with its slate has said so already.
    if (this.#status.current.status !== 'reconnecting')
      this.#status.apply('source_lost', this.#inputs.isConnected ? 'source_stalled' : 'source_ended')
    this.#programme.stopped()
    this.#openWindow()
    // Not from within the splicer's own step.
    queueMicrotask(() => this.#inputs.onStall())
  }

  #onRunEnd(exit: FfmpegExit, sourceLives: boolean): void {
    this.#meter.stopped()
    this.#programme.stopped()
    if (!sourceLives) return
    this.#status.explain('encoder_failed')
    this.#encoderIssues = [encoderIssue(exit)]
    this.#options.onEvent('encoder.failed', exit.fault?.detail ?? 'FFmpeg stopped; it is being started again.')
  }

  #onSourceGone({ reason, detail }: SourceEnd): void {
    // What exactly is wrong with it is said nowhere else once the session is over.
    if (reason === 'refused') this.#options.onEvent('input.refused', detail)
    const why = { ended: 'source_ended', lost: 'source_lost', refused: 'source_failed' } as const
    if (!this.package) this.#onFirstSourceGone(why[reason])
    else if (this.#status.current.status === 'reconnecting') this.#status.explain(why[reason])
    else if (!this.#window.isOpen) this.#openWindow()
  }

  /** It came and went before it gave a picture. What is fetched is tried again; an encoder must come by itself. */
  #onFirstSourceGone(reason: StatusReason): void {
    if (this.#waitsForEncoder) void this.end(reason)
    else this.#status.explain(reason)
  }

  #openWindow(): void {
    if (!this.isEnding) this.#window.open(this.job.always_on ? null : this.job.reconnect_window * 1000)
  }

  #measure(): void {
    const splicer = this.#output?.splicer
    this.#sample = this.#meter.sample({
      receivedBytes: this.#inputs.receivedBytes,
      sentBytes: this.#output?.sentBytes ?? 0,
      latenessMs: splicer?.latenessMs(performance.now()) ?? 0,
      slateSeconds: splicer?.slateSeconds ?? 0,
      ...this.#programme.loudness,
    })
  }

  async #closeWithSlate(reason: StatusReason, seconds: number): Promise<void> {
    this.#window.close()
    const slate = await this.#slate.show('after')
    const splicer = this.#output?.splicer
    if (this.isOver || !splicer) return
    if (slate) {
      if (splicer.onAir === 'slate') this.#status.explain(reason)
      splicer.leaveSource()
      await this.#inputs.close('The broadcast has ended.')
      await delay(seconds * 1_000, this.#abort.signal)
    }
    await this.end(reason)
  }

  async #end(reason: StatusReason): Promise<void> {
    this.#window.close()
    this.#awaited.close()
    clearInterval(this.#sampler)
    this.#status.apply(reason === 'disabled_by_operator' ? 'disable' : 'broadcast_over', reason)
    this.#abort.abort()
    await Promise.all([this.#inputs.close(this.#status.current.detail), this.#slate.idle(), this.#output?.end()])
    this.#options.onOver()
  }
}
