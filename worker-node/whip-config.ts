import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import * as v from 'valibot'
import { type Environment, EnvironmentError, environmentValue } from '#schema/environment.ts'

/** How publishers over WebRTC reach this worker. */
export interface WhipConfig {
  /** IP addresses that they are told, best first. */
  readonly publicAddresses: readonly string[]
  /** First and last UDP port to try; `[0, 0]` lets the system choose. */
  readonly ports: readonly [number, number]
  /** STUN and TURN servers that they are told of. */
  readonly iceServers: readonly {
    readonly urls: readonly string[]
    readonly username?: string
    readonly credential?: string
  }[]
}

const iceUrl = v.pipe(
  v.string(),
  v.maxLength(500),
  v.regex(/^(?:stuns?|turns?):[\w.:[\]-]+(?:\?transport=(?:udp|tcp))?$/i),
)
const text = v.pipe(v.string(), v.minLength(1), v.maxLength(500), v.regex(/^[\x20-\x7e]+$/))
const iceServerList = v.pipe(
  v.array(
    v.strictObject({
      urls: v.pipe(
        v.union([v.array(iceUrl), iceUrl]),
        v.transform((urls) => (typeof urls === 'string' ? [urls] : urls)),
      ),
      username: v.exactOptional(text),
      credential: v.exactOptional(text),
    }),
  ),
  v.maxLength(20),
)

/** Reads and checks what belongs to WebRTC; an {@link EnvironmentError} is one line that says what to do. */
export function readWhipConfig(environment: Environment, host: string): WhipConfig {
  return {
    publicAddresses: readAddresses(environment.WEIR_WHIP_PUBLIC_ADDRESS, host),
    ports: readPorts(environmentValue(environment, 'WEIR_WHIP_PORTS')),
    iceServers: readIceServers(environment.WEIR_ICE_SERVERS),
  }
}

function readAddresses(value: string | undefined, host: string): string[] {
  if (value === undefined) return ownAddresses(host)
  const addresses = value.split(/[\s,]+/).filter(Boolean)
  if (addresses.length === 0 || addresses.length > 8 || !addresses.every((address) => isIP(address)))
    throw new EnvironmentError(
      'Set WEIR_WHIP_PUBLIC_ADDRESS to IP addresses, like 203.0.113.7 or 203.0.113.7,10.0.0.5.',
    )
  return addresses
}

/** The address listened on; for one that means all, those of this machine, or else its own loopback. */
function ownAddresses(host: string): string[] {
  if (host !== '0.0.0.0' && host !== '::') return [host === 'localhost' ? '127.0.0.1' : host]
  const addresses = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .filter(
      ({ internal, address, family }) => !internal && !/^fe80/i.test(address) && (host === '::' || family === 'IPv4'),
    )
    .map(({ address }) => address)
  return addresses.length > 0 ? addresses.slice(0, 8) : ['127.0.0.1']
}

function readPorts(value: string): [number, number] {
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(value) ?? []
  const ports: [number, number] = [Number(first), Number(last)]
  if (first === undefined || ports[0] > ports[1] || ports[1] > 65_535)
    throw new EnvironmentError(`WEIR_WHIP_PORTS is "${value}"; set it to a UDP port or a range, like 8900-8999.`)
  return ports
}

/** JSON as browsers take it, or a list such as `stun:stun.example.net turn:user:word@turn.example.net:3478`. */
function readIceServers(value: string | undefined): WhipConfig['iceServers'] {
  if (value === undefined) return []
  const parsed = v.safeParse(iceServerList, value.trimStart().startsWith('[') ? readJson(value) : readList(value))
  if (parsed.success) return parsed.output
  // The value may hold a password: it is not repeated.
  throw new EnvironmentError(
    'WEIR_ICE_SERVERS can’t be read. Write stun:host:port or turn:user:password@host:port, separated by spaces, or JSON like [{"urls":["turn:host:3478"],"username":"user","credential":"password"}].',
  )
}

function readJson(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return undefined
  }
}

function readList(value: string): unknown[] {
  return value
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((entry) => {
      const [, scheme, username, credential, rest] = /^(turns?):([^:@]+):([^@]+)@(.+)$/i.exec(entry) ?? []
      return scheme === undefined ? { urls: [entry] } : { urls: [`${scheme}:${rest}`], username, credential }
    })
}
