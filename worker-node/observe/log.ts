import type { LogLevel, LogLine } from '#schema/log/line.ts'
import { createLog as createAnyLog, type Log } from '#schema/log/log.ts'
import { LogThreshold } from '#schema/log/threshold.ts'
import { writeToStderr } from '#schema/node/stderr.ts'

export type { Log } from '#schema/log/log.ts'

export interface WorkerLogOptions {
  /** How much is logged; what control orders later goes through it too. */
  readonly threshold: LogThreshold
  /** Where lines go. */
  readonly write: (line: LogLine) => void
}

/** Structured lines, one per event. Ids go in as `stream`, `session`, `destination`, `worker`. */
export function createLog({ threshold, write }: WorkerLogOptions): Log {
  return createAnyLog({ part: 'worker', write, isOn: (level, stream) => threshold.isOn(level, stream) })
}

/** A log on stderr alone. */
export const createStderrLog = (level: LogLevel): Log =>
  createLog({ threshold: new LogThreshold(level), write: writeToStderr })
