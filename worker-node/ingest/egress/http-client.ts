import { Agent, type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import type { Duplex } from 'node:stream'
import { type DialOptions, dial, withoutBrackets } from './dial.ts'
import { timedOut, toEgressError } from './egress-error.ts'

export interface HttpRequest {
  /** `http:` or `https:`; user and password in it are not sent. */
  readonly url: URL
  readonly method: 'GET' | 'HEAD'
  /** Without `host`. */
  readonly headers: OutgoingHttpHeaders
  /** Aborting ends the request and its answer. */
  readonly signal: AbortSignal
}

/** A server has so long to begin its answer, milliseconds. */
const answerLimitMs = 10_000
/** A connection without a byte for so long is dead, milliseconds. */
const idleLimitMs = 30_000

/** HTTP/1.1 requests to checked addresses only; connections are kept for the next request, 64 per scheme at most. */
export class HttpClient {
  readonly #agents: Readonly<Record<string, DialAgent>>

  constructor(options: DialOptions) {
    this.#agents = { 'http:': new DialAgent(options, false), 'https:': new DialAgent(options, true) }
  }

  /** The answer, redirects as they are. Throws an EgressError when there is none. */
  async send(wanted: HttpRequest): Promise<IncomingMessage> {
    for (let tries = 1; ; tries++) {
      const started = this.#start(wanted)
      try {
        return await answerOf(started)
      } catch (error) {
        // A kept connection may have been closed by the server just now: that is no fault of the address.
        if (started.reusedSocket && tries === 1 && !wanted.signal.aborted) continue
        throw toEgressError(error, withoutBrackets(wanted.url.hostname))
      }
    }
  }

  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy()
  }

  #start({ url, method, headers, signal }: HttpRequest): ClientRequest {
    const agent = this.#agents[url.protocol]
    if (agent === undefined) throw new TypeError(`There is no ${url.protocol} here`)
    return request({
      agent,
      method,
      host: url.hostname,
      port: url.port || agent.usualPort,
      path: url.pathname + url.search,
      headers: { ...headers, host: url.host },
      maxHeaderSize: 32 * 1024,
      signal,
    })
  }
}

/** What user and password of an address make of it for HTTP (RFC 7617), and for which server. */
export function basicCredentials({ origin, username, password }: URL): { origin: string; authorization?: string } {
  if (username === '' && password === '') return { origin }
  const text = `${decoded(username)}:${decoded(password)}`
  return { origin, authorization: `Basic ${Buffer.from(text).toString('base64')}` }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // A per cent sign that stands for itself.
  }
}

/** Its sockets come from {@link dial}, TLS included: HTTP itself never connects anywhere. */
class DialAgent extends Agent {
  readonly usualPort: number
  readonly #options: DialOptions
  readonly #tls: boolean

  constructor(options: DialOptions, tls: boolean) {
    super({ keepAlive: true, maxTotalSockets: 64, maxFreeSockets: 16, timeout: idleLimitMs })
    this.#options = options
    this.#tls = tls
    this.usualPort = tls ? 443 : 80
  }

  override createConnection(
    { host, port }: { host?: string | null; port?: string | number | null },
    done: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    dial({ host: host ?? '', port: Number(port), tls: this.#tls }, this.#options).then(
      (socket) => done(null, socket),
      (error: Error) => done(error, undefined as never),
    )
  }
}

function answerOf(started: ClientRequest): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const host = started.host
  const timer = setTimeout(() => started.destroy(timedOut(host)), answerLimitMs)
  started.on('error', reject) // Stays: an error after the answer reaches whoever reads it.
  started.on('timeout', () => started.destroy(timedOut(host)))
  started.once('response', resolve)
  started.end()
  return promise.finally(() => clearTimeout(timer))
}
