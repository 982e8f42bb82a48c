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
  /** As it was when the session was planned. */
  #plannedFor: Job | undefined
  /** What the newest run does. */
  #normalizesAudio = false

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
    this.#normalizesAudio = normalizesAudio
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
    this.#plannedFor = this.#job()
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
