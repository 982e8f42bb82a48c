import type { LogLevel, LogLine } from '#schema/log/line.ts'
import { createLog, type Log } from '#schema/log/log.ts'
import { LogThreshold } from '#schema/log/threshold.ts'
import { currentRequestId } from '../request-scope.ts'
import { LineBuffer } from './line-buffer.ts'

/** The log of control, how much it takes, and what of it is still to be stored with its streams. */
export interface ControlLog {
  readonly log: Log
  readonly threshold: LogThreshold
  readonly waiting: LineBuffer
}

/** A log whose lines go to `write`, and name the request that they came of. */
export function createControlLog(level: LogLevel, write: (line: LogLine) => void): ControlLog {
  const threshold = new LogThreshold(level)
  const waiting = new LineBuffer()
  const log = createLog({
    part: 'control',
    isOn: (of, stream) => threshold.isOn(of, stream),
    context: () => {
      const id = currentRequestId()
      return id === undefined ? {} : { request_id: id }
    },
    write: (line) => {
      write(line)
      waiting.add(line)
    },
  })
  return { log, threshold, waiting }
}
