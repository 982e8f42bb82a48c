import type { Job } from '#schema/contracts/job.ts'
import type { SessionReport } from '#schema/contracts/worker.ts'
import { interruptions, type StatusReason, type VideoEncoder } from '#schema/enums.ts'
import { newId } from '#schema/ids.ts'
import { delay } from '../delay.ts'
import type { SourceEnd } from '../ingest/source.ts'
import type { Log } from '../observe/log.ts'
import type { Package } from '../package/package.ts'
import type { FfmpegExit } from '../transcode/ffmpeg-process.ts'
import { SessionAiring } from './airing.ts'
import { hardwareFault } from './encoder.ts'
import { EncoderDoor } from './encoder-door.ts'
import { SessionHealth } from './health.ts'
import { SessionInputs } from './inputs.ts'
import type { OpenJob, SessionOptions } from './options.ts'
import { unitsOf } from './plan.ts'
import { ReconnectWindow } from './reconnect-window.ts'
import { SessionRecord } from './record.ts'
import { sessionReport } from './report.ts'
import { secretsOf } from './secrets-of.ts'
import { StatusMachine } from './status.ts'

/**
 * One run of a live stream on this worker, from when it is claimed to its end: what its sources give goes on air, the slate
 * where they give nothing, and its status says why. The input side may come and go; the output side lasts.
 */
