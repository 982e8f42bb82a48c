/** What one FFmpeg has made of its source so far; a new one for each run. */
export interface RunPace {
  /** Decode time of the newest picture, seconds of the run's own clock; undefined before the first. */
  readonly mediaSeconds: number | undefined
  /** The same of the first one. */
  readonly beganSeconds: number | undefined
  /** Pictures so far. */
  readonly pictures: number
  /** More of the source waits than FFmpeg takes. */
  readonly inputWaits: boolean
}

/** Media comes slower than time runs, and who is to blame for it. */
export interface Slowness {
  readonly by: 'source' | 'machine'
  /** Media seconds per wall second. */
  readonly rate: number
}

interface Look {
  readonly atMs: number
  readonly mediaSeconds: number
  readonly inputWaits: boolean
}

/** It must be watched for so long before it is called slow, milliseconds. */
const judgedAfterMs = 10_000
/** … and have fallen so far behind, more than any jitter: half of what ends in the slate. Seconds. */
const behindSeconds = 1.5
/** It has mended if it fell behind by less than this of late, seconds. */
const mendedSeconds = 0.1
/** One look a second is kept; what runs at 0.97 times real time is found out within a minute. */
const remembered = 60
const lately = 5
/** Without a picture for so long it has stalled, which is another thing. Milliseconds. */
const stalledMs = 2_000
/** Media that goes on by so much more than time is another part of the programme, seconds. */
const jumpSeconds = 5

/** Tells whether the source on air comes slower than real time. Looked at each second. Bound: 60 looks. */
export class Pace {
  #run: RunPace | undefined
  #looks: Look[] = []

  /** `run`: the FFmpeg that feeds what is on air; undefined: there is none. */
  look(run: RunPace | undefined, nowMs: number): void {
    if (run !== this.#run) this.#looks = []
    this.#run = run
    if (run?.mediaSeconds === undefined) return
    const { mediaSeconds, inputWaits } = run
    const last = this.#looks.at(-1)
    const seconds = last && mediaSeconds - last.mediaSeconds
    if (last && seconds === 0 && nowMs - last.atMs < stalledMs) return
    const isBroken = seconds !== undefined && (seconds <= 0 || seconds > (nowMs - last!.atMs) / 1_000 + jumpSeconds)
    if (isBroken) this.#looks = []
    this.#looks.push({ atMs: nowMs, mediaSeconds, inputWaits })
    if (this.#looks.length > remembered) this.#looks.shift()
  }

  /** Null: it keeps up, or that is not known yet. */
  get slowness(): Slowness | null {
    const first = this.#looks[0]
    const newest = this.#looks.at(-1)
    if (!first || !newest || newest.atMs - first.atMs < judgedAfterMs) return null
    const recent = this.#looks.slice(-lately - 1)
    if (behind(first, newest) < behindSeconds || behind(recent[0]!, newest) < mendedSeconds) return null
    const waited = recent.filter(({ inputWaits }) => inputWaits).length
    return {
      by: waited * 2 > recent.length ? 'machine' : 'source',
      rate: ((newest.mediaSeconds - first.mediaSeconds) * 1_000) / (newest.atMs - first.atMs),
    }
  }
}

/** By how many seconds media fell behind time between two looks. */
const behind = (from: Look, to: Look) => (to.atMs - from.atMs) / 1_000 - (to.mediaSeconds - from.mediaSeconds)
