import { type BroadcastPoint, pointsMax } from '#schema/contracts/broadcast-tally.ts'
import type { SessionSample } from '#schema/contracts/live-stream.ts'
import { roundedSeconds } from './stretches.ts'

/** So long is one point while a broadcast is younger than that, seconds. */
const pointLengths = [
  { youngerThan: 3_600, seconds: 10 },
  { youngerThan: 12 * 3_600, seconds: 60 },
  { youngerThan: 3 * 86_400, seconds: 600 },
  { youngerThan: 30 * 86_400, seconds: 3_600 },
] as const
const longestPoint = 6 * 3_600

type Measured = Pick<SessionSample, 'source_bitrate_kbps' | 'output_bitrate_kbps' | 'fps' | 'lateness_ms'>

/** Makes points of the samples of a broadcast. Bound: 100 points that control has not acknowledged; the oldest go first. */
export class BroadcastHistory {
  readonly #beganMs: number
  #points: BroadcastPoint[] = []
  #fromMs: number
  #sum = nothing

  constructor(nowMs: number) {
    this.#beganMs = nowMs
    this.#fromMs = nowMs
  }

  /** One sample, which is of the second before `nowMs` (Unix). */
  add(sample: Measured, nowMs: number): void {
    this.#sum = {
      samples: this.#sum.samples + 1,
      source: this.#sum.source + sample.source_bitrate_kbps,
      output: this.#sum.output + sample.output_bitrate_kbps,
      fps: this.#sum.fps + sample.fps,
      latenessMs: Math.max(this.#sum.latenessMs, sample.lateness_ms),
    }
    const passedMs = nowMs - this.#fromMs
    if (passedMs < 0 || passedMs >= pointSeconds(nowMs - this.#beganMs) * 1_000) this.finish(nowMs)
  }

  /** What has gathered becomes a point, however short. */
  finish(nowMs: number): void {
    const { samples, source, output, fps, latenessMs } = this.#sum
    if (samples > 0)
      this.#points.push({
        at: new Date(this.#fromMs).toISOString(),
        seconds: roundedSeconds(Math.max(0, nowMs - this.#fromMs)),
        source_kbps: Math.round(source / samples),
        output_kbps: Math.round(output / samples),
        fps: Math.round((fps / samples) * 10) / 10,
        lateness_ms: latenessMs,
      })
    if (this.#points.length > pointsMax) this.#points.shift()
    this.#fromMs = nowMs
    this.#sum = nothing
  }

  /** What control does not have yet. */
  get points(): BroadcastPoint[] {
    return [...this.#points]
  }

  /** Control has taken these. */
  acknowledge(points: readonly BroadcastPoint[]): void {
    const taken = new Set(points.map(({ at }) => at))
    this.#points = this.#points.filter(({ at }) => !taken.has(at))
  }
}

const nothing = { samples: 0, source: 0, output: 0, fps: 0, latenessMs: 0 }

const pointSeconds = (ageMs: number): number =>
  pointLengths.find(({ youngerThan }) => ageMs < youngerThan * 1_000)?.seconds ?? longestPoint
