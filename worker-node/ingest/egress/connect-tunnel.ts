import type { Duplex } from 'node:stream'
import { type DialOptions, dial } from './dial.ts'
import { type EgressError, toEgressError } from './egress-error.ts'

interface TunnelOptions {
  readonly user: { readonly tunnels: boolean; onFailure(error: EgressError): void } | undefined
  readonly options: DialOptions
}

/** A connection through which nothing passes either way for so long is dead, milliseconds. */
const idleLimitMs = 60_000

/** Answers `CONNECT host:port` (RFC 9110 §9.3.6): a tunnel to a checked address. Never rejects. */
export async function connectThrough(
  authority: string,
  client: Duplex,
  head: Buffer,
  { user, options }: TunnelOptions,
): Promise<void> {
  client.on('error', () => client.destroy())
  const answer = (status: string) => client.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`)
  if (user === undefined)
    return void answer('407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm="weir"')
  const target = /^(.+):(\d{1,5})$/.exec(authority)
  if (!user.tunnels) return void answer('403 Forbidden')
  if (!target?.[1]) return void answer('400 Bad Request')
  const closed = new AbortController()
  client.once('close', () => closed.abort())
  try {
    const socket = await dial({ host: target[1], port: Number(target[2]), tls: false }, options, closed.signal)
    socket.setTimeout(idleLimitMs, () => socket.destroy())
    socket.once('error', () => client.destroy()).once('close', () => client.destroy())
    client.once('close', () => socket.destroy())
    client.write('HTTP/1.1 200 Connection established\r\n\r\n')
    socket.write(head)
    socket.pipe(client).pipe(socket)
  } catch (error) {
    const failure = toEgressError(error, target[1])
    user.onFailure(failure)
    answer(/refused$/.test(failure.code) ? '403 Forbidden' : '502 Bad Gateway')
  }
}
