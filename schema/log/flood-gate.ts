/** Lines of one shape are counted for so long after the first, milliseconds. */
const windowMs = 10_000
/** Shapes told apart in that time; what is beyond is counted as one. */
const shapesMax = 40

interface Counted<Line> {
  /** The last one. */
  line: Line
  since: number
  repeated: number
}

/**
 * Lets the first line of a shape through, and counts its repetitions: each ten seconds they become one line that says how
 * many they were. Bounded: 40 shapes; more in ten seconds are one shape together.
 */
export class FloodGate<Line> {
  readonly #pass: (line: Line, repeated: number) => void
  readonly #nowMs: () => number
  readonly #shapes = new Map<string, Counted<Line>>()

  constructor(pass: (line: Line, repeated: number) => void, nowMs: () => number = () => performance.now()) {
    this.#pass = pass
    this.#nowMs = nowMs
  }

  /** Lines are of one shape where their texts differ in numbers only. */
  push(text: string, line: Line): void {
    this.settle()
    const shape = shapeOf(text)
    const known = this.#shapes.get(shape) ?? (this.#shapes.size >= shapesMax ? this.#shapes.get('') : undefined)
    if (known) {
      known.line = line
      known.repeated++
      return
    }
    const key = this.#shapes.size >= shapesMax - 1 ? '' : shape
    this.#shapes.set(key, { line, since: this.#nowMs(), repeated: 0 })
    this.#pass(line, 0)
  }

  /** Tells of what has been counted long enough; `isLast`: of everything. */
  settle(isLast = false): void {
    const nowMs = this.#nowMs()
    for (const [shape, counted] of this.#shapes) {
      if (!isLast && nowMs - counted.since < windowMs) continue
      if (counted.repeated > 0) this.#pass(counted.line, counted.repeated)
      this.#shapes.delete(shape)
    }
  }
}

const shapeOf = (text: string): string => text.replace(/0x[0-9a-f]+|[0-9]+([.:][0-9]+)*/gi, '#').slice(0, 200)
