import { batchSecondsMax, batchTextMax, type SampleBatch, sampleBlockSeconds } from '#schema/contracts/samples.ts'
import { printSecond, subjectsMax } from '#schema/samples/text.ts'

/** What was measured of one subject in one second, in the order of schema/samples/figures.ts. */
export type MeasuredSecond = readonly (readonly [subject: string, values: readonly (number | null)[]])[]

/** Seconds kept while control is away. */
const secondsKept = 600

interface KeptSecond {
  readonly at: number
  readonly rows: readonly (readonly [subject: string, row: string])[]
}

/** Seconds that control has not acknowledged. Bound: the last 600, with 64 subjects each; the oldest go first. */
export class SampleRing {
  readonly #unixMs: () => number
  #seconds: KeptSecond[] = []
  /** The last one added, acknowledged or not. */
  #lastAt = 0

  /** `unixMs`: control's clock. */
  constructor(unixMs: () => number) {
    this.#unixMs = unixMs
  }

  /** The second that has just passed. A timer that ticks a little late skips none. */
  add(measured: MeasuredSecond): void {
    const nowSeconds = this.#unixMs() / 1_000
    const next = this.#lastAt + 1
    const at = Math.abs(nowSeconds - next) < 1 ? next : Math.floor(nowSeconds)
    // The clock was set back.
    if (at <= this.#lastAt) this.#seconds = []
    this.#lastAt = at
    const rows = measured
      .slice(0, subjectsMax)
      .map(([subject, values]) => [subject, printSecond(subject, values)] as const)
    this.#seconds.push({ at, rows })
    if (this.#seconds.length > secondsKept) this.#seconds.shift()
  }

  /** The oldest that follow on one another, for one heartbeat; undefined: there are none. */
  batch(): SampleBatch | undefined {
    const [first] = this.#seconds
    if (!first) return undefined
    let length = 0
    let characters = 0
    for (const { at, rows } of this.#seconds) {
      const isNext = Math.floor(at / sampleBlockSeconds) === Math.floor(first.at / sampleBlockSeconds)
      characters += rows.reduce((sum, [subject, row]) => sum + subject.length + row.length + 2, 0)
      if (!isNext || at - first.at >= batchSecondsMax || (length > 0 && characters > batchTextMax)) break
      length++
    }
    return { at: first.at, text: textOf(this.#seconds.slice(0, length)).slice(0, batchTextMax) }
  }

  /** Control has taken these. */
  acknowledge({ at, text }: SampleBatch): void {
    const seconds = Math.max(...text.split('|').map((subject) => subject.split(';').length))
    this.#seconds = this.#seconds.filter((each) => each.at >= at + seconds)
  }
}

/** A subject that is not there from the first second on has empty rows before. */
function textOf(seconds: readonly KeptSecond[]): string {
  const firstAt = seconds[0]?.at ?? 0
  const lists = new Map<string, string[]>()
  for (const { at, rows } of seconds)
    for (const [subject, row] of rows) {
      const list = lists.get(subject) ?? []
      while (list.length < at - firstAt) list.push('')
      list.push(row)
      lists.set(subject, list)
    }
  return Array.from(lists, ([subject, list]) => `${subject}=${list.join(';')}`).join('|')
}
