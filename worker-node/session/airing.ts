import type { DestinationStatus } from '#schema/contracts/destination.ts'
import type { Job } from '#schema/contracts/job.ts'
import type { Issue } from '#schema/contracts/live-stream.ts'
import type { RunningPlan } from '#schema/contracts/planned-encode.ts'
import type { SlateStatus } from '#schema/contracts/slate.ts'
import type { SourceDescription } from '#schema/contracts/source.ts'
import type { VideoEncoder } from '#schema/enums.ts'
import type { EncodePlan } from '#schema/plan/plan.ts'
import type { Track } from '../media/sample.ts'
import type { SessionTotals } from '../observe/session-meter.ts'
import type { Package } from '../package/package.ts'
import type { OnAir } from '../splice/splicer.ts'
import { feedKey, plannedTracks } from '../transcode/outputs.ts'
import type { RunEvents, SessionAiringOptions } from './airing-options.ts'
import { SessionFeed } from './feed.ts'
import { SessionFeeds } from './feeds.ts'
import { type SentMedia, SessionOutput } from './output.ts'
import { type PlannedSession, SessionPlan } from './plan.ts'
import { destinationStatuses, presentPlan, routedDestinations } from './routes.ts'
import { partRun, type RunSink } from './run.ts'
import type { PackageSettings } from './viewers.ts'

/**
 * What goes on air of a session: the encodes that are planned, the feeds that they go to, each with its timeline and slate,
 * and the output side. It lasts from the first picture or slate until `end`, whatever becomes of the sources.
 */
export class SessionAiring {
  readonly #options: SessionAiringOptions
  readonly #plan: SessionPlan
  readonly #feeds: SessionFeeds
  /** What was begun last, whether it is on air or not yet. */
  #newest: PlannedSession | undefined
  #output: SessionOutput | undefined

