import type { ReportedLogLine } from '#schema/contracts/log.ts'
import { logLinesPerHeartbeat, reportedLineMax } from '#schema/contracts/log.ts'
import { newSecret } from '#schema/ids.ts'
import { isAtLeast, type LogLine } from '#schema/log/line.ts'

/** Lines that wait for control at most; older ones are dropped first, and counted. */
const maxQueued = 2_000

/**
 * Lines about live streams that control has not acknowledged yet: from `info` on, all of a stream that is looked at more
 * closely. Bound: 2,000 lines of 2,000 characters.
 */
export class LogQueue {
  readonly #isDebugged: (stream: string) => boolean
  /** Of this process: with the number it makes a repeated delivery harmless. */
  readonly #boot = newSecret().slice(0, 10)
  readonly #lines: ReportedLogLine[] = []
  #count = 0
  #dropped = 0

  constructor(isDebugged: (stream: string) => boolean) {
    this.#isDebugged = isDebugged
  }

  add(line: LogLine): void {
    const { stream } = line
    if (stream === undefined || !(isAtLeast(line.level, 'info') || this.#isDebugged(stream))) return
    this.#lines.push({ id: `${this.#boot}-${this.#count++}`, ...short(line, stream) })
    if (this.#lines.length <= maxQueued) return
    this.#lines.shift()
    this.#dropped++
  }

  /** What goes with the next heartbeat: the oldest 200, and how many were dropped before them. */
  batch(): { readonly lines: readonly ReportedLogLine[]; readonly dropped: number } {
    return { lines: this.#lines.slice(0, logLinesPerHeartbeat), dropped: this.#dropped }
  }

  /** Control has these. */
  acknowledge({ lines, dropped }: ReturnType<LogQueue['batch']>): void {
    const last = lines.at(-1)
    const index = last === undefined ? -1 : this.#lines.indexOf(last)
    // What was dropped meanwhile stood before them.
    if (index >= 0) this.#lines.splice(0, index + 1)
    else if (last !== undefined) {
      const known = new Set(lines)
      while (this.#lines[0] && known.has(this.#lines[0])) this.#lines.shift()
    }
    this.#dropped -= dropped
  }
}

/** A line that is too long keeps its words and ids. */
function short(line: LogLine, stream: string): LogLine & { stream: string } {
  const whole = { ...line, stream }
  if (JSON.stringify(whole).length <= reportedLineMax) return whole
  const { time, level, part, msg, session, destination, input, worker, request_id, code } = line
  const kept = { time, level, part, stream, session, destination, input, worker, request_id, code }
  return { ...kept, msg: msg.slice(0, reportedLineMax / 2) } as LogLine & { stream: string }
}
