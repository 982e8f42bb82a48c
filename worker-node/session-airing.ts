import type { DestinationStatus } from '#schema/contracts/destination.ts'
import type { Job } from '#schema/contracts/job.ts'
import type { Issue } from '#schema/contracts/live-stream.ts'
import type { SlateStatus } from '#schema/contracts/slate.ts'
import type { SourceDescription } from '#schema/contracts/source.ts'
import type { EncodePlan } from '#schema/plan/plan.ts'
import { sentMedia } from '#schema/plan/sent-media.ts'
import type { Track } from './media/sample.ts'
import type { Log } from './observe/log.ts'
import type { SessionTotals } from './observe/session-meter.ts'
import type { Package } from './package/package.ts'
import { SessionFeed } from './session-feed.ts'
import type { OpenJob, SessionHost } from './session-options.ts'
import { SessionOutput } from './session-output.ts'
import { type PlannedSession, SessionPlan } from './session-plan.ts'
import { partRun, type RunSink } from './session-run.ts'
import type { OnAir } from './splice/splicer.ts'
import { plannedTracks, trackId } from './transcode/outputs.ts'

/** Time passes in the splicers in steps of this, milliseconds: under one picture at 30 frames per second. */
const tickMs = 20

export interface SessionAiringOptions {
  readonly host: SessionHost
  readonly log: Log
  readonly signal: AbortSignal
  /** As it is now. */
  readonly open: () => OpenJob
  readonly onEvent: (type: string, detail: string) => void
  /** What viewers get has changed. */
  readonly onSwitch: (onAir: 'live' | 'slate') => void
  /** Pictures of a run go out to viewers, after a slate or straight after another run's. */
  readonly onRunOnAir: () => void
}

/** What becomes of a run. */
export interface RunEvents {
  /** Its first picture goes out to viewers. */
  readonly onAir: () => void
  /** It goes out in every feed: no other run is needed any more. */
  readonly onAirEverywhere: () => void
}

/**
 * What goes on air of a session: the encodes that are planned, the feeds that they go to, each with its timeline and slate,
 * and the output side. It lasts from the first picture or slate until `end`, whatever becomes of the sources.
 */
export class SessionAiring {
  readonly #options: SessionAiringOptions
  readonly #plan: SessionPlan
  readonly #viewers: SessionFeed
  /** Those for destinations alone. */
  readonly #feeds = new Map<string, SessionFeed>()
  /** Feeds that nobody wants any more, until their last slate is written. */
  readonly #endings = new Set<Promise<void>>()
  readonly #ticker: NodeJS.Timeout
  #output: SessionOutput | undefined

