import type { Issue } from '#schema/contracts/live-stream.ts'
import { EgressError } from '../egress/egress-error.ts'

/** Why a pull failed, told apart for machines; beside the codes of EgressError. */
export type PullFaultCode =
  | 'not_found'
  | 'unauthorized'
  | 'forbidden'
  | 'server_error'
  | 'address_unsupported'
  | 'not_media'
  | 'no_media'
  | 'stalled'
  | 'source_lost'
  | 'source_unreadable'
  | 'codec_unsupported'
  | 'reader_failed'

/** A pull that did not work. The words name a host at most, never more of an address. */
export class PullError extends Error {
  override readonly name = 'PullError'
  readonly code: PullFaultCode
  /** What to do about it. */
  readonly fix: string

  constructor(code: PullFaultCode, detail: string, fix: string, options?: ErrorOptions) {
    super(detail, options)
    this.code = code
    this.fix = fix
  }
}

/** Faults that mend themselves as often as not. */
const passing = new Set<string>(['source_lost', 'stalled', 'timeout', 'connection_lost', 'server_error'])

/** What is wrong and how to mend it, as the API shows it. */
export function toIssue(error: unknown): Issue {
  if (error instanceof PullError || error instanceof EgressError)
    return {
      code: error.code,
      severity: passing.has(error.code) ? 'warning' : 'error',
      detail: error.message,
      fix: error.fix,
    }
  return {
    code: 'reader_failed',
    severity: 'error',
    detail: 'The worker failed to fetch it.',
    fix: 'It is tried again by itself. If this goes on, look at the log of the worker.',
  }
}

/** The words for an HTTP or RTSP status of 400 or more. */
export function statusError(status: number, host: string): PullError {
  if (status === 404 || status === 410)
    return new PullError('not_found', `${host} has nothing at this address (${status}).`, 'Check the address.')
  if (status === 401)
    return new PullError(
      'unauthorized',
      `${host} wants a user name and password, or another one (401).`,
      'Write them into the address, as in https://user:password@host/….',
    )
  if (status === 403)
    return new PullError(
      'forbidden',
      `${host} refuses this address (403).`,
      'Check the token or the credentials in the address; they may have run out.',
    )
  return new PullError(
    status >= 500 ? 'server_error' : 'forbidden',
    `${host} answers with status ${status}.`,
    'It is tried again by itself. If this goes on, look at the server.',
  )
}

/** A live source that ended or broke off. */
export function lost(host: string): PullError {
  return new PullError('source_lost', `${host} stopped sending.`, 'It is fetched again by itself as soon as it sends.')
}

/** The worker itself ended it. */
export function closedByUs(): PullError {
  return new PullError('source_lost', 'It was closed by the worker.', 'It is fetched again by itself.')
}

/** A connection without media for too long. */
export function stalled(host: string): PullError {
  return new PullError(
    'stalled',
    `Nothing comes from ${host} any more, though the connection stands.`,
    'It is fetched again by itself. Check that the source sends.',
  )
}
