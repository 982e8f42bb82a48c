import { type AddressRules, isAddress } from '#schema/address-rules.ts'

/** Names that lead into this machine or this network, whatever a resolver says (RFC 6761, RFC 6762, ICANN). */
const localName = /(^|\.)(localhost|local|internal|home\.arpa)\.?$/i

/**
 * Why nothing may be sent to this address, as far as it can be told without asking a resolver; null: nothing speaks against
 * it. `resolves` tells of a runtime that looks at what a name leads to before it connects.
 */
export function refusalOf(url: URL, rules: AddressRules, { resolves }: { readonly resolves: boolean }): string | null {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isAddress(host)) return addressRefusal(host, url.protocol, rules)
  if (resolves) return null
  if (localName.test(host))
    return 'This name leads to this machine or its network. Use an address that the public Internet reaches.'
  if (url.protocol === 'http:')
    return 'Use https://. Over http:// only addresses that WEIR_WEBHOOK_ALLOW names are reached, not names.'
  return null
}

/** Why nothing may be sent to this IP address over this protocol; null: nothing speaks against it. */
export function addressRefusal(address: string, protocol: string, rules: AddressRules): string | null {
  const range = rules.refusal(address)
  if (range)
    return `The address leads ${range.leads} (${range.cidr}). If that is wanted, add ${range.cidr} or a part of it to WEIR_WEBHOOK_ALLOW of control, and start it again.`
  if (protocol === 'http:' && !rules.allows(address))
    return 'Use https://. Over http:// only addresses that WEIR_WEBHOOK_ALLOW names are reached.'
  return null
}
