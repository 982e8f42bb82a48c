import type { Context, ErrorHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ControlConfig } from '../config.ts'
import { withoutPlaybackToken } from '../delivery/playback-name.ts'
import { ApiError } from '../errors.ts'
import { publicUrl } from '../public-url.ts'
import type { Runtime } from '../runtime.ts'

/** What nginx calls it; nobody ever receives it. */
const clientClosedRequest = 499 as 400

/** Turns whatever a route throws into problem+json (RFC 9457). Faults of ours are logged and not told. */
export const problemHandler =
  ({ log, config }: Pick<Runtime, 'log' | 'config'>): ErrorHandler =>
  (error, c) => {
    // The client has gone: nobody reads an answer, and nothing is wrong.
    if (c.req.raw.signal.aborted) return c.body(null, clientClosedRequest)
    const known = asApiError(error)
    if (known.code === 'internal')
      log.error(
        { request_id: requestIdOf(c), path: withoutPlaybackToken(c.req.path), err: causeOf(known) },
        known.message,
      )
    return problemResponse(c, config, known)
  }

/** The answer for an error, on any route. */
export function problemResponse(c: Context, config: ControlConfig, error: ApiError): Response {
  if (error.options.retryAfterSeconds !== undefined) c.header('Retry-After', String(error.options.retryAfterSeconds))
  if (error.code === 'unauthorized') c.header('WWW-Authenticate', 'Bearer')
  c.header('Cache-Control', 'no-store')
  return c.newResponse(
    JSON.stringify(error.toProblem(requestIdOf(c), publicUrl(config, c.req.raw))),
    error.status as 400,
    {
      'content-type': 'application/problem+json',
    },
  )
}

const requestIdOf = (c: Context): string => String(c.get('requestId') ?? '')

function asApiError(error: Error): ApiError {
  if (error instanceof ApiError) return error
  // What hono throws itself: a body that is not JSON.
  if (error instanceof HTTPException && error.status === 400)
    return new ApiError('invalid_json', 'Send a JSON body; this one could not be read as JSON.')
  return new ApiError(
    'internal',
    'Something went wrong on our side. Try again; if it stays, look for request_id in the log.',
    {
      cause: error,
    },
  )
}

/** Drizzle's own message holds the statement's parameters; only the database's message behind it is logged. */
function causeOf(error: ApiError): { name: string; message: string; stack?: string | undefined } | undefined {
  let cause = error.options.cause
  if (!(cause instanceof Error)) return undefined
  if (cause.message.startsWith('Failed query') && cause.cause instanceof Error) cause = cause.cause
  const { name, message, stack } = cause as Error
  return message.startsWith('Failed query') ? { name, message: 'A database query failed.' } : { name, message, stack }
}
