import { isDeepStrictEqual } from 'node:util'
import type { Job } from '#schema/contracts/job.ts'
import type { Issue } from '#schema/contracts/live-stream.ts'
import type { SourceDescription } from '#schema/contracts/source.ts'
import { type BroadcastPlan, type DestinationPlan, planBroadcast } from '#schema/plan/broadcast-plan.ts'
import { isPassthrough } from '#schema/plan/passthrough-plan.ts'
import { type EncodePlan, type PlanRequest, planLater } from '#schema/plan/plan.ts'
import { limitsOf } from '#schema/plan/platform-limits.ts'
import type { PackageSettings } from './session-viewers.ts'
import { feedKey } from './transcode/outputs.ts'

/** What one run of the transcoder makes, and for whom. */
export interface PlannedSession {
  /** How what viewers get is cut. */
  readonly packageSettings: PackageSettings
  /** The viewers' encodes, then the feeds'. */
  readonly plans: readonly [EncodePlan, ...EncodePlan[]]
  readonly issues: readonly Issue[]
  readonly encodeUnits: number
}

/** Whether a run that makes the one makes all that the other wants. */
export const makesTheSame = (one: PlannedSession, other: PlannedSession): boolean =>
  isDeepStrictEqual(one.plans, other.plans)

/**
 * What a session encodes. Slate and live, and every later source, must be alike: each feed is planned once. Feeds come and
 * go with the destinations; where the viewers' settings are changed, they get another edition of theirs. Where the source
 * itself goes out, each source has its own plan, and a slate of its own size, once it is on air.
 */
export class SessionPlan {
  readonly #job: () => Job
  readonly #freeEncodeUnits: () => number
  #settled: BroadcastPlan | undefined
  #current: PlannedSession | undefined
  /** What was wanted when that was settled. */
  #settledFor: { readonly viewers: unknown; readonly destinations: unknown; readonly hadSource: boolean } | undefined
  #edition = 1
  /** The newest source that is known. */
  #source: SourceDescription | null = null

  constructor(job: () => Job, freeEncodeUnits: () => number) {
    this.#job = job
    this.#freeEncodeUnits = freeEncodeUnits
  }

  /** Of what is on air, or of what was planned first; undefined before that. */
  get current(): PlannedSession | undefined {
    return this.#current
  }

  /** What is wrong with it. */
  get issues(): readonly Issue[] {
    return this.#current?.issues ?? []
  }

  /** Whether the source goes out to viewers untouched. */
  get passesThrough(): boolean {
    return this.#current?.plans[0].passthrough?.copiesVideo === true
  }

  /** The encodes for a source; null: for the one that was known last, if any was. */
  for(source: SourceDescription | null): PlannedSession {
    this.#source = source ?? this.#source
    const request = this.#request(this.#source)
    const settled = this.#settle(request)
    const isFirst = this.#current === undefined
    const [viewers, ...feeds] = [settled.viewers.plan, ...settled.feeds].map((plan) => this.#follow(plan, request))
    const { latency_mode, packaging } = this.#job()
    const planned: PlannedSession = {
      packageSettings: { latency_mode, packaging },
      plans: [viewers!.plan, ...feeds.map(({ plan }) => plan)],
      issues: [...settled.viewers.issues, ...viewers!.issues],
      encodeUnits: settled.encodeUnits,
    }
    if (isFirst) this.#current = planned
    return planned
  }

  /** What each destination gets, as it is planned now. */
  get destinations(): readonly DestinationPlan[] {
    return this.#settled?.destinations ?? []
  }

  /** A run of this plan has gone on air. */
  wentOnAir(planned: PlannedSession): void {
    this.#current = planned
  }

  /** What was planned stays, but for what is wanted otherwise by now, or can be known at last. */
  #settle(request: PlanRequest): BroadcastPlan {
    const job = this.#job()
    const before = this.#settledFor
    const wanted = {
      viewers: viewersWish(job),
      destinations: job.destinations.map(destinationWish),
      hadSource: request.source !== null || (before?.hadSource ?? false),
    }
    if (this.#settled && isDeepStrictEqual(before, wanted)) return this.#settled
    const keepsViewers = this.#settled && isDeepStrictEqual(before?.viewers, wanted.viewers)
    const plan = planBroadcast({
      ...request,
      encodeUnits: request.encodeUnits + (this.#current?.encodeUnits ?? 0),
      destinations: job.destinations.map(({ id, platform, profile }) => ({
        id,
        profile,
        limitsOf: limitsOf(platform),
      })),
      ...(keepsViewers && { viewers: this.#settled!.viewers }),
    })
    this.#settled = this.#settled && !keepsViewers ? this.#nextEdition(plan) : plan
    this.#settledFor = wanted
    return this.#settled
  }

  /** Viewers go over to other encodes: those of another edition, so that both can be made for a moment. */
  #nextEdition(plan: BroadcastPlan): BroadcastPlan {
    const { viewers } = plan
    this.#edition += 1
    return { ...plan, viewers: { ...viewers, plan: { ...viewers.plan, edition: this.#edition } } }
  }

  /** Encodes are as they were; what goes out untouched is as this source is. Gives why that can't be, for viewers. */
  #follow(plan: EncodePlan, request: PlanRequest): { readonly plan: EncodePlan; readonly issues: readonly Issue[] } {
    const before = this.#current?.plans.find((each) => feedKey(each) === feedKey(plan))
    // Loudness changes nothing of how samples are encoded: it may be another with each run.
    if (!plan.passthrough) return { plan: { ...plan, normalizesAudio: request.normalizesAudio ?? false }, issues: [] }
    if (!before || !isPassthrough(before)) return { plan, issues: [] }
    const { feedId, edition } = plan
    const later = planLater(before, request)
    const name = { ...(feedId !== undefined && { feedId }), ...(edition !== undefined && { edition }) }
    return { plan: { ...later.plan, ...name }, issues: later.issues }
  }

  #request(source: SourceDescription | null) {
    const { latency_mode, ladder, encoder_preset, audio } = this.#job()
    return {
      latencyMode: latency_mode,
      ladder,
      encoderPreset: encoder_preset,
      normalizesAudio: audio.normalize,
      source,
      encodeUnits: this.#freeEncodeUnits(),
    }
  }
}

/** All that decides how viewers' media is encoded and cut. */
const viewersWish = ({ latency_mode, ladder, encoder_preset, encoder, upscale, upscale_height, packaging }: Job) => ({
  ...{ latency_mode, ladder, encoder_preset, encoder, packaging },
  upscaledTo: upscale === 'off' ? null : [upscale, upscale_height],
})

const destinationWish = ({ id, platform, profile }: Job['destinations'][number]) => ({ id, platform, profile })
