import type { DestinationStatus } from '#schema/contracts/destination.ts'
import type { Job } from '#schema/contracts/job.ts'
import type { Issue, SessionSample, SourceDescription } from '#schema/contracts/live-stream.ts'
import type { SessionReport } from '#schema/contracts/worker.ts'
import type { StatusReason } from '#schema/enums.ts'
import { newId } from '#schema/ids.ts'
import type { FanoutDestination } from './fanout/fanout.ts'
import { runWhileSourceLives } from './ingest/run-loop.ts'
import type { Source, SourceEnd } from './ingest/source.ts'
import type { Track } from './media/sample.ts'
import type { Log } from './observe/log.ts'
import { SessionMeter } from './observe/session-meter.ts'
import type { Package } from './package/package.ts'
import { SessionOutput } from './session-output.ts'
import { runningIssues, sessionReport } from './session-report.ts'
import { StatusMachine } from './session-status.ts'
import { TrackCollector } from './track-collector.ts'
import type { FfmpegBinary } from './transcode/ffmpeg-binary.ts'
import { type EncodePlan, planEncode } from './transcode/plan.ts'
import { encodeSlate, type SlateSet } from './transcode/slate.ts'
import { plannedTracks, startTranscode, type Transcode } from './transcode/transcoder.ts'

/** An encoder that was let in has this long to begin, milliseconds. */
const firstSourceMs = 10_000

/** What a session needs of the host it runs on. */
export interface SessionHost {
  readonly ffmpeg: FfmpegBinary
  /** What this machine can encode: see capacity.ts. */
  readonly encodeUnits: number
  readonly slateDir: string
  readonly log: Log
}

/** A job with its destinations' secrets opened. */
export interface OpenJob {
  readonly job: Job
  readonly destinations: readonly FanoutDestination[]
}

export interface SessionOptions {
  readonly open: OpenJob
  readonly host: SessionHost
  /** Something that people want to know: type and one sentence. */
  readonly onEvent: (type: string, detail: string) => void
  /** The session is over; its package can still be read. */
  readonly onOver: () => void
}

/**
 * One run of a live stream on this worker: the only place where the stages are wired together. The input side
 * (source, FFmpeg) may come and go; the output side begins with the first picture and lasts until `end`.
 */
export class Session {
  readonly id = newId('ses')
  readonly #options: SessionOptions
  readonly #host: SessionHost
  readonly #log: Log
  readonly #status: StatusMachine
  readonly #meter = new SessionMeter()
  readonly #abort = new AbortController()
  readonly #sampler: NodeJS.Timeout
  readonly #firstSourceTimer: NodeJS.Timeout
  #open: OpenJob
  #plan: EncodePlan | undefined
  #planIssues: Issue[] = []
  #source: Source | undefined
  #description: SourceDescription | null = null
  readonly #running = new Set<Transcode['exited']>()
  #collector: TrackCollector | undefined
  #output: SessionOutput | undefined
  #slate: Promise<SlateSet> | undefined
  #windowTimer: NodeJS.Timeout | undefined
  #slateSinceMs: number | undefined
  #receivedBefore = 0
  #sample: SessionSample | null = null
  #over: Promise<void> | undefined

