import { lookup as systemLookup } from 'node:dns/promises'
import { connect, isIP, type Socket } from 'node:net'
import { checkServerIdentity, connect as connectTls, getCACertificates, type PeerCertificate } from 'node:tls'
import type { AddressRules } from '#schema/address-rules.ts'
import { EgressError, timedOut, toEgressError } from './egress-error.ts'

/** The IP addresses of a name. */
export type Lookup = (host: string) => Promise<readonly string[]>

/** What every connection to the outside is made with. */
export interface DialOptions {
  readonly rules: AddressRules
  /** Default: the system's resolver. */
  readonly lookup?: Lookup
  /** Certificates to trust beside those that Node trusts, PEM. */
  readonly ca?: string | Buffer
}

export interface DialTarget {
  /** A name or an IP address; IPv6 with or without brackets. */
  readonly host: string
  readonly port: number
  readonly tls: boolean
}

/** Reaching a server may take so long, its name and TLS each as well. Milliseconds. */
const openLimitMs = 5_000
/** Ports below 1024 that media comes from. */
const lowPorts = new Set([80, 81, 88, 322, 443, 554])

/**
 * The addresses of `target` that may be connected to; connect to these and resolve no more. Throws an EgressError when the
 * name does not resolve, or leads only to where nothing may be fetched from.
 */
export async function allowedAddresses(
  { host, port }: Pick<DialTarget, 'host' | 'port'>,
  { rules, lookup = lookupAll }: DialOptions,
): Promise<readonly string[]> {
  if (port < 1 || port > 65_535 || (port < 1024 && !lowPorts.has(port)))
    throw new EgressError(
      'port_refused',
      `Port ${port} is not one that media comes from.`,
      'Use 80, 443, 554 or a port from 1024 on.',
    )
  const name = withoutBrackets(host)
  const addresses = isIP(name) ? [name] : await inTime(lookup(name), host)
  const allowed = addresses.filter((address) => rules.refusal(address) === null)
  const [first] = allowed
  if (first !== undefined) return allowed
  const refused = addresses.map((address) => rules.refusal(address)).find((range) => range !== null)
  if (!refused) throw toEgressError({ code: 'ENOTFOUND' }, name)
  throw new EgressError(
    'address_refused',
    `The address leads ${refused.leads} (${refused.cidr}).`,
    `If that is wanted, add ${refused.cidr} or a part of it to WEIR_PULL_ALLOW of the worker, and start it again.`,
  )
}

/** A connection to exactly an address that was checked, with TLS and its certificate verified where wanted. */
export async function dial(target: DialTarget, options: DialOptions, signal?: AbortSignal): Promise<Socket> {
  const addresses = await allowedAddresses(target, options)
  let failure: unknown
  for (const address of addresses.slice(0, 3)) {
    signal?.throwIfAborted()
    try {
      return await open(address, target, options.ca, signal)
    } catch (error) {
      failure = error
    }
  }
  throw toEgressError(failure, withoutBrackets(target.host))
}

/** The server name for TLS: none for an IP address (RFC 6066 §3). */
export function serverName(host: string): string {
  return isIP(withoutBrackets(host)) ? '' : host
}

export const withoutBrackets = (host: string): string => host.replace(/^\[|\]$/g, '')

function open(address: string, { host, port, tls }: DialTarget, ca: DialOptions['ca'], signal?: AbortSignal) {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const name = withoutBrackets(host)
  const socket: Socket = tls
    ? connectTls({ host: address, port, servername: serverName(host), ...verification(name, ca) })
    : connect({ host: address, port })
  const giveUp = () => socket.destroy(timedOut(name))
  socket.setTimeout(openLimitMs, giveUp)
  signal?.addEventListener('abort', giveUp, { once: true })
  socket.once('error', reject)
  socket.once(tls ? 'secureConnect' : 'connect', () => {
    socket.off('error', reject)
    socket.off('timeout', giveUp)
    socket.setTimeout(0)
    socket.setNoDelay(true)
    resolve(socket)
  })
  return promise.finally(() => signal?.removeEventListener('abort', giveUp))
}

/** What TLS checks a server by: the name that was asked for, even when it is an IP address. */
export function verification(name: string, ca: DialOptions['ca']) {
  const authorities = ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] }
  const identity = (_: string, certificate: PeerCertificate) => checkServerIdentity(name, certificate)
  return { checkServerIdentity: identity, ...authorities }
}

async function lookupAll(host: string): Promise<string[]> {
  return (await systemLookup(host, { all: true })).map(({ address }) => address)
}

async function inTime(looking: Promise<readonly string[]>, host: string): Promise<readonly string[]> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(timedOut(host)), openLimitMs)
  try {
    return await Promise.race([looking, late])
  } catch (error) {
    throw toEgressError(error, host)
  } finally {
    clearTimeout(timer)
  }
}