  constructor(options: SessionAiringOptions) {
    const { host, open } = options
    this.#options = options
    this.#plan = new SessionPlan(() => open().job, host.freeEncodeUnits)
    this.#viewers = this.#createFeed(undefined, options.onSwitch)
    this.#ticker = setInterval(() => this.#tick(performance.now()), tickMs)
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
    return [...this.#plan.issues, ...this.#viewers.slate.issues]
  }

  get totals(): Pick<SessionTotals, 'sentBytes' | 'latenessMs' | 'slateSeconds'> {
    const { latenessMs, slateSeconds } = this.#viewers
    return { sentBytes: this.#output?.sentBytes ?? 0, latenessMs, slateSeconds }
  }

  slateStatus(): SlateStatus {
    return this.#viewers.slate.status()
  }

  destinationStatuses(): ReadonlyMap<string, DestinationStatus> {
    const output = this.#output
    if (!output) return new Map()
    const sent = new Map((this.#plan.current?.plans ?? []).flatMap(sentByTrack))
    const planned = new Map(this.#plan.destinations.map((each) => [each.id, each]))
    return new Map(
      Array.from(output.publishers(), ([id, status]) => {
        const adjustments = [...(planned.get(id)?.adjustments ?? [])]
        return [id, { ...status, sends: sent.get(output.videoOf(id) ?? '') ?? null, adjustments }]
      }),
    )
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
    const planned = this.#plan.for(null)
    // Where it has only just become an always-on stream, too: nothing has been seen of it.
    void this.#viewers.slate.show('before')
    const slate = await this.#viewers.slate.makePatiently(planned.plans[0], () => !this.hasBegun)
    if (!slate || this.hasBegun || this.#options.signal.aborted) return
    onBegin()
    this.#viewers.startWithSlate(planned.plans[0], slate)
    this.#startFeedsWithSlate(planned)
  }

  /** An FFmpeg begins on a source. */
  beginRun(planned: PlannedSession, events: RunEvents): RunSink {
    const waiting = new Set<EncodePlan>(planned.plans)
    const sinks = planned.plans.flatMap((plan) => {
      const sink = this.#feedOf(plan).beginRun(plan, () => {
        waiting.delete(plan)
        if (plan.feedId === undefined) this.#onViewersGet(planned, events)
        if (waiting.size > 0) return
        this.#endUnplanned(planned)
        events.onAirEverywhere()
      })
      return plannedTracks(plan).map(({ id }) => [id, sink] as const)
    })
    return partRun(new Map(sinks))
  }

  setSnapshot(jpeg: Buffer): void {
    this.#ensureOutput().setSnapshot(jpeg)
  }

  /**
   * The configuration has changed. What viewers get is encoded anew only from the next broadcast on; what destinations get
   * needs another run, where there is a source.
   */
  update(before: Job): void {
    const { job } = this.#options.open()
    if (this.onAir === 'slate') this.#startFeedsWithSlate(this.#plan.for(null))
    this.#routeDestinations()
    const isSlateAsBefore = JSON.stringify([job.name, job.slate]) === JSON.stringify([before.name, before.slate])
    if (!isSlateAsBefore) for (const feed of this.#allFeeds()) feed.renewSlate()
  }

  /** A source is on air: a slate that follows is that of a loss. The one shown until now stays until the other is ready. */
  expectLoss(): void {
    for (const feed of this.#allFeeds()) void feed.slate.show('during')
  }

  /** Makes the slate that closes a broadcast. False: there is none, or nothing is on air. */
  async prepareClosing(): Promise<boolean> {
    const [slate] = await Promise.all(this.#allFeeds().map((feed) => feed.slate.show('after')))
    return slate !== undefined && this.hasBegun
  }

  /** Leaves the source for good; the slate plays from now on. */
  leaveSource(): void {
    for (const feed of this.#allFeeds()) feed.leaveSource()
  }

  /** For when the signal has aborted: resolves when all of it is gone. */
  async end(): Promise<void> {
    clearInterval(this.#ticker)
    await Promise.all([...this.#allFeeds().map((feed) => feed.slate.idle()), ...this.#endings, this.#output?.end()])
  }

  #allFeeds(): [SessionFeed, ...SessionFeed[]] {
    return [this.#viewers, ...this.#feeds.values()]
  }

  #tick(nowMs: number): void {
    for (const feed of this.#allFeeds()) feed.tick(nowMs)
  }

  #onViewersGet(planned: PlannedSession, { onAir }: RunEvents): void {
    this.#plan.wentOnAir(planned)
    this.#routeDestinations()
    this.#options.onRunOnAir()
    onAir()
  }

  #feedOf({ feedId }: EncodePlan): SessionFeed {
    if (feedId === undefined) return this.#viewers
    const present = this.#feeds.get(feedId)
    if (present) return present
    const feed = this.#createFeed(feedId, () => {})
    this.#feeds.set(feedId, feed)
    return feed
  }

  #createFeed(feedId: string | undefined, onSwitch: (onAir: 'live' | 'slate') => void): SessionFeed {
    const { host, log, signal, open } = this.#options
    return new SessionFeed({
      ...{ host, log, signal, onSwitch },
      title: () => open().job.name,
      slates: () => open().job.slate,
      output: (id, sample) => this.#ensureOutput().onSample(id, sample),
      onBegin: (tracks, originMs) => this.#ensureOutput().beginFeed(feedId, tracks, originMs),
    })
  }

  #startFeedsWithSlate({ plans }: PlannedSession): void {
    for (const plan of plans.slice(1)) if (!this.#feedOf(plan).hasBegun) void this.#startFeedWithSlate(plan)
  }

  async #startFeedWithSlate(plan: EncodePlan): Promise<void> {
    const feed = this.#feedOf(plan)
    void feed.slate.show('before')
    const slate = await feed.slate.makePatiently(plan, () => !feed.hasBegun)
    if (slate && !this.#options.signal.aborted) feed.startWithSlate(plan, slate)
  }

  /** Feeds that a run which is on air does not make have nobody left who wants them. */
  #endUnplanned({ plans }: PlannedSession): void {
    const wanted = new Set(plans.map(({ feedId }) => feedId))
    for (const [feedId, feed] of this.#feeds) {
      if (wanted.has(feedId)) continue
      this.#feeds.delete(feedId)
      this.#output?.endFeed(feedId)
      const ending = feed.slate.idle().finally(() => this.#endings.delete(ending))
      this.#endings.add(ending)
    }
  }

  /** Every destination gets what is planned for it. */
  #routeDestinations(): void {
    const routes = new Map(this.#plan.destinations.map((planned) => [planned.id, planned]))
    const [viewers] = this.#plan.current?.plans ?? []
    const best = viewers?.renditions[0]?.id ?? ''
    this.#ensureOutput().setDestinations(
      this.#options.open().destinations.map((destination) => {
        const route = routes.get(destination.id)
        // One that was added a moment ago gets the best of what there is until its own is made.
        const videoId = route ? trackId(route, route.renditionId) : best
        return { ...destination, videoId }
      }),
    )
  }

  #ensureOutput(): SessionOutput {
    if (this.#output) return this.#output
    const { open, log, onEvent } = this.#options
    const { job } = open()
    this.#output = new SessionOutput({
      title: job.name,
      latencyMode: job.latency_mode,
      sessionNumber: job.fence,
      ...{ log, onEvent },
    })
    return this.#output
  }
}

/** Each picture of a plan as the API tells of it, by track id. */
const sentByTrack = (plan: EncodePlan) =>
  sentMedia(plan).map((sends, index) => [trackId(plan, plan.renditions[index]!.id), sends] as const)