  constructor(options: SessionOptions) {
    this.#options = options
    this.#host = options.host
    this.#open = options.open
    this.#log = options.host.log.child({ stream: options.open.job.live_stream_id, session: this.id })
    this.#status = new StatusMachine(
      () => new Date(),
      ({ status, reason, detail }) => {
        this.#log.info({ status, reason }, 'status')
        options.onEvent(`stream.${status}`, detail)
      },
    )
    this.#sampler = setInterval(() => this.#measure(), 1_000)
    this.#firstSourceTimer = setTimeout(() => {
      if (!this.job.always_on) void this.end('source_ended')
    }, firstSourceMs)
  }

  get job(): Job {
    return this.#open.job
  }

  get package(): Package | undefined {
    return this.#output?.package
  }

  get isOver(): boolean {
    return this.#over !== undefined
  }

  /** Puts the slate on air without a source. For always-on streams. */
  async startWithSlate(): Promise<void> {
    const slate = await this.#planFor(null)
    if (this.isOver || this.#output) return
    this.#output = this.#createOutput(slate.tracks)
    this.#status.apply('source_lost', 'waiting_for_source')
    this.#output.startWithSlate(slate)
  }

  /** A source has connected. Resolves when it is gone again. */
  async attach(source: Source): Promise<void> {
    if (this.isOver) {
      source.close('The broadcast has ended.')
      return
    }
    clearTimeout(this.#firstSourceTimer)
    this.#source?.close('Another source has taken over.')
    this.#source = source
    if (!this.#status.apply('source_connecting', 'source_connected')) this.#status.explain('source_connected')
    this.#description = await source.ready
    if (this.isOver || this.#source !== source) return
    if (!this.#description.video && !this.#description.audio) {
      source.close('There is neither H.264 video nor AAC audio in this stream.')
      this.#sourceGone(source, await source.ended)
      return
    }
    this.#planFor(this.#description).catch((error: unknown) => this.#log.error({ err: error }, 'the slate failed'))
    const end = await runWhileSourceLives({
      source,
      start: (onMedia) => this.#startRun(source, onMedia),
      onRunBegin: () => this.#output?.splicer.beginRun(performance.now()),
      onRunEnd: ({ reason, fault, stderrTail }, sourceEnd) => {
        if (this.#source !== source) return
        this.#output?.splicer.endRun()
        this.#meter.stopped()
        if (sourceEnd) return
        this.#log.warn({ reason, fault, stderrTail }, 'FFmpeg stopped')
        this.#status.explain('encoder_failed')
        this.#options.onEvent('encoder.failed', fault?.detail ?? 'FFmpeg stopped; it is being started again.')
      },
      signal: this.#abort.signal,
    })
    if (this.#source === source) this.#sourceGone(source, end)
  }

  /** The configuration has changed. What needs a new encode applies from the next broadcast on. */
  update(open: OpenJob): void {
    const before = this.#open.job
    this.#open = open
    this.#output?.setDestinations(open.destinations)
    // A new revision is also how an operator says "try again now".
    for (const { id } of open.destinations) this.#output?.retryDestination(id)
    if (open.job.name !== before.name && this.#plan) this.#encodeSlate(this.#plan)
    if (this.#slateSinceMs !== undefined) this.#startWindow(this.#slateSinceMs)
  }

  /** Ends the broadcast cleanly, for this reason; the first one wins. Resolves when all of it is gone. */
  end(reason: StatusReason): Promise<void> {
    this.#over ??= this.#end(reason)
    return this.#over
  }

  report(): SessionReport {
    const output = this.#output
    return sessionReport({
      sessionId: this.id,
      job: this.job,
      status: this.#status.current,
      playable: output?.package?.playable ?? false,
      source: this.#source ? this.#description : null,
      plan: this.#plan,
      tracks: output?.tracks ?? [],
      issues: [...this.#planIssues, ...runningIssues(this.#source ? this.#description : null, this.#meter)],
      sample: this.#sample,
      destinations: output?.destinationStatuses() ?? new Map<string, DestinationStatus>(),
      ended: this.isOver,
    })
  }

  /** Plans the encodes once per session, and makes the slate with just those settings. */
  #planFor(source: SourceDescription | null): Promise<SlateSet> {
    if (this.#plan && this.#slate) return this.#slate
    const { job } = this
    const { plan, issues } = planEncode({
      latencyMode: job.latency_mode,
      ladder: job.ladder,
      encoderPreset: job.encoder_preset,
      source,
      encodeUnits: this.#host.encodeUnits,
    })
    this.#plan = plan
    this.#planIssues = issues
    return this.#encodeSlate(plan)
  }

  #encodeSlate(plan: EncodePlan): Promise<SlateSet> {
    const slate = encodeSlate({
      ffmpeg: this.#host.ffmpeg,
      plan,
      title: this.job.name,
      cacheDir: this.#host.slateDir,
      signal: this.#abort.signal,
    })
    this.#slate = slate
    slate.then(
      (ready) => this.#output?.splicer.provideSlate(ready),
      () => {},
    )
    return slate
  }

  #startRun(source: Source, onMedia: () => void): Transcode {
    const plan = this.#plan!
    if (!this.#output) this.#collector = new TrackCollector(plannedTracks(plan).length)
    const transcode = startTranscode({
      ffmpeg: this.#host.ffmpeg,
      input: source.input,
      plan,
      source: this.#description,
      signal: this.#abort.signal,
      onTrack: (track) => {
        if (this.#source === source) this.#onTrack(track)
      },
      onSample: (trackId, sample) => {
        onMedia()
        if (this.#source !== source) return
        if (this.#output) this.#output.splicer.push(trackId, sample, performance.now())
        else this.#collector?.addSample(trackId, sample)
      },
      onProgress: (progress) => this.#meter.progress(progress),
      onSnapshot: (jpeg) => this.#output?.setSnapshot(jpeg),
    })
    this.#running.add(transcode.exited)
    transcode.exited.then(() => this.#running.delete(transcode.exited))
    return transcode
  }

  #onTrack(track: Track): void {
    const tracks = this.#output ? undefined : this.#collector?.addTrack(track)
    if (!tracks) return
    const output = this.#createOutput(tracks)
    this.#output = output
    output.splicer.beginRun(performance.now())
    this.#slate?.then(
      (slate) => output.splicer.provideSlate(slate),
      () => {},
    )
    for (const [trackId, sample] of this.#collector?.takeSamples() ?? [])
      output.splicer.push(trackId, sample, performance.now())
    this.#collector = undefined
  }

  #createOutput(tracks: readonly Track[]): SessionOutput {
    const output = new SessionOutput({
      title: this.job.name,
      latencyMode: this.job.latency_mode,
      discontinuitySequence: this.job.fence,
      tracks,
      onSwitch: (onAir) => (onAir === 'live' ? this.#onLive() : this.#onSlate()),
      onDestination: (id, { state, last_error }) =>
        this.#options.onEvent(`destination.${state}`, `${id}: ${last_error?.detail ?? state}`),
    })
    output.setDestinations(this.#open.destinations)
    return output
  }

  #onLive(): void {
    clearTimeout(this.#windowTimer)
    this.#slateSinceMs = undefined
    if (!this.#status.apply('first_media', 'on_air')) this.#status.apply('source_back', 'on_air')
  }

  #onSlate(): void {
    this.#status.apply('source_lost', this.#source ? 'source_stalled' : 'source_ended')
    this.#startWindow(performance.now())
  }

  /** How long the slate holds the broadcast; counted from the moment it went on air. */
  #startWindow(sinceMs: number): void {
    clearTimeout(this.#windowTimer)
    this.#slateSinceMs = sinceMs
    if (this.job.always_on) return
    const leftMs = this.job.reconnect_window * 1000 - (performance.now() - sinceMs)
    this.#windowTimer = setTimeout(() => void this.end('reconnect_window_over'), Math.max(0, leftMs))
  }

  #sourceGone(source: Source, end: SourceEnd): void {
    this.#source = undefined
    this.#receivedBefore += source.bytesReceived
    this.#log.info(end, 'source gone')
    const reason = end.reason === 'refused' ? 'source_failed' : 'source_ended'
    if (!this.#output?.package) void this.end(reason)
    else if (this.#status.current.status === 'reconnecting') this.#status.explain(reason)
    else if (this.#slateSinceMs === undefined) this.#startWindow(performance.now())
  }

  #measure(): void {
    const output = this.#output
    this.#sample = this.#meter.sample({
      receivedBytes: this.#receivedBefore + (this.#source?.bytesReceived ?? 0),
      sentBytes: output?.sentBytes ?? 0,
      latenessMs: output?.splicer.latenessMs(performance.now()) ?? 0,
      slateSeconds: output?.splicer.slateSeconds ?? 0,
    })
  }

  async #end(reason: StatusReason): Promise<void> {
    clearTimeout(this.#windowTimer)
    clearTimeout(this.#firstSourceTimer)
    clearInterval(this.#sampler)
    this.#status.apply(reason === 'disabled_by_operator' ? 'disable' : 'broadcast_over', reason)
    this.#source?.close(this.#status.current.detail)
    this.#abort.abort()
    await Promise.all([...this.#running, this.#output?.end()])
    this.#options.onOver()
  }
}
