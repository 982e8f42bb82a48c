import { isAtLeast, type LogLevel } from './line.ts'

/** Streams of which more is wanted for a while; at most so many. */
export const debuggedStreamsMax = 20

/** How much is logged now; may be changed at any time. */
export class LogThreshold {
  /** What the process was started with. */
  readonly #usual: LogLevel
  readonly #nowMs: () => number
  #level: LogLevel
  /** Until when all of a stream is logged, by {@link debuggedStreamsMax} streams at most. */
  #debugged: ReadonlyMap<string, number> = new Map()

  constructor(usual: LogLevel, nowMs: () => number = Date.now) {
    this.#usual = usual
    this.#level = usual
    this.#nowMs = nowMs
  }

  get level(): LogLevel {
    return this.#level
  }

  isOn(level: LogLevel, stream: string | undefined): boolean {
    if (isAtLeast(level, this.#level)) return true
    return stream !== undefined && this.isDebugged(stream)
  }

  /** Whether all of this stream is wanted now. */
  isDebugged(stream: string): boolean {
    const until = this.#debugged.get(stream)
    return until !== undefined && until > this.#nowMs()
  }

  /** Null: as the process was started. `debugged`: streams, with the Unix milliseconds until which all of them is logged. */
  set(level: LogLevel | null, debugged: ReadonlyMap<string, number> = new Map()): void {
    this.#level = level ?? this.#usual
    this.#debugged = new Map([...debugged].slice(0, debuggedStreamsMax))
  }
}
