import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

/** A small real HTTP server that stands for a worker's media origin. */
export interface MediaOrigin {
  readonly url: string
  /** Paths with query that were asked for, in order. */
  readonly requests: string[]
  stop(): Promise<void>
}

export async function startMediaOrigin(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<MediaOrigin> {
  const requests: string[] = []
  // As long as a worker keeps an idle connection: whoever takes it up just as it is closed sees his request fail.
  const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
    requests.push(request.url ?? '')
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('The origin does not listen.')
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
