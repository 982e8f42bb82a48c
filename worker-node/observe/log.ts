import pino, { type Logger } from 'pino'

export type Log = Logger

/** Structured lines on stderr, one per event. Ids go in as `stream`, `session`, `destination`, `worker`. */
export function createLog(level: string): Log {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ fd: 2, sync: true }))
}

/** A log that keeps silent, for code that runs without one. */
export const silentLog: Log = pino({ level: 'silent' })
