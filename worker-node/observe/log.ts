import pino, { type Logger } from 'pino'

export type Log = Logger

/** Fields that are never written, wherever they stand; nothing logs them on purpose. */
const secrets = {
  paths: ['streamKey', 'stream_key', 'authorization', 'token'].flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
  censor: '•••',
}

/** Structured lines on stderr, one per event. Ids go in as `stream`, `session`, `destination`, `worker`. */
export function createLog(level: string): Log {
  const timestamp = pino.stdTimeFunctions.isoTime
  return pino({ level, base: null, timestamp, redact: secrets }, pino.destination({ fd: 2, sync: true }))
}
