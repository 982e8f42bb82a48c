import type { Context } from 'hono'
import type { ControlConfig } from './config.ts'

/**
 * The address of the client: what the proxy before us wrote into the header that the operator trusts, else what Cloudflare
 * says, else the other end of the connection. Headers that nobody named are not believed: anybody can write them. A workerd of
 * one's own tells no address, so there all are one without a proxy whose header is trusted.
 */
export function clientAddress(c: Context, { trustedProxyHeader }: ControlConfig): string {
  // Each proxy adds what it saw at the end; what stands before that came from outside.
  if (trustedProxyHeader !== undefined) return lastOf(c.req.header(trustedProxyHeader)) || unknown
  const { incoming } = (c.env ?? {}) as NodeBindings
  // Node gives its bindings with each request, an edge runtime never does.
  if (incoming) return incoming.socket?.remoteAddress ?? unknown
  // Beside what else Cloudflare knows of a request, the header is its own, and not the client's.
  const isFromCloudflare = (c.req.raw as { cf?: unknown }).cf !== undefined
  return (isFromCloudflare ? c.req.header('cf-connecting-ip') : undefined) ?? unknown
}

/** Who counts as one for limits: an IPv4 address, or the /64 that one household has of IPv6 (RFC 6177). */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!address.includes(':')) return address
  const [head = '', tail] = address.toLowerCase().split('%')[0]!.split('::')
  const groups = head === '' ? [] : head.split(':')
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(':').filter(Boolean).length
  return [...groups, ...Array<string>(Math.max(0, missing)).fill('0')].slice(0, 4).join(':')
}

interface NodeBindings {
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } }
}

const unknown = 'unknown'

const lastOf = (list: string | undefined): string | undefined => list?.split(',').at(-1)?.trim().slice(0, 64)