  constructor(options: SessionAiringOptions) {
    const { host, open } = options
    this.#options = options
    this.#plan = new SessionPlan(
      () => open().job,
      () => [...(host.freeHardware?.() ?? []), { name: 'software', encodeUnits: host.freeEncodeUnits() }],
    )
    this.#feeds = new SessionFeeds({
      create: (key, packageSettings) => this.#createFeed(key, packageSettings),
      onEnd: (key) => this.#output?.endFeed(key),
      onFault: options.onFault,
    })
  }

  /** What viewers fetch; undefined before the first picture. */
  get package(): Package | undefined {
    return this.#output?.package
  }

  get hasBegun(): boolean {
    return this.#viewers.hasBegun
  }

  /** What viewers get. */
  get onAir(): OnAir {
    return this.#viewers.onAir
  }

  /** Of what is on air, or of what was planned first; undefined before that. */
  get planned(): PlannedSession | undefined {
    return this.#plan.current
  }

  /** Whether the source goes out to viewers untouched. */
  get passesThrough(): boolean {
    return this.#plan.passesThrough
  }

  /** What viewers get. */
  get tracks(): readonly Track[] {
    return this.#viewers.tracks
  }

  get issues(): Issue[] {
    return [...this.#plan.issues, ...this.#viewers.slate.issues, ...(this.#output?.issues ?? [])]
  }

  get totals(): Pick<SessionTotals, 'sentBytes' | 'latenessMs' | 'slateSeconds'> {
    const { latenessMs } = this.#viewers
    return { sentBytes: this.#output?.sentBytes ?? 0, latenessMs, slateSeconds: this.#feeds.slateSeconds }
  }

  /** What was sent so far of each track. */
  get sentByTrack(): ReadonlyMap<string, SentMedia> {
    return this.#output?.sentByTrack ?? new Map()
  }

  slateStatus(): SlateStatus {
    return this.#viewers.slate.status()
  }

  destinationStatuses(): ReadonlyMap<string, DestinationStatus> {
    return this.#output ? destinationStatuses(this.#output, this.#plan) : new Map()
  }

  /** A hardware encoder has failed: see {@link SessionPlan.encoderFailed}. */
  encoderFailed(encoder: VideoEncoder): void {
    this.#options.host.onEncoderFailed?.(encoder)
    const issue = this.#plan.encoderFailed(encoder)
    if (issue)
      this.#options.onEvent(
        issue.code === 'encoder_fell_back' ? 'encoder.fell_back' : 'encoder.failed',
        issue.detail,
        {},
      )
  }

  /** What is encoded now, and who gets it; undefined before anything is planned. */
  runningPlan(): RunningPlan | undefined {
    return presentPlan(this.#output, this.#plan)
  }

  /** The encodes for a source. */
  planFor(source: SourceDescription): PlannedSession {
    return this.#plan.for(source)
  }

  /**
   * Puts the slate on air without a source. Where no slate can be made it is tried again and again, and an issue says so; a
   * source that comes meanwhile goes on air without one. `onBegin` is told before the slate goes out.
   */
  async startWithSlate(onBegin: () => void): Promise<void> {
    let planned = this.#plan.for(null)
    // Where it has only just become an always-on stream, too: nothing has been seen of it.
    void this.#viewers.slate.show('before')
    const planNow = () => {
      const { failedEncoder } = this.#viewers.slate
      if (failedEncoder) this.encoderFailed(failedEncoder)
      planned = this.#plan.for(null)
      return planned.plans[0]
    }
    const slate = await this.#viewers.slate.makePatiently(planNow, () => !this.hasBegun)
    if (!slate || this.hasBegun || this.#options.signal.aborted) return
    onBegin()
    this.#plan.wentOnAir(planned)
    this.#viewers.startWithSlate(planned.plans[0], slate)
    this.#startFeedsWithSlate(planned)
  }

  /** An FFmpeg begins on a source. */
  beginRun(planned: PlannedSession, events: RunEvents): RunSink {
    this.#newest = planned
    const waiting = new Set<EncodePlan>(planned.plans)
    const sinks = planned.plans.flatMap((plan) => {
      const sink = this.#feeds.of(plan, planned).beginRun(plan, () => {
        const isFirst = waiting.delete(plan)
        events.onAirSomewhere()
        if (plan === planned.plans[0]) {
          // When it comes back from the slate, viewers may have gone over to another edition.
          if (isFirst) this.#giveViewers(planned)
          if (this.#feeds.isViewers(feedKey(plan))) {
            this.#options.onRunOnAir()
            events.onAir()
          }
        }
        if (waiting.size > 0) return
        this.#settle(planned, events.onAirEverywhere)
      })
      return plannedTracks(plan).map(({ id }) => [id, sink] as const)
    })
    return partRun(new Map(sinks))
  }

  setSnapshot(jpeg: Buffer): void {
    this.#ensureOutput().setSnapshot(jpeg)
  }

  /** The configuration has changed. What needs other encodes begins with another run; without a source, with its slate. */
  update(before: Job): void {
    const { job } = this.#options.open()
    if (this.onAir === 'slate') this.#startFeedsWithSlate(this.#plan.for(null))
    this.#routeDestinations()
    const isSlateAsBefore = JSON.stringify([job.name, job.slate]) === JSON.stringify([before.name, before.slate])
    if (!isSlateAsBefore) for (const feed of this.#feeds.all) feed.renewSlate()
  }

  /** A source is on air: a slate that follows is that of a loss. The one shown until now stays until the other is ready. */
  expectLoss(): void {
    void this.#feeds.show('during')
  }

  /** Makes the slate that closes a broadcast. False: there is none, or nothing is on air. */
  async prepareClosing(): Promise<boolean> {
    const hasSlate = await this.#feeds.show('after')
    return hasSlate && this.hasBegun
  }

  /** Leaves the source for good; the slate plays from now on. */
  leaveSource(): void {
    for (const feed of this.#feeds.all) feed.leaveSource()
  }

  /** For when the signal has aborted: resolves when all of it is gone. `goesOn`: the broadcast, with another session. */
  async end(goesOn: boolean): Promise<void> {
    await Promise.all([this.#feeds.end(), this.#output?.end({ goesOn })])
  }

  get #viewers(): SessionFeed {
    return this.#feeds.viewers
  }

  /** What viewers get from now on, be it what they got before or another edition of it. */
  #giveViewers(planned: PlannedSession): void {
    const before = this.onAir
    this.#feeds.giveViewers(planned.plans[0])
    this.#plan.wentOnAir(planned)
    this.#routeDestinations()
    const { onAir } = this
    if (onAir !== before && onAir !== 'nothing' && before !== 'nothing') this.#options.onSwitch(onAir)
  }

  /** All that is planned is there. Once everybody has it too, what was there before is needed no more. */
  #settle(planned: PlannedSession, done?: () => void): void {
    this.#ensureOutput().whenSettled(() => {
      // What is to come already is wanted as well.
      if (this.#plan.current === planned) this.#feeds.keepOnly([...planned.plans, ...(this.#newest?.plans ?? [])])
      done?.()
    })
  }

  #createFeed(key: string | undefined, packageSettings?: PackageSettings): SessionFeed {
    const { host, log, signal, open, onSwitch } = this.#options
    return new SessionFeed({
      ...{ host, log, signal },
      title: () => open().job.name,
      slates: () => open().job.slate,
      output: (id, sample) => this.#ensureOutput().onSample(id, sample),
      onTracks: (tracks) => this.#ensureOutput().expectFeed(key, tracks),
      onBegin: (tracks, originMs) => {
        const settings = key === undefined ? open().job : packageSettings
        this.#ensureOutput().beginFeed(key, tracks, originMs, settings)
      },
      onSwitch: (onAir) => {
        if (this.#feeds.isViewers(key)) onSwitch(onAir)
      },
    })
  }

  #startFeedsWithSlate(planned: PlannedSession): void {
    this.#newest = planned
    for (const plan of planned.plans) {
      const feed = this.#feeds.of(plan, planned)
      if (!feed.hasBegun) void this.#startFeedWithSlate(feed, plan)
    }
    this.#adopt(planned)
  }

  async #startFeedWithSlate(feed: SessionFeed, plan: EncodePlan): Promise<void> {
    void feed.slate.show(this.#feeds.moment)
    const isSame = (each: EncodePlan) => feedKey(each) === feedKey(plan)
    // Something else may be planned by now, whose slate was made sooner.
    const isWanted = () => !feed.hasBegun && this.#feeds.has(feed) && (this.#newest?.plans.some(isSame) ?? false)
    const planNow = () => this.#plan.for(null).plans.find(isSame) ?? plan
    const slate = await feed.slate.makePatiently(planNow, isWanted)
    if (!slate || !isWanted() || this.#options.signal.aborted) return
    feed.startWithSlate(plan, slate)
    if (this.#newest && this.onAir === 'slate') this.#adopt(this.#newest)
  }

  /** What is planned takes the place of what was, without a source, as far as it has begun. */
  #adopt(planned: PlannedSession): void {
    const hasBegun = (plan: EncodePlan) => this.#feeds.of(plan, planned).hasBegun
    if (!hasBegun(planned.plans[0])) return
    this.#giveViewers(planned)
    if (planned.plans.every(hasBegun)) this.#settle(planned)
  }

  /** Every destination gets what is planned for it. */
  #routeDestinations(): void {
    this.#ensureOutput().setDestinations(routedDestinations(this.#options.open().destinations, this.#plan))
  }

  #ensureOutput(): SessionOutput {
    if (this.#output) return this.#output
    const { open, log, onEvent, host } = this.#options
    const { name: title, fence: sessionNumber } = open().job
    const { ffmpeg, unixMs } = host
    const copyright = () => open().job.copyright_profile
    this.#output = new SessionOutput({ title, copyright, sessionNumber, ffmpeg, log, onEvent, unixMs })
    return this.#output
  }
}
