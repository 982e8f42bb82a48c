/** Why something could not be fetched, told apart for machines. */
export type EgressFault =
  | 'address_refused'
  | 'port_refused'
  | 'name_not_found'
  | 'unreachable'
  | 'timeout'
  | 'tls_failed'
  | 'too_many_redirects'
  | 'connection_lost'

/** A connection to the outside that was not made or was lost. The words hold a host, and nothing else of an address. */
export class EgressError extends Error {
  override readonly name = 'EgressError'
  readonly code: EgressFault
  /** What to do about it. */
  readonly fix: string

  constructor(code: EgressFault, detail: string, fix: string, options?: ErrorOptions) {
    super(detail, options)
    this.code = code
    this.fix = fix
  }
}

/** The words for what a socket or a resolver threw. `host` stands in them. */
export function toEgressError(error: unknown, host: string): EgressError {
  if (error instanceof EgressError) return error
  const code = String((error as NodeJS.ErrnoException | null)?.code ?? '')
  const cause = { cause: error }
  const certificate = certificateFaults[code]
  if (certificate !== undefined)
    return new EgressError('tls_failed', `The certificate of ${host} ${certificate}.`, mendCertificate, cause)
  if (/^(ERR_SSL|ERR_TLS|EPROTO)/.test(code))
    return new EgressError(
      'tls_failed',
      `${host} does not speak TLS as it should.`,
      'Check that the address should begin with https://, rtmps:// or rtsps://, and the port.',
      cause,
    )
  if (/^(ENOTFOUND|EAI_)/.test(code))
    return new EgressError(
      'name_not_found',
      `There is no machine by the name ${host}.`,
      'Check the spelling of the address, and that the worker can resolve names.',
      cause,
    )
  if (code === 'ETIMEDOUT' || code === 'ESOCKETTIMEDOUT') return timedOut(host, cause)
  if (/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)/.test(code))
    return new EgressError(
      'unreachable',
      `${host} does not take the connection.`,
      'Check the port, and that the server runs and lets the worker through its firewall.',
      cause,
    )
  return new EgressError(
    'connection_lost',
    `The connection to ${host} broke off.`,
    'It is tried again by itself. If this goes on, look at the server.',
    cause,
  )
}

/** Nothing came in time. */
export function timedOut(host: string, options?: ErrorOptions): EgressError {
  return new EgressError(
    'timeout',
    `${host} does not answer.`,
    'Check the address and the port, and that the server lets the worker through its firewall.',
    options,
  )
}

const mendCertificate =
  'Let the server use a certificate that fits its name; for one of your own authority, start the worker with NODE_EXTRA_CA_CERTS.'

const certificateFaults: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
  CERT_REVOKED: 'has been revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'is for another name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is signed by nobody that the worker knows',
  SELF_SIGNED_CERT_IN_CHAIN: 'is signed by nobody that the worker knows',
  UNABLE_TO_GET_ISSUER_CERT: 'is signed by nobody that the worker knows',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'is signed by nobody that the worker knows',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'is signed by nobody that the worker knows',
}
