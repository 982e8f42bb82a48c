/** How much a line matters, least first. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

/** Ids and facts of a line: see {@link LogLine}. What could be secret in them is taken out before anything is written. */
export type LogFields = Readonly<Record<string, unknown>>

/**
 * One line of any log of Weir, as JSON: what happened (`msg`), who says so (`part`: `control`, `worker`, `ffmpeg`), and
 * the ids by which a case is followed from one process to the next. Further members are facts of that one line.
 */
export interface LogLine {
  /** RFC 3339 with milliseconds. */
  readonly time: string
  readonly level: LogLevel
  readonly part: string
  readonly msg: string
  /** Id of the live stream. */
  readonly stream?: string
  readonly session?: string
  readonly destination?: string
  readonly input?: string
  readonly worker?: string
  /** Of the API request that caused it. */
  readonly request_id?: string
  readonly code?: string
  /** How often it was said in the seconds before, where it is a repetition. */
  readonly repeated?: number
  readonly [fact: string]: unknown
}

/** Whether a line of `level` is to be written where `least` is. */
export const isAtLeast = (level: LogLevel, least: LogLevel): boolean =>
  logLevels.indexOf(level) >= logLevels.indexOf(least)
