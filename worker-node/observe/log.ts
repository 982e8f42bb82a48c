import pino, { type Logger } from 'pino'

export type Log = Logger

/** Fields that are never written, wherever they stand; nothing logs them on purpose. */
const secrets = {
  paths: ['streamKey', 'stream_key', 'authorization', 'token'].flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
  censor: '•••',
}

/** An error as pino tells of it, but for what a schema found wrong: that holds what it was given, which may be a secret. */
function errorFields(error: unknown) {
  if (!(error instanceof Error)) return error
  const { issues: _, ...told } = pino.stdSerializers.err(error)
  return told
}

/** Structured lines on stderr, one per event. Ids go in as `stream`, `session`, `destination`, `worker`. */
export function createLog(level: string): Log {
  const timestamp = pino.stdTimeFunctions.isoTime
  const options = { level, base: null, timestamp, redact: secrets, serializers: { err: errorFields } }
  return pino(options, pino.destination({ fd: 2, sync: true }))
}
