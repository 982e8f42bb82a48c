import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook as StandardWebhook } from 'standardwebhooks'

/** What a webhook was sent. */
export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** `performance.now()`. */
  readonly atMs: number
}

export interface Told {
  readonly type: string
  readonly timestamp: string
  readonly data: Record<string, unknown> & { readonly sequence: number }
}

interface Answer {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** A real HTTP server that webhooks are sent to. */
export interface WebhookReceiver {
  readonly url: string
  readonly received: readonly Received[]
  /** The most requests that waited for an answer at a time. */
  mostOpen(): number
  /** What was received, as JSON, without looking at signatures. */
  told(): Told[]
  /** Decides what is answered from now on; `null`: nothing, ever. Initially 204. */
  answer(how: (received: Received) => Answer | null): void
  stop(): Promise<void>
}

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const received: Received[] = []
  let open = 0
  let mostOpen = 0
  let decide: (received: Received) => Answer | null = () => ({ status: 204 })
  const server = createServer({ keepAliveTimeout: 75_000 }, async (request, response) => {
    mostOpen = Math.max(mostOpen, ++open)
    response.once('close', () => open--)
    const pieces: Buffer[] = []
    for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece)
    const one = {
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(pieces).toString(),
      atMs: performance.now(),
    }
    received.push(one)
    const answer = decide(one)
    if (answer) response.writeHead(answer.status, answer.headers).end(answer.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    mostOpen: () => mostOpen,
    told: () => received.map(({ body }) => JSON.parse(body) as Told),
    answer(how) {
      decide = how
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The message, if its signature fits this secret; else the library of Standard Webhooks throws. */
export const verified = (secret: string, { body, headers }: Received): Told =>
  new StandardWebhook(secret).verify(body, headers as Record<string, string>) as Told
