import { isDeepStrictEqual } from 'node:util'
import type { Job } from '#schema/contracts/job.ts'
import type { Issue } from '#schema/contracts/live-stream.ts'
import type { RunningPlan } from '#schema/contracts/planned-encode.ts'
import type { SourceDescription } from '#schema/contracts/source.ts'
import type { EncoderChoice, VideoEncoder } from '#schema/enums.ts'
import { type BroadcastPlan, type DestinationPlan, planBroadcast, refusalFix } from '#schema/plan/broadcast-plan.ts'
import { type EncoderRoom, planByEncoder } from '#schema/plan/encoder-choice.ts'
import type { Load } from '#schema/plan/load.ts'
import { isPassthrough } from '#schema/plan/passthrough-plan.ts'
import { type EncodePlan, type PlanRequest, planLater, sizeOf } from '#schema/plan/plan.ts'
import { plannedEncodes, roundUnits, type UsersOf } from '#schema/plan/planned-encodes.ts'
import { limitsOf } from '#schema/plan/platform-limits.ts'
import { inSoftware } from '#schema/plan/software-instead.ts'
import { feedKey } from '../transcode/outputs.ts'
import { failsWithoutFallback, fellBack } from './encoder.ts'
import type { PackageSettings } from './viewers.ts'

/** What one run of the transcoder makes, and for whom; what it takes of the machine. */
export interface PlannedSession extends Load {
  /** How what viewers get is cut. */
  readonly packageSettings: PackageSettings
  /** The viewers' encodes, then the feeds'. */
  readonly plans: readonly [EncodePlan, ...EncodePlan[]]
  readonly issues: readonly Issue[]
  /** What encodes whatever is encoded but a slate of a source that goes out untouched. */
  readonly encoder: VideoEncoder
}

/** What a plan takes of an encoder of the machine, or of its CPU. */
export function unitsOf({ encoder, encodeUnits, cpuUnits }: PlannedSession, of: VideoEncoder): number {
  if (of === encoder) return encodeUnits
  return of === 'software' ? cpuUnits : 0
}

