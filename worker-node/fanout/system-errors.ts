import { PublishFailure, type Words } from './publish-failure.ts'

/** Where something is, as far as people may read it. */
export interface Place {
  readonly host: string
  /** `host:port`. */
  readonly address: string
}

/** The operating system's error on the way to a server. */
export function unreachable(place: Place, error: NodeJS.ErrnoException): PublishFailure {
  return new PublishFailure('unreachable', unreachableWords(systemCode(error), place), { cause: error })
}

/** TLS's error: no encryption, or none that is to be trusted. Nothing was sent. */
export function tlsFailed(place: Place, error: NodeJS.ErrnoException): PublishFailure {
  return new PublishFailure('tls_failed', tlsWords(systemCode(error), place), { cause: error })
}

/** The certificates that a destination is to trust can't be read. */
export function badAuthority(cause: unknown): PublishFailure {
  return new PublishFailure(
    'tls_failed',
    {
      detail: 'The certificate that this destination is to trust can not be read, so nothing was sent.',
      fix: 'Paste ca_pem again: the whole text of the authority\'s certificate, from "-----BEGIN CERTIFICATE-----" on.',
    },
    { cause },
  )
}

/** With several addresses for a name, Node gives an AggregateError: the first one's code speaks for all. */
export function systemCode(error: NodeJS.ErrnoException): string {
  const first = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException | undefined) : undefined
  return first?.code ?? error.code ?? ''
}

function unreachableWords(code: string, { host, address }: Place): Words {
  switch (code) {
    case 'ENOTFOUND':
      return { detail: `There is no server named ${host}.`, fix: 'Check the address; most often a letter is wrong.' }
    case 'EAI_AGAIN':
      return {
        detail: `The name ${host} cannot be looked up now: the name service does not answer.`,
        fix: 'Check the network and the name service (DNS) of the worker.',
      }
    case 'ECONNREFUSED':
      return {
        detail: `Nothing takes connections at ${address}.`,
        fix: 'Check the address and the port, and that the server runs.',
      }
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return { detail: `There is no way to ${address} from here.`, fix: 'Check the network of the worker.' }
    default:
      return {
        detail: `${address} cannot be reached${code ? ` (${code})` : ''}.`,
        fix: 'Check the address, and that nothing between here and there blocks it.',
      }
  }
}

const ownAuthority = 'For a server with a certificate of your own, give that or its authority as ca_pem.'

function tlsWords(code: string, { host, address }: Place): Words {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return {
        detail: `The certificate of ${host} has expired, so nothing was sent.`,
        fix: 'Whoever runs that server must renew its certificate.',
      }
    case 'CERT_NOT_YET_VALID':
      return {
        detail: `The certificate of ${host} is not valid yet, so nothing was sent.`,
        fix: 'Check the clock of the worker; if it is right, whoever runs that server must mend its certificate.',
      }
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return {
        detail: `The certificate at ${address} belongs to another name than ${host}, so nothing was sent.`,
        fix: 'Write the name that the certificate is for into the address; somebody else may also answer in its place.',
      }
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return {
        detail: `The certificate of ${host} is signed by itself and by nobody that this worker trusts, so nothing was sent.`,
        fix: ownAuthority,
      }
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return {
        detail: `The certificate of ${host} is signed by nobody that this worker trusts, so nothing was sent.`,
        fix: ownAuthority,
      }
    default:
      return {
        detail: `No encrypted connection to ${address} could be made${code ? ` (${code})` : ''}.`,
        fix: 'Check that the server takes rtmps:// at this port; without encryption the address begins with rtmp://.',
      }
  }
}
