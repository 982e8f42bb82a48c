import { X509Certificate } from 'node:crypto'
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import { badAuthority } from './system-errors.ts'

/** Kept at most; reading the public certificates takes some milliseconds, and many destinations share them. */
const maxKept = 16
const kept = new Map<string, SecureContext>()

/**
 * Trust in these certificates (PEM), in the public ones that come with Node, and in those that this machine trusts, where
 * an operator may have added one for all. Throws a PublishFailure where one can't be read.
 */
export function trusting(authorities: readonly string[]): SecureContext {
  const key = authorities.join('\n')
  const present = kept.get(key)
  if (present) return present
  const [oldest] = kept.keys()
  if (kept.size >= maxKept && oldest !== undefined) kept.delete(oldest)
  const context = createContext(authorities)
  kept.set(key, context)
  return context
}

function createContext(authorities: readonly string[]): SecureContext {
  try {
    // TLS passes over what it can't read.
    for (const certificate of authorities.flatMap((pem) => pem.match(certificates) ?? [pem]))
      void new X509Certificate(certificate)
    const known = new Set([...getCACertificates('default'), ...getCACertificates('system')])
    return createSecureContext({ ca: [...known, ...authorities] })
  } catch (cause) {
    throw badAuthority(cause)
  }
}

const certificates = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g
