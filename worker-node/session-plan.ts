import { isDeepStrictEqual } from 'node:util'
import type { Job } from '#schema/contracts/job.ts'
import type { Issue } from '#schema/contracts/live-stream.ts'
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
  /** What the job wanted when the session was planned. */
  #settings: Settings | undefined

  constructor(job: () => Job, freeEncodeUnits: () => number) {
    this.#job = job
    this.#freeEncodeUnits = freeEncodeUnits
  }

  /** Of what is on air, or of what was planned first; undefined before that. */
  get current(): PlannedEncode | undefined {
    return this.#current
  }

  /** What is wrong with it, and what has been configured since and has to wait. */
  get issues(): Issue[] {
    const before = this.#settings
    if (!this.#current || !before) return []
    const now = settingsOf(this.#job())
    const changed = (['latency_mode', 'ladder', 'encoder_preset'] as const).filter(
      (name) => !isDeepStrictEqual(before[name], now[name]),
    )
    return changed.length > 0 ? [...this.#current.issues, changeWaits(changed)] : this.#current.issues
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
    this.#settings = settingsOf(this.#job())
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

type Settings = Pick<Job, 'latency_mode' | 'ladder' | 'encoder_preset'>

const settingsOf = ({ latency_mode, ladder, encoder_preset }: Job): Settings => ({
  latency_mode,
  ladder,
  encoder_preset,
})

const words: Readonly<Record<keyof Settings, string>> = {
  latency_mode: 'latency mode',
  ladder: 'ladder',
  encoder_preset: 'encoder preset',
}

/** Slate and live, and all renditions, have to stay alike for as long as somebody may be watching. */
const changeWaits = (changed: readonly (keyof Settings)[]): Issue => ({
  code: 'change_waits',
  severity: 'info',
  detail: `The ${changed.map((name) => words[name]).join(' and the ')} that you chose will apply from the next broadcast on; this one goes on as it began.`,
  fix: 'To have it now, switch the stream off and on again. Destinations and viewers then connect anew.',
})
