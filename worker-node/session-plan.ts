import { isDeepStrictEqual } from 'node:util'
import type { Job } from '#schema/contracts/job.ts'
import type { Issue } from '#schema/contracts/live-stream.ts'
import type { SourceDescription } from '#schema/contracts/source.ts'
import { type BroadcastPlan, type DestinationPlan, planBroadcast } from '#schema/plan/broadcast-plan.ts'
import { isPassthrough } from '#schema/plan/passthrough-plan.ts'
import { type EncodePlan, type PlanRequest, planLater } from '#schema/plan/plan.ts'
import { limitsOf } from '#schema/plan/platform-limits.ts'

/** What one run of the transcoder makes, and for whom. */
export interface PlannedSession {
  /** The viewers' encodes, then the feeds'. */
  readonly plans: readonly [EncodePlan, ...EncodePlan[]]
  readonly issues: readonly Issue[]
  readonly encodeUnits: number
}

/** Whether a run that makes the one makes all that the other wants; loudness may wait. */
export function makesTheSame(one: PlannedSession, other: PlannedSession): boolean {
  const outputs = ({ plans }: PlannedSession) => plans.map(({ normalizesAudio: _, ...plan }) => plan)
  return isDeepStrictEqual(outputs(one), outputs(other))
}

/**
 * What a session encodes. Slate and live, and every later source, must be alike: what viewers get is planned once a session,
 * and so is each feed; feeds come and go with the destinations. Where the source itself goes out, each source has its own
 * plan, and a slate of its own size, once it is on air.
 */
export class SessionPlan {
  readonly #job: () => Job
  readonly #freeEncodeUnits: () => number
  #settled: BroadcastPlan | undefined
  #current: PlannedSession | undefined
  /** As it was when the session was planned, and when its feeds were. */
  #plannedFor: Job | undefined
  #feedsPlannedFor: { readonly destinations: Job['destinations']; readonly hadSource: boolean } | undefined
  /** What the newest run does. */
  #normalizesAudio = false

  constructor(job: () => Job, freeEncodeUnits: () => number) {
    this.#job = job
    this.#freeEncodeUnits = freeEncodeUnits
  }

  /** Of what is on air, or of what was planned first; undefined before that. */
  get current(): PlannedSession | undefined {
    return this.#current
  }

  /** What is wrong with it, and what has been configured since and has to wait. */
  get issues(): Issue[] {
    const before = this.#plannedFor
    if (!this.#current || !before) return []
    const now = this.#job()
    const changed = settledAtFirst.filter(([name]) => !isDeepStrictEqual(before[name], now[name]))
    return [
      ...this.#current.issues,
      ...(changed.length > 0 ? [changeWaits(changed.map(([, words]) => words))] : []),
      ...(now.audio.normalize === this.#normalizesAudio ? [] : [loudnessWaits]),
    ]
  }

  /** Whether the source goes out to viewers untouched. */
  get passesThrough(): boolean {
    return this.#current?.plans[0].passthrough?.copiesVideo === true
  }

  /** The encodes for a source; null while there is none. */
  for(source: SourceDescription | null): PlannedSession {
    const request = this.#request(source)
    this.#normalizesAudio = request.normalizesAudio
    const settled = this.#settle(request)
    const isFirst = this.#current === undefined
    const [viewers, ...feeds] = [settled.viewers.plan, ...settled.feeds].map((plan) => this.#follow(plan, request))
    const planned: PlannedSession = {
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

  /** What was planned stays; feeds are planned anew where destinations want something else, or the source is known at last. */
  #settle(request: PlanRequest): BroadcastPlan {
    const { destinations } = this.#job()
    const wishes = destinations.map(({ id, platform, profile }) => ({ id, profile, limitsOf: limitsOf(platform) }))
    const before = this.#feedsPlannedFor
    const isSame =
      before &&
      (before.hadSource || !request.source) &&
      isDeepStrictEqual(before.destinations.map(wishOf), destinations.map(wishOf))
    if (this.#settled && isSame) return this.#settled
    const ownUnits = this.#current?.encodeUnits ?? 0
    this.#settled = planBroadcast({
      ...request,
      encodeUnits: request.encodeUnits + ownUnits,
      destinations: wishes,
      ...(this.#settled && { viewers: this.#settled.viewers }),
    })
    this.#plannedFor ??= this.#job()
    this.#feedsPlannedFor = { destinations, hadSource: request.source !== null }
    return this.#settled
  }

  /** Encodes are as they were; what goes out untouched is as this source is. Gives why that can't be, for viewers. */
  #follow(plan: EncodePlan, request: PlanRequest): { readonly plan: EncodePlan; readonly issues: readonly Issue[] } {
    const before = this.#current?.plans.find(({ feedId }) => feedId === plan.feedId)
    // Loudness changes nothing of how samples are encoded: it may be another with each run.
    if (!plan.passthrough) return { plan: { ...plan, normalizesAudio: request.normalizesAudio ?? false }, issues: [] }
    if (!before || !isPassthrough(before)) return { plan, issues: [] }
    const { feedId } = plan
    const later = planLater(before, request)
    return { plan: { ...later.plan, ...(feedId !== undefined && { feedId }) }, issues: later.issues }
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

const wishOf = ({ id, platform, profile }: Job['destinations'][number]) => ({ id, platform, profile })
/** What is decided once a session, because slate and live and all renditions stay alike for as long as it lasts. */
const settledAtFirst = [
  ['latency_mode', 'latency mode'],
  ['ladder', 'ladder'],
  ['encoder_preset', 'encoder preset'],
] as const

const loudnessWaits: Issue = {
  code: 'change_waits',
  severity: 'info',
  detail: 'What you chose for the loudness will apply when the source begins the next time.',
  fix: 'To have it now, stop the encoder and start it again, or put another input on air and this one after it.',
}

const changeWaits = (changed: readonly string[]): Issue => ({
  code: 'change_waits',
  severity: 'info',
  detail: `The ${changed.join(' and the ')} that you chose will apply from the next broadcast on; this one goes on as it began.`,
  fix: 'To have it now, switch the stream off and on again. Destinations and viewers then connect anew.',
})
