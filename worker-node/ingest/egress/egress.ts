import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { connectThrough } from './connect-tunnel.ts'
import type { DialOptions } from './dial.ts'
import type { EgressError } from './egress-error.ts'
import { basicCredentials, HttpClient } from './http-client.ts'
import { forward, type ProxyUser, refuse, startHost } from './http-proxy.ts'
import { OriginAliases } from './origin-aliases.ts'
import { ProxyPasses } from './proxy-passes.ts'
import { SegmentOrder } from './segment-order.ts'

/** The one way out for whatever fetches media by an address that somebody else wrote. */
export interface Egress {
  readonly options: DialOptions
  /** Requests of our own, by the same rules. */
  readonly client: HttpClient
  /** Lets one process use the proxy, until `close`. */
  admit(options?: AdmitOptions): ProxyPass
  close(): Promise<void>
}

export interface AdmitOptions {
  /** Whether `CONNECT` is allowed, for a program that speaks TLS by itself. Default false. */
  readonly tunnels?: boolean
  /** For live DASH, see {@link SegmentOrder}: how long a segment that is not there yet is waited for, milliseconds. */
  readonly awaitSegmentsMs?: number
}

/** One process's right to use the proxy. */
export interface ProxyPass {
  /** `http://user:password@127.0.0.1:port`: a secret, for an environment variable and never for a command line. */
  readonly proxyUrl: string
  /** A stand-in for an `http:` or `https:` address that may stand in a command line. `file` is the name it ends in. */
  startUrl(address: string, file: string): string
  /** The first thing that was refused; else what could not be fetched, if it was the last thing that was asked for. */
  readonly failure: EgressError | null
  /** A server's answer that was no success, if it is the last one. */
  readonly status: { readonly code: number; readonly host: string } | null
  close(): void
}

/** All processes of the worker together; each connection holds a socket and at most 64 KiB of what passes. */
const maxConnections = 512

/** Starts the proxy on loopback, on a port that the system chooses. */
export async function startEgress(options: DialOptions): Promise<Egress> {
  const client = new HttpClient(options)
  const passes = new ProxyPasses<Admitted>()
  const server = createServer({ maxHeaderSize: 32 * 1024, headersTimeout: 10_000, requestTimeout: 10_000 })
  server.maxConnections = maxConnections
  const tunnels = new Set<Duplex>()
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const user = passes.find(request.headers['proxy-authorization'])
    if (user === undefined) return refuse(response, 407, { 'proxy-authenticate': 'Basic realm="weir"' })
    void forward(user, client, request, response).catch(() => response.destroy())
  })
  server.on('connect', (request, socket, head) => {
    const user = passes.find(request.headers['proxy-authorization'])
    tunnels.add(socket)
    socket.once('close', () => tunnels.delete(socket))
    void connectThrough(request.url ?? '', socket, head, { user, options })
  })
  server.on('clientError', (_, socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  return {
    options,
    client,
    admit({ tunnels = false, awaitSegmentsMs } = {}) {
      const segments = awaitSegmentsMs === undefined ? null : new SegmentOrder(awaitSegmentsMs)
      const user = new Admitted(tunnels, segments)
      const { userInfo, revoke } = passes.issue(user)
      return {
        proxyUrl: `http://${userInfo}@127.0.0.1:${port}`,
        startUrl: (address, file) => user.addStart(address, file),
        get failure() {
          return user.failure
        },
        get status() {
          return user.status
        },
        close: revoke,
      }
    },
    close: async () => {
      client.close()
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      for (const tunnel of tunnels) tunnel.destroy()
      await closed
    },
  }
}

/** What the proxy knows of one process. */
export class Admitted implements ProxyUser {
  readonly aliases = new OriginAliases()
  readonly tunnels: boolean
  readonly segments: SegmentOrder | null
  failure: EgressError | null = null
  status: { readonly code: number; readonly host: string } | null = null
  readonly #starts = new Map<string, string>()
  readonly #authorizations = new Map<string, string>()

  constructor(tunnels: boolean, segments: SegmentOrder | null) {
    this.tunnels = tunnels
    this.segments = segments
  }

  addStart(address: string, file: string): string {
    const path = `/${this.#starts.size}/${file}`
    this.#starts.set(path, address)
    const { origin, authorization } = basicCredentials(new URL(address))
    if (authorization !== undefined) this.#authorizations.set(origin, authorization)
    return `http://${startHost}${path}`
  }

  startAddress(path: string): string | undefined {
    return this.#starts.get(path)
  }

  credentials({ origin }: URL): { authorization?: string } {
    const authorization = this.#authorizations.get(origin)
    return authorization === undefined ? {} : { authorization }
  }

  onFailure(error: EgressError): void {
    if (!isRefusal(this.failure)) this.failure = error
  }

  onStatus(code: number, { hostname }: URL): void {
    if (!isRefusal(this.failure)) this.failure = null
    this.status = code >= 400 ? { code, host: hostname } : null
  }
}

/** A programme may go on without what was refused (a key, a variant), and fail for that. */
const isRefusal = (failure: EgressError | null) => failure !== null && /refused$/.test(failure.code)