export class Session {
  readonly id = newId('ses')
  /** What its report is made of. */
  readonly record: SessionRecord
  /** Where encoders come in. */
  readonly door: EncoderDoor
  readonly #options: SessionOptions
  readonly #log: Log
  readonly #status: StatusMachine
  readonly #inputs: SessionInputs
  readonly #airing: SessionAiring
  readonly #health: SessionHealth
  readonly #abort = new AbortController()
  readonly #window = new ReconnectWindow(() => {
    // What has been played to its end would begin anew with the next session.
    void this.finish(this.#inputs.haveAllBeenPlayed ? 'played_out' : 'reconnect_window_over')
  })
  #open: OpenJob
  /** Why the last source went. */
  #goneReason: StatusReason = 'source_ended'
  /** Why it ends, while the closing slate plays. */
  #finishReason: StatusReason | undefined
  #over: Promise<void> | undefined
  #hasFailed = false

  constructor(options: SessionOptions) {
    const { open } = options
    this.#options = options
    this.#open = open
    this.record = new SessionRecord({
      sessionId: this.id,
      onEvent: (type, detail, record) => {
        const about = { destination: record.destination_id, input: record.input_id, code: record.reason }
        this.#log[isTrouble(type) ? 'warn' : 'info']({ event: type, ...about }, detail)
        options.onEvent(type, detail, record)
      },
      job: () => this.job,
      observe: () => (this.#airing.hasBegun ? this.#observe() : undefined),
      unixMs: options.host.unixMs,
      sentByTrack: () => this.#airing.sentByTrack,
    })
    const { onEvent } = this.record
    this.#log = options.host.log.child({ stream: open.job.live_stream_id, session: this.id }, () =>
      secretsOf(this.#open),
    )
    const { fence, revision, request_id } = this.job
    this.#log.info({ fence, revision, request_id }, 'a session begins')
    const host = { ...options.host, ffmpeg: { ...options.host.ffmpeg, log: this.#log } }
    this.#status = new StatusMachine(
      () => new Date(options.host.unixMs?.() ?? Date.now()),
      ({ status, reason, detail }, before) => {
        // A session that ends as it began has been nothing to anybody.
        if (status === before.status) this.#log.info({ status, reason }, detail)
        else onEvent(`stream.${status}`, detail, { reason })
      },
      (event, { status }) => this.#log.error({ event, status }, 'an event that the table of states does not allow'),
    )
    this.#airing = new SessionAiring({
      ...{ host, onEvent, log: this.#log, signal: this.#abort.signal },
      open: () => this.#open,
      onSwitch: (onAir) => (onAir === 'live' ? this.#onLive() : this.#onSlate()),
      onRunOnAir: () => this.#onPictures(),
      onFault: (error) => this.fail(error),
    })
    this.#health = new SessionHealth(() => ({ ...this.#airing.totals, ...this.#inputs.totals }))
    this.#inputs = new SessionInputs({
      ffmpeg: host.ffmpeg,
      log: this.#log,
      listens: host.listensToPassthrough ?? false,
      startDriver: (input, driverHost) => host.startDriver(input, { ...driverHost, log: this.#log }),
      plan: (source) => this.#airing.planFor(source),
      isLive: () => this.#airing.onAir === 'live',
      onRunBegin: (planned, events) => this.#airing.beginRun(planned, events),
      onProgress: (progress) => this.#health.progress(progress),
      onSnapshot: (jpeg) => this.#airing.setSnapshot(jpeg),
      onSound: (block) => this.#health.sound(block),
      onGlance: (glance) => this.#health.picture(glance),
      onEncoderFailed: (encoder) => this.#airing.encoderFailed(encoder),
      onRunEnd: (exit, sourceLives) => this.#onRunEnd(exit, sourceLives),
      onConnected: () => this.#onConnected(),
      onGone: (end, wasOnAir) => this.#onSourceGone(end, wasOnAir),
      onFinished: () => {
        if (!this.job.always_on) void this.finish('played_out')
      },
      onFault: (error) => this.fail(error),
      onEvent,
    })
    this.door = new EncoderDoor({
      job: () => this.job,
      inputs: this.#inputs,
      hasAired: () => this.package !== undefined,
      isEnding: () => this.isEnding,
      onRefused: (why) => onEvent('input.refused', why),
      end: (reason) => void this.end(reason),
      onFault: (error) => this.fail(error),
    })
    this.#inputs.configure(open.inputs, open.job.pinned_input_id)
  }

  get job(): Job {
    return this.#open.job
  }

  get package(): Package | undefined {
    return this.#airing.package
  }

  /** What its encodes take of an encoder of this machine; of software: of the CPU. */
  unitsOf(encoder: VideoEncoder): number {
    const { planned } = this.#airing
    return planned ? unitsOf(planned, encoder) : 0
  }

  /** Whether it is over, or only its closing slate is still to be seen: it takes no source any more. */
  get isEnding(): boolean {
    return this.isOver || this.#finishReason !== undefined
  }

  /** What SRT callers with the stream key of this digest encrypt with. */
  srtPassphraseOf(digest: string): string {
    return this.#open.previousPassphrases?.get(digest) ?? this.#open.srtPassphrase
  }

  get isOver(): boolean {
    return this.#over !== undefined
  }

  /** Puts the slate on air without a source, as soon as there is one. For always-on streams. */
  async startWithSlate(): Promise<void> {
    const reason = () => (this.#inputs.isConnected ? 'source_connected' : 'waiting_for_source')
    await this.#airing
      .startWithSlate(() => this.#status.apply('source_lost', reason()))
      .catch((error: unknown) => this.fail(error))
  }

  /** The configuration has changed. It is followed at once, with other encodes beside those that run where it needs them. */
  update(open: OpenJob): void {
    const before = this.#open.job
    this.#open = open
    const { revision, request_id } = open.job
    this.#log.info({ revision, request_id }, 'the configuration has changed')
    if (this.job.always_on && !before.always_on && !this.#airing.hasBegun && !this.isEnding) void this.startWithSlate()
    if (!this.isEnding) this.#inputs.configure(open.inputs, this.job.pinned_input_id)
    this.#inputs.renew()
    this.#airing.update(before)
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
    return { ...this.#observe(), ...this.record.told }
  }

  #observe(): SessionReport {
    return sessionReport({
      ...{ sessionId: this.id, job: this.job, status: this.#status.current, ended: this.isOver },
      ...{ inputs: this.#inputs, airing: this.#airing, health: this.#health },
    })
  }

  /** A fault of ours: the session can't go on, and must not hold its lease. */
  fail(error: unknown): void {
    this.#log.error({ err: error }, 'the session failed')
    if (this.isOver) return
    this.#hasFailed = true
    void this.end('source_failed')
  }

  #onConnected(): void {
    if (this.#status.current.status === 'idle') this.#status.apply('source_connecting', 'source_connected')
    else if (this.#status.current.status !== 'active') this.#status.explain('source_connected')
  }

  /** Pictures of a source go out. */
  #onPictures(): void {
    this.#window.close()
    this.#health.onAir()
    if (this.#status.current.status === 'active') this.#status.explain('on_air')
  }

  #onLive(): void {
    this.#onPictures()
    if (!this.isEnding) this.#airing.expectLoss()
    this.#status.apply(this.#status.current.status === 'reconnecting' ? 'source_back' : 'first_media', 'on_air')
  }

  #onSlate(): void {
    if (this.#finishReason) {
      this.#status.apply('source_lost', this.#finishReason)
      return
    }
    // An always-on stream that begins with its slate has said so already.
    const { status, reason } = this.#status.current
    const isEncodersFault = reason === 'encoder_failed' || this.#health.encodesTooSlowly
    const stalledFor = isEncodersFault ? 'encoder_failed' : 'source_stalled'
    if (status !== 'reconnecting')
      this.#status.apply('source_lost', this.#inputs.isConnected ? stalledFor : this.#goneReason)
    this.#health.offAir()
    this.#openWindow()
    // Not from within the splicer's own step.
    queueMicrotask(() => this.#inputs.onStall())
  }

  #onRunEnd(exit: FfmpegExit, sourceLives: boolean): void {
    this.#health.runEnded(exit, sourceLives)
    if (!sourceLives) return
    this.#status.explain('encoder_failed')
    // Of a hardware encoder is told once what becomes of it, not each time that it is tried.
    if (exit.fault?.code === hardwareFault) return
    this.record.onEvent('encoder.failed', exit.fault?.detail ?? 'FFmpeg stopped; it is being started again.', {})
  }

  #onSourceGone({ reason, detail, isForGood }: SourceEnd, wasOnAir: boolean): void {
    // What exactly is wrong with it is said nowhere else once the session is over.
    if (reason === 'refused') this.record.onEvent('input.refused', detail, {})
    this.#goneReason = ({ ended: 'source_ended', lost: 'source_lost', refused: 'source_failed' } as const)[reason]
    // It came and went before it gave a picture. What is fetched is tried again; an encoder must come by itself.
    if (!this.package && this.door.isOnlyWay) void this.end(this.#goneReason)
    else if (!this.package) this.#status.explain(this.#goneReason)
    else if (isForGood && wasOnAir && this.door.isOnlyWay && !this.door.awaitsAny) void this.finish('completed')
    else if (this.#status.current.status === 'reconnecting') this.#status.explain(this.#goneReason)
    else if (!this.#window.isOpen) this.#openWindow()
  }

  #openWindow(): void {
    if (!this.isEnding) this.#window.open(this.job.always_on ? null : this.job.reconnect_window * 1000)
  }

  async #closeWithSlate(reason: StatusReason, seconds: number): Promise<void> {
    this.#window.close()
    const hasSlate = await this.#airing.prepareClosing()
    if (this.isOver) return
    if (hasSlate) {
      if (this.#airing.onAir === 'slate') this.#status.explain(reason)
      this.#airing.leaveSource()
      await this.#inputs.close('The broadcast has ended.')
      await delay(seconds * 1_000, this.#abort.signal)
    }
    await this.end(reason)
  }

  async #end(reason: StatusReason): Promise<void> {
    this.#window.close()
    this.door.close()
    this.#health.close()
    this.record.end()
    this.#status.apply(reason === 'disabled_by_operator' ? 'disable' : 'broadcast_over', reason)
    this.#abort.abort()
    const goesOn = !this.#finishReason && interruptions.includes(reason)
    const inputsGone = this.#inputs.close(this.#status.current.detail, reason === 'worker_draining')
    const onFault = (error: unknown) => this.#log.error({ err: error }, 'the session did not end as it should')
    await Promise.all([inputsGone, this.#airing.end(goesOn)]).catch(onFault)
    this.#options.onOver(this.#hasFailed)
  }
}

/** Events that tell of something that is not as it should be. */
const isTrouble = (type: string) => /failed|refused|retrying|errored|reconnecting|lost|stalled/.test(type)
