import { BlockList, isIP } from 'node:net'
import { EnvironmentError } from '#schema/environment.ts'

/** A range of addresses that nothing is fetched from unless the operator names it. */
export interface RefusedRange {
  /** `10.0.0.0/8` */
  readonly cidr: string
  /** Where such an address leads, as the rest of "The address leads …". */
  readonly leads: string
}

/**
 * Which addresses may be fetched from: those of the public Internet, and the networks that the operator allows. Addresses
 * that carry an IPv4 address inside (IPv4-mapped, NAT64) are judged by that one.
 */
export class AddressRules {
  readonly #allowed: BlockList

  /** Networks and single addresses, as `WEIR_PULL_ALLOW` has them. An {@link EnvironmentError} names one that is none. */
  constructor(allowed: readonly string[] = []) {
    this.#allowed = listOf(allowed)
  }

  /** Reads networks separated by commas. */
  static parse(text: string): AddressRules {
    return new AddressRules(
      text
        .split(',')
        .map((word) => word.trim())
        .filter((word) => word !== ''),
    )
  }

  /** The range for which this IP address is refused, or null. What is no IP address is refused as well. */
  refusal(address: string): RefusedRange | null {
    const plain = plainAddress(address)
    if (plain === null) return { cidr: address, leads: 'nowhere' }
    const family = isIP(plain) === 4 ? 'ipv4' : 'ipv6'
    if (this.#allowed.check(plain, family)) return null
    return refusedRanges.find(({ list }) => list.check(plain, family)) ?? null
  }
}

const privateNetwork = 'into a private network'
const thisMachine = 'to this machine itself'
const thisLink = 'to a machine of the local network (or the metadata service of a cloud)'
const documentation = 'nowhere: it stands in a range kept for documentation'
const many = 'to many machines at once (multicast or broadcast)'
const reserved = 'into a range that is kept for special purposes'
const transition = 'through a transition mechanism that could lead anywhere'

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
    ['100::/64', reserved],
    ['5f00::/16', reserved],
    ['::/96', reserved],
  ] as const
).map(([cidr, leads]) => ({ cidr, leads, list: listOf([cidr]) }))

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', prefix, ...rest] = network.split('/')
    const version = isIP(address)
    const longest = version === 4 ? 32 : 128
    const bits = prefix === undefined ? longest : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN
    if (version === 0 || address.includes('%') || rest.length > 0 || !(bits <= longest))
      throw new EnvironmentError(
        `WEIR_PULL_ALLOW names "${network}". Write networks like 10.0.0.0/8 or single addresses, separated by commas.`,
      )
    list.addSubnet(address, bits, version === 4 ? 'ipv4' : 'ipv6')
  }
  return list
}

/** Without a zone, and as IPv4 where one is inside (RFC 4291 §2.5.5.2, RFC 6052 §2.1). Null: no IP address. */
function plainAddress(address: string): string | null {
  const [withoutZone = ''] = address.split('%')
  const version = isIP(withoutZone)
  if (version === 0) return null
  if (version === 4) return withoutZone
  const groups = groupsOf(withoutZone)
  const head = groups.slice(0, 6).join(':')
  if (head !== '0:0:0:0:0:ffff' && head !== '64:ff9b:0:0:0:0') return withoutZone
  const [high = 0, low = 0] = groups.slice(6).map((group) => Number.parseInt(group, 16))
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.')
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [left = '', right] = canonical.split('::')
  const before = left === '' ? [] : left.split(':')
  const after = right === undefined || right === '' ? [] : right.split(':')
  return [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after]
}
