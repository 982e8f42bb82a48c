import type { RunPace } from './pace.ts'

interface Look {
  readonly atMs: number
  readonly mediaSeconds: number
  readonly pictures: number
}

/** Over so much of late, milliseconds: pictures come in lumps, and a look comes late. */
const windowMs = 3_000
/** Less tells nothing: milliseconds. */
const leastMs = 500
/** Media that goes on by so much more than time is another part of the programme, seconds. */
const jumpSeconds = 5

/**
 * Pictures a second of the FFmpeg on air, looked at each second: of time, or of media where a backlog makes that run
 * faster. Each run is measured by itself; what was measured last holds until the next one can be. Bound: the looks of 3 s.
 */
export class PictureRate {
  #run: RunPace | undefined
  #looks: Look[] = []
  #perSecond = 0
  #measuredAtMs = Number.NEGATIVE_INFINITY

  /** `run`: undefined while there is none. Gives pictures a second. */
  look(run: RunPace | undefined, nowMs: number): number {
    if (run !== this.#run) this.#looks = []
    this.#run = run
    if (run?.mediaSeconds !== undefined && run.beganSeconds !== undefined) {
      const { beganSeconds, mediaSeconds, pictures } = run
      // What came before anybody looked is taken to have come as fast as time runs.
      const beganMs = nowMs - (mediaSeconds - beganSeconds) * 1_000
      if (this.#looks.length === 0) this.#add({ atMs: beganMs, mediaSeconds: beganSeconds, pictures: 1 })
      this.#add({ atMs: nowMs, mediaSeconds, pictures })
    }
    this.#measure(nowMs)
    return run ? this.#perSecond : 0
  }

  #add(look: Look): void {
    const last = this.#looks.at(-1)
    const passed = last && look.mediaSeconds - last.mediaSeconds
    const isBroken = passed !== undefined && (passed < 0 || passed > (look.atMs - last!.atMs) / 1_000 + jumpSeconds)
    if (isBroken) this.#looks = []
    const recent = this.#looks.filter(({ atMs }) => look.atMs - atMs <= windowMs)
    this.#looks = [...(recent.length > 0 ? recent : this.#looks.slice(-1)), look]
  }

  #measure(nowMs: number): void {
    const [first, newest] = [this.#looks[0], this.#looks.at(-1)]
    if (first && newest && newest.atMs - first.atMs >= leastMs) {
      const seconds = Math.max((newest.atMs - first.atMs) / 1_000, newest.mediaSeconds - first.mediaSeconds)
      this.#perSecond = (newest.pictures - first.pictures) / seconds
      this.#measuredAtMs = nowMs
    } else if (nowMs - this.#measuredAtMs > windowMs) this.#perSecond = 0
  }
}
