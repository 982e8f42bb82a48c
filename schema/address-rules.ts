import { EnvironmentError } from './environment.ts'

/** A range of addresses that nothing is asked of unless the operator names it. */
export interface RefusedRange {
  /** `10.0.0.0/8` */
  readonly cidr: string
  /** Where such an address leads, as the rest of "The address leads …". */
  readonly leads: string
}

/**
 * Which addresses may be connected to on somebody's word: those of the public Internet, and the networks that the operator
 * allows. Addresses that carry an IPv4 address inside (IPv4-mapped, NAT64) are judged by that one.
 */
export class AddressRules {
  readonly #allowed: readonly Network[]

  /** Networks and single addresses, as the variable `name` has them. An {@link EnvironmentError} names one that is none. */
  constructor(allowed: readonly string[] = [], name = 'WEIR_PULL_ALLOW') {
    this.#allowed = allowed.map((network) => readNetwork(network, name))
  }

  /** Reads networks separated by commas, as they stand in the variable `name`. */
  static parse(text: string, name?: string): AddressRules {
    const words = text.split(',').map((word) => word.trim())
    return new AddressRules(
      words.filter((word) => word !== ''),
      name,
    )
  }

  /** The range for which this IP address is refused, or null. What is no IP address is refused as well. */
  refusal(address: string): RefusedRange | null {
    const parsed = plainAddress(address)
    if (parsed === null) return { cidr: address, leads: 'nowhere' }
    if (this.#allowed.some((network) => contains(network, parsed))) return null
    return refusedRanges.find(({ network }) => contains(network, parsed)) ?? null
  }

  /** Whether the operator has named a network with this IP address. */
  allows(address: string): boolean {
    const parsed = plainAddress(address)
    return parsed !== null && this.#allowed.some((network) => contains(network, parsed))
  }
}

/** Whether this is an IP address, without brackets. */
export const isAddress = (text: string): boolean => readAddress(text) !== null

const privateNetwork = 'into a private network'
const thisMachine = 'to this machine itself'
const thisLink = 'to a machine of the local network (or the metadata service of a cloud)'
const documentation = 'nowhere: it stands in a range kept for documentation'
const many = 'to many machines at once (multicast or broadcast)'
const reserved = 'into a range that is kept for special purposes'
const transition = 'through a transition mechanism that could lead anywhere'

interface Address {
  readonly bits: 32 | 128
  readonly value: bigint
}

interface Network extends Address {
  readonly prefix: number
}

/** IANA's special-purpose registries (RFC 6890), the first that matches counts. */
const refusedRanges = (
  [
    ['127.0.0.0/8', thisMachine],
    ['::1/128', thisMachine],
    ['0.0.0.0/8', thisMachine],
    ['::/128', thisMachine],
    ['10.0.0.0/8', privateNetwork],
    ['172.16.0.0/12', privateNetwork],
    ['192.168.0.0/16', privateNetwork],
    ['fc00::/7', privateNetwork],
    ['fec0::/10', privateNetwork],
    ['100.64.0.0/10', 'into the inner network of a provider (carrier-grade NAT)'],
    ['169.254.0.0/16', thisLink],
    // Azure answers its machines there, the keys of their identity included.
    ['168.63.129.16/32', thisLink],
    ['fe80::/10', thisLink],
    ['192.0.2.0/24', documentation],
    ['198.51.100.0/24', documentation],
    ['203.0.113.0/24', documentation],
    ['2001:db8::/32', documentation],
    ['3fff::/20', documentation],
    ['224.0.0.0/4', many],
    ['ff00::/8', many],
    ['192.0.0.0/24', reserved],
    ['192.88.99.0/24', reserved],
    ['198.18.0.0/15', reserved],
    ['240.0.0.0/4', reserved],
    ['2002::/16', transition],
    ['2001::/32', transition],
    ['64:ff9b:1::/48', transition],
    ['2001::/23', reserved],
    // All that is not 2000::/3, which alone is given out (RFC 4291 §2.4): an IPv4 address in a form of long ago among it.
    ['::/3', reserved],
    ['4000::/2', reserved],
    ['8000::/1', reserved],
  ] as const
).map(([cidr, leads]) => ({ cidr, leads, network: readNetwork(cidr, '') }))

const contains = ({ bits, value, prefix }: Network, address: Address): boolean =>
  bits === address.bits && value >> BigInt(bits - prefix) === address.value >> BigInt(bits - prefix)

function readNetwork(text: string, variable: string): Network {
  const [base = '', prefix, ...rest] = text.split('/')
  const address = readAddress(base)
  const length = prefix === undefined ? address?.bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN
  if (address === null || rest.length > 0 || length === undefined || !(length <= address.bits))
    throw new EnvironmentError(
      `${variable} names "${text}". Write networks like 10.0.0.0/8 or single addresses, separated by commas.`,
    )
  return { ...address, prefix: length }
}

/** Without a zone, and as IPv4 where one is inside (RFC 4291 §2.5.5.2, RFC 6052 §2.1). Null: no IP address. */
function plainAddress(text: string): Address | null {
  const [withoutZone = ''] = text.split('%')
  const address = readAddress(withoutZone)
  if (address?.bits !== 128) return address
  const head = address.value >> 32n
  const carriesIpv4 = head === 0xffffn || head === 0x64ff9bn << 64n
  return carriesIpv4 ? { bits: 32, value: address.value & 0xffff_ffffn } : address
}

function readAddress(text: string): Address | null {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1)
  if (parts) {
    const isPlain = parts.every((part) => Number(part) <= 255 && String(Number(part)) === part)
    return isPlain ? { bits: 32, value: parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n) } : null
  }
  if (!/^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text)) return null
  const canonical = URL.parse(`http://[${text}]`)?.hostname.slice(1, -1)
  if (canonical === undefined) return null
  return { bits: 128, value: groupsOf(canonical).reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n) }
}

/** The eight groups of an IPv6 address as URL prints it (RFC 5952, hexadecimal only). */
function groupsOf(canonical: string): string[] {
  const [left = '', right] = canonical.split('::')
  const before = left === '' ? [] : left.split(':')
  const after = right === undefined || right === '' ? [] : right.split(':')
  return [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after]
}
