import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { eventually } from '#tests/support/eventually.ts'

/**
 * What becomes of requests: `pass` to control and back; `cut`: the connection breaks before control hears of it;
 * `swallow`: control hears of it, the answer is lost; `hang`: accepted and never answered; a number: this status.
 */
export type FrontMode = 'pass' | 'cut' | 'swallow' | 'hang' | number

export interface SeenRequest {
  readonly path: string
  readonly headers: string
  readonly body: string
}

/** Stands between a worker and its control plane: sees each request, and fails as it is told. */
export class ControlFront {
  mode: FrontMode = 'pass'
  /** Requests, in the order in which they came. */
  readonly seen: SeenRequest[] = []
  readonly #controlUrl: string
  // As long as control itself keeps an idle connection: whoever takes it up just as it is closed sees his request fail.
  readonly #server = createServer(
    { keepAliveTimeout: 75_000 },
    (request, response) => void this.#handle(request, response),
  )
  #held: { path: string; answered: boolean; release: Promise<void> } | undefined

  private constructor(controlUrl: string) {
    this.#controlUrl = controlUrl
  }

  static async start(controlUrl: string): Promise<ControlFront> {
    const front = new ControlFront(controlUrl)
    await new Promise<void>((resolve) => front.#server.listen(0, '127.0.0.1', resolve))
    return front
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Bodies of the requests to one of the worker's paths. */
  bodies<Body>(path: string): Body[] {
    return this.seen.filter((request) => request.path === path).map(({ body }) => JSON.parse(body) as Body)
  }

  /** Keeps the next answer to `path`, which control has then given, until it is let go. */
  hold(path: string): { arrived(): Promise<true>; release(): void } {
    const { promise, resolve } = Promise.withResolvers<void>()
    const held = { path, answered: false, release: promise }
    this.#held = held
    return { arrived: () => eventually(`control has answered ${path}`, () => held.answered), release: resolve }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await request.toArray()).join('')
    const path = request.url ?? ''
    this.seen.push({ path, headers: JSON.stringify(request.headers), body })
    const { mode } = this
    if (mode === 'hang') return
    if (mode === 'cut') return void request.socket.destroy()
    if (typeof mode === 'number') {
      const problem = { type: 'about:blank', title: 'x', status: mode, code: 'internal', detail: `It says ${mode}.` }
      response.writeHead(mode, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem))
      return
    }
    const answer = await fetch(`${this.#controlUrl}${path}`, {
      method: 'POST',
      headers: { ...ownHeaders(request), 'content-type': 'application/json' },
      body,
    })
    const text = await answer.text()
    const held = this.#held
    if (held?.path === path) {
      this.#held = undefined
      held.answered = true
      await held.release
    }
    if (mode === 'swallow') request.socket.destroy()
    else response.writeHead(answer.status, { 'content-type': 'application/json', ...controlsHeaders(answer) }).end(text)
  }
}

/** What control says beside the body. Its Date is not among it: as most proxies, this one writes its own. */
const controlsHeaders = ({ headers }: Response) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('weir-')))

/** What a worker says of itself beside the body. */
const ownHeaders = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      (name === 'authorization' || name.startsWith('weir-')) && typeof value === 'string' ? [[name, value]] : [],
    ),
  )