/** A plan in the API's words. */
export const runningPlan = (planned: PlannedSession, usersOf: UsersOf): RunningPlan => ({
  encoder: planned.encoder,
  encodes: plannedEncodes(planned.plans, usersOf),
  encode_units: roundUnits(planned.encodeUnits),
  cpu_units: roundUnits(planned.cpuUnits),
})

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
  readonly #rooms: () => readonly EncoderRoom[]
  #settled: BroadcastPlan | undefined
  #current: PlannedSession | undefined
  /** What was wanted when that was settled. */
  #settledFor: { readonly viewers: unknown; readonly destinations: unknown; readonly hadSource: boolean } | undefined
  #edition = 1
  #encoder: VideoEncoder = 'software'
  #encoderIssues: readonly Issue[] = []
  /** A hardware encoder that has failed in this session, in whose place software works, or which is tried again and again. */
  #fallenFrom: VideoEncoder | undefined
  #failing: VideoEncoder | undefined
  /** What was asked for when it began to fail. */
  #failingChoice: EncoderChoice | undefined
  /** The newest source that is known. */
  #source: SourceDescription | null = null

  /** `rooms`: the encoders of this machine, and what they can do beside the sessions that are planned, this one too. */
  constructor(job: () => Job, rooms: () => readonly EncoderRoom[]) {
    this.#job = job
    this.#rooms = rooms
  }

  /** Of what is on air, or of what was planned first; undefined before that. */
  get current(): PlannedSession | undefined {
    return this.#current
  }

  /** What is wrong with it. */
  get issues(): readonly Issue[] {
    return [
      ...(this.#current?.issues ?? []),
      ...(this.#fallenFrom ? [fellBack(this.#fallenFrom)] : []),
      ...(this.#failing ? [failsWithoutFallback(this.#failing)] : []),
      ...this.destinations.flatMap(({ refusal }) => (refusal === undefined ? [] : [notTaken(refusal)])),
    ]
  }

  /** Whether the source goes out to viewers untouched. */
  get passesThrough(): boolean {
    return this.#current?.plans[0].passthrough?.copiesVideo === true
  }

  /** The encodes for a source; null: for the one that was known last, if any was. */
  for(source: SourceDescription | null): PlannedSession {
    this.#source = source ?? this.#source
    const request = this.#request(this.#source)
    // Its operator has thought better of it.
    if (this.#failing && !this.#job().no_software_fallback) this.#fallBack(this.#failing)
    const settled = this.#settle(request)
    const isFirst = this.#current === undefined
    const [viewers, ...feeds] = [settled.viewers.plan, ...settled.feeds].map((plan) => this.#follow(plan, request))
    const { latency_mode, packaging } = this.#job()
    const planned: PlannedSession = {
      packageSettings: { latency_mode, packaging },
      plans: [viewers!.plan, ...feeds.map(({ plan }) => plan)],
      issues: [...settled.viewers.issues, ...viewers!.issues, ...this.#encoderIssues],
      ...{ encoder: this.#encoder, encodeUnits: settled.encodeUnits, cpuUnits: settled.cpuUnits },
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
    if (planned.encoder === this.#failing) this.#failing = undefined
  }

  /**
   * A hardware encoder has failed. Whatever is planned from now on is for software, where that may take its place. Gives
   * what is wrong now; undefined where that is known already.
   */
  encoderFailed(encoder: VideoEncoder): Issue | undefined {
    if (encoder !== this.#encoder || encoder === this.#failing) return undefined
    if (this.#job().no_software_fallback) {
      this.#failing = encoder
      this.#failingChoice = this.#job().encoder
      return failsWithoutFallback(encoder)
    }
    this.#fallBack(encoder)
    return fellBack(encoder)
  }

  #fallBack(encoder: VideoEncoder): void {
    this.#failing = undefined
    this.#fallenFrom = encoder
    this.#encoder = 'software'
    const cpuUnits = this.#roomOf('software')
    if (this.#settled) this.#settled = inSoftware(this.#settled, sizeOf(this.#source?.video), cpuUnits)
  }

  /** What was planned stays, but for what is wanted otherwise by now, or can be known at last. */
  #settle(request: PlanRequest): BroadcastPlan {
    const job = this.#job()
    const before = this.#settledFor
    const wanted = {
      viewers: viewersWish(job),
      destinations: wantedDestinations(job).map(destinationWish),
      hadSource: request.source !== null || (before?.hadSource ?? false),
    }
    if (this.#settled && isDeepStrictEqual(before, wanted)) return this.#settled
    const destinations = wantedDestinations(job).map(({ id, platform, profile }) => ({
      id,
      profile,
      limitsOf: limitsOf(platform),
    }))
    const keptViewers = isDeepStrictEqual(before?.viewers, wanted.viewers) ? this.#settled?.viewers : undefined
    if (keptViewers) {
      const units = { encodeUnits: this.#roomOf(this.#encoder), cpuUnits: this.#roomOf('software') }
      const encoder = this.#encoder
      this.#settled = planBroadcast({ ...request, ...units, encoder, destinations, viewers: keptViewers })
    } else {
      const plan = this.#planAnew({ ...request, destinations })
      this.#settled = this.#settled ? this.#nextEdition(plan) : plan
    }
    this.#settledFor = wanted
    return this.#settled
  }

  /** With the encoder that is wanted, and there. */
  #planAnew(request: Parameters<typeof planByEncoder>[0]): BroadcastPlan {
    const { encoder, no_software_fallback: noSoftwareFallback } = this.#job()
    // One that fails is tried on, whatever else changes, until another choice is made.
    if (encoder !== this.#failingChoice) this.#failing = undefined
    const wish = { encoder: this.#failing ?? encoder, noSoftwareFallback }
    const chosen = planByEncoder(
      request,
      wish,
      this.#rooms().map(({ name }) => ({ name, encodeUnits: this.#roomOf(name) })),
    )
    this.#encoder = chosen.encoder
    this.#encoderIssues = chosen.issues
    this.#fallenFrom = undefined
    return chosen.plan
  }

  /** What an encoder can do beside the other sessions; what this one has planned is planned anew. */
  #roomOf(encoder: VideoEncoder): number {
    const free = this.#rooms().find(({ name }) => name === encoder)?.encodeUnits ?? 0
    return free + (this.#current ? unitsOf(this.#current, encoder) : 0)
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
    const { latency_mode, ladder, encoder_preset, audio, upscale, upscale_height } = this.#job()
    return {
      latencyMode: latency_mode,
      ladder,
      encoderPreset: encoder_preset,
      normalizesAudio: audio.normalize,
      source,
      // Left open here: which encoder it is to be decides.
      encodeUnits: Number.POSITIVE_INFINITY,
      ...(upscale !== 'off' && { upscaling: { method: upscale, height: upscale_height } }),
    }
  }
}

/** All that decides how viewers' media is encoded and cut. */
const viewersWish = ({ latency_mode, ladder, encoder_preset, encoder, upscale, upscale_height, packaging }: Job) => ({
  ...{ latency_mode, ladder, encoder_preset, encoder, packaging },
  upscaledTo: upscale === 'off' ? null : [upscale, upscale_height],
})

const notTaken = (detail: string): Issue => ({
  ...{ code: 'destination_not_taken', severity: 'error', detail },
  fix: refusalFix,
})

/** Nothing is made for one that is paused; for one that is held, it is, so that it can begin at once. */
const wantedDestinations = ({ destinations }: Job) => destinations.filter(({ enabled }) => enabled)

const destinationWish = ({ id, platform, profile }: Job['destinations'][number]) => ({ id, platform, profile })
