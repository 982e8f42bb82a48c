import type { DestinationError } from '#schema/contracts/destination.ts'
import type { RtmpTarget } from './target.ts'

/** What was being waited for, in the order in which it happens. */
export type Step = 'reach' | 'secure' | 'handshake' | 'connect' | 'create_stream' | 'publish' | 'broadcast'

/** Why an attempt or a broadcast ended. `error` is for people; neither it nor the message holds a key. */
export class PublishFailure extends Error {
  override readonly name = 'PublishFailure'
  readonly error: DestinationError
  /** The platform refused in a way that only a person can mend. */
  readonly rejected: boolean

  constructor(code: string, detail: string, { rejected = false, cause }: { rejected?: boolean; cause?: unknown } = {}) {
    super(detail, { cause })
    this.error = { code, detail, severity: 'error' }
    this.rejected = rejected
  }
}

/** The step did not come to its end in time. */
export function timedOut(step: Step, { address }: RtmpTarget): PublishFailure {
  return new PublishFailure(
    'timeout',
    {
      reach: `${address} does not answer. Check the address, and that nothing between here and there blocks it.`,
      secure: `${address} took the connection but no encryption was set up. Check that it is an rtmps:// address.`,
      handshake: `${address} took the connection and then said nothing. It may hang, or be no RTMP server: check the address.`,
      connect: `${address} does not answer our request to connect.`,
      create_stream: `${address} does not answer our request to open a stream.`,
      publish: `${address} does not say whether we may broadcast.`,
      broadcast: `${address} does not answer.`,
    }[step],
  )
}

/** The operating system's or TLS's error on the way there, or after. */
export function socketFailed(step: Step, target: RtmpTarget, error: NodeJS.ErrnoException): PublishFailure {
  const code = systemCode(error)
  if (step === 'reach') return new PublishFailure('unreachable', unreachableWords(code, target), { cause: error })
  if (step === 'secure') return new PublishFailure('tls_failed', tlsWords(code, target), { cause: error })
  if (code === 'ETIMEDOUT') return new PublishFailure('unreachable', unreachableWords(code, target), { cause: error })
  return closedByPeer(step, target)
}

/** The peer closed the connection without a word in RTMP; several servers refuse so. */
export function closedByPeer(step: Step, { address }: RtmpTarget): PublishFailure {
  switch (step) {
    case 'reach':
    case 'secure':
    case 'handshake':
      return new PublishFailure('closed_by_platform', `${address} closed the connection before RTMP began.`)
    case 'connect':
      return new PublishFailure(
        'rejected',
        `${address} closed the connection when we named the application. Most often the end of the address is wrong.`,
        { rejected: true },
      )
    case 'create_stream':
    case 'publish':
      return new PublishFailure(
        'rejected_stream_key',
        `${address} closed the connection when we gave the stream key. Most often the key is wrong, expired or not live yet.`,
        { rejected: true },
      )
    case 'broadcast':
      return new PublishFailure('closed_by_platform', `${address} ended the connection during the broadcast.`)
  }
}

/** The server's own refusal: a code such as `NetStream.Publish.BadName`, and its description. */
export function refused(step: Step, target: RtmpTarget, code: string, description: string): PublishFailure {
  const said = quoted(description, target)
  if (/\.(BadName|Denied|BadAuth|Unauthorized)$/.test(code) || (step === 'publish' && /Rejected|Failed/.test(code)))
    return new PublishFailure(
      'rejected_stream_key',
      `The platform rejected the stream key, or somebody is broadcasting with it already.${said} Copy the key again.`,
      { rejected: true },
    )
  if (step === 'broadcast') return new PublishFailure('closed_by_platform', `The platform ended the broadcast.${said}`)
  return new PublishFailure(
    'rejected',
    `The platform refused the connection.${said} Check the address, most often its end.`,
    { rejected: true },
  )
}

/** The peer says something that is not RTMP, or breaks a limit. */
export function notRtmp({ address }: RtmpTarget, cause: unknown): PublishFailure {
  const detail = `${address} answers, but not in RTMP. Check the address and the port.`
  return new PublishFailure('protocol_error', detail, { cause })
}

/** A fault of ours, told apart from those of the destination; the cause is for the log. */
export function ourFault(cause: unknown): PublishFailure {
  return new PublishFailure('internal', 'Something went wrong on our side. We try again.', { cause })
}

/** A broadcast whose peer stopped taking bytes. */
export function stalled({ address }: RtmpTarget): PublishFailure {
  return new PublishFailure('stalled', `${address} stopped taking our video. We connect again.`)
}

/** A refusal of a key that was good a moment ago: the platform still holds the session that we lost. */
export function stillPublishing({ error }: PublishFailure): PublishFailure {
  const detail = `The platform does not take us back yet: it may still hold our last connection. (${error.detail})`
  return new PublishFailure('still_publishing', detail)
}

/** The destination is broadcasting, but loses parts. */
export function tooSlow(droppedMs: number): DestinationError {
  const seconds = (droppedMs / 1000).toFixed(1)
  const detail = `The way to this destination is slower than the stream: ${seconds} s were left out so far. Use a lower bit rate, or a better line.`
  return { code: 'too_slow', detail, severity: 'warning' }
}

/** Text of a peer, short and without control characters, the secrets, their parts, or the values in their query strings. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const parts = secrets
    .flatMap((secret) => [secret, ...secret.split(/[?&=/]/).filter((part) => part.length >= 4)])
    .flatMap((part) => [part, encodeURIComponent(part)])
    .filter((part) => part !== '')
    .sort((a, b) => b.length - a.length)
  const clean = parts.reduce((remaining, part) => remaining.replaceAll(part, '•••'), text)
  return clean
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, 200)
}

function quoted(description: string, { streamName, app }: RtmpTarget): string {
  const query = app.split('?').slice(1).join('?')
  const words = withoutSecrets(description, [streamName, query])
  return words === '' ? '' : ` It says: “${words}”.`
}

/** With several addresses for a name, Node gives an AggregateError: the first one's code speaks for all. */
function systemCode(error: NodeJS.ErrnoException): string {
  const first = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException | undefined) : undefined
  return first?.code ?? error.code ?? ''
}

function unreachableWords(code: string, { host, address }: RtmpTarget): string {
  switch (code) {
    case 'ENOTFOUND':
      return `There is no server named ${host}. Check the address.`
    case 'EAI_AGAIN':
      return `The name ${host} cannot be looked up now: the name service does not answer.`
    case 'ECONNREFUSED':
      return `Nothing takes connections at ${address}. Check the address, and that the server runs.`
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `There is no way to ${address} from here. Check the network.`
    default:
      return `${address} cannot be reached${code ? ` (${code})` : ''}.`
  }
}

function tlsWords(code: string, { host, address }: RtmpTarget): string {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return `The certificate of ${host} has expired, so nothing was sent.`
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `The certificate at ${address} belongs to another name than ${host}, so nothing was sent.`
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return `The certificate of ${host} is signed by nobody that this worker trusts, so nothing was sent.`
    default:
      return `No encrypted connection to ${address} could be made${code ? ` (${code})` : ''}. Check that it takes rtmps://.`
  }
}
