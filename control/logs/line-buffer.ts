import type { ReportedLogLine } from '#schema/contracts/log.ts'
import { newSecret } from '#schema/ids.ts'
import type { LogLine } from '#schema/log/line.ts'

/** Lines that wait to be stored at most; more are left out of the database, and stand in the log all the same. */
const maxWaiting = 500

/** Lines of control itself about live streams, until they are stored. Bound: 500 lines. */
export class LineBuffer {
  /** Of this process: with the number it makes an id. */
  readonly #boot = newSecret().slice(0, 10)
  #lines: ReportedLogLine[] = []
  #count = 0

  add(line: LogLine): void {
    const { stream } = line
    if (stream === undefined || line.level === 'debug' || this.#lines.length >= maxWaiting) return
    this.#lines.push({ ...line, stream, id: `${this.#boot}-${this.#count++}` })
  }

  get isEmpty(): boolean {
    return this.#lines.length === 0
  }

  /** All of them, which are gone from here then. */
  take(): readonly ReportedLogLine[] {
    const taken = this.#lines
    this.#lines = []
    return taken
  }
}
