import { type DestinationStream, destination, type Logger, pino, stdSerializers } from 'pino'

/** JSON lines on stderr. Fields that could hold a secret are never printed, whoever passes them. */
export const createLog = (level: string, stream: DestinationStream = destination({ fd: 2, sync: true })): Logger =>
  pino(
    {
      level,
      base: { part: 'control' },
      serializers: { err: stdSerializers.err },
      redact: {
        paths: secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
        censor: '•••',
      },
    },
    stream,
  )

const secretFields = ['token', 'stream_key', 'streamKey', 'authorization', 'cookie', 'password', 'secret', 'params']
