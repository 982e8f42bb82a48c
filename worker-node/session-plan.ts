import type { Job } from '#schema/contracts/job.ts'
import type { SourceDescription } from '#schema/contracts/source.ts'
import { type PlannedEncode, planEncode, planLater } from '#schema/plan/plan.ts'

/**
 * What a session encodes. Slate and live, and every later source, must be alike: there is one plan a session, unless the
 * source itself goes out; then each source has its own, and a slate of its own size, once it is on air.
 */
export class SessionPlan {
  readonly #job: () => Job
  readonly #freeEncodeUnits: () => number
  #current: PlannedEncode | undefined

  constructor(job: () => Job, freeEncodeUnits: () => number) {
    this.#job = job
    this.#freeEncodeUnits = freeEncodeUnits
  }

  /** Of what is on air, or of what was planned first; undefined before that. */
  get current(): PlannedEncode | undefined {
    return this.#current
  }

  /** Whether the source goes out untouched. */
  get passesThrough(): boolean {
    return this.#current?.plan.passthrough?.copiesVideo === true
  }

  /** The encodes for a source; null while there is none. */
  for(source: SourceDescription | null): PlannedEncode {
    const { latency_mode, ladder, encoder_preset, audio } = this.#job()
    const before = this.#current
    // Loudness changes nothing of how samples are encoded: it may be another with each run.
    const normalizesAudio = audio.normalize
    if (before && !before.plan.passthrough) return { ...before, plan: { ...before.plan, normalizesAudio } }
    const request = {
      latencyMode: latency_mode,
      ladder,
      encoderPreset: encoder_preset,
      normalizesAudio,
      source,
      encodeUnits: this.#freeEncodeUnits(),
    }
    if (before?.plan.passthrough) return planLater({ ...before.plan, passthrough: before.plan.passthrough }, request)
    this.#current = planEncode(request)
    return this.#current
  }

  /** A run of this plan has gone on air. Gives whether another slate goes with it. */
  wentOnAir(planned: PlannedEncode): boolean {
    if (!planned.plan.passthrough) return false
    this.#current = planned
    return true
  }
}
