import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createSecureContext, type SecureContextOptions, TLSSocket } from 'node:tls'
import { defaultRtmpLimits, type RtmpLimits } from './limits.ts'
import { type PublicationHandlers, Publications } from './publications.ts'

export interface RtmpServerOptions extends PublicationHandlers {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** With a key and certificate the same server speaks RTMPS. */
  readonly tls?: Pick<SecureContextOptions, 'key' | 'cert'>
  readonly limits?: Partial<RtmpLimits>
}

export interface RtmpServer {
  readonly port: number
  /** Takes no more connections, tells those that are there, and resolves when all are closed (a second at most). */
  close(): Promise<void>
}

/** Listens for encoders: RTMP, many streams on one port. Rejects when it can't listen. */
export async function startRtmpServer(options: RtmpServerOptions): Promise<RtmpServer> {
  const limits = { ...defaultRtmpLimits, ...options.limits }
  const publications = new Publications(options, limits)
  const secureContext = options.tls && createSecureContext(options.tls)
  const countByAddress = new Map<string, number>()

  const server = createServer((socket) => {
    const address = addressOf(socket)
    const present = countByAddress.get(address) ?? 0
    if (present >= limits.connectionsPerAddress) {
      options.log?.info({ remoteAddress: address, present }, 'too many RTMP connections from one address')
      socket.destroy()
      return
    }
    countByAddress.set(address, present + 1)
    // Not tls.Server: so the time limit on the RTMP handshake is one on TLS's too.
    const peer = secureContext ? new TLSSocket(socket, { isServer: true, secureContext }) : socket
    peer.once('close', () => {
      const left = (countByAddress.get(address) ?? 1) - 1
      if (left === 0) countByAddress.delete(address)
      else countByAddress.set(address, left)
    })
    publications.connect(peer, address)
  })
  server.maxConnections = limits.connections
  const port = await listen(server, options.host, options.port)
  // accept() fails when file descriptors run out: the connections that are here go on.
  server.on('error', (error) => options.log?.info({ err: error }, 'an RTMP connection could not be accepted'))
  return {
    port,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      publications.endAll({ reason: 'closed_by_us', detail: 'The server is stopping.' })
      await closed
    },
  }
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

/** The peer's address; an IPv4 one as such, where IPv6 wraps it. */
function addressOf(socket: Socket): string {
  return (socket.remoteAddress ?? '').replace(/^::ffff:/, '')
}
