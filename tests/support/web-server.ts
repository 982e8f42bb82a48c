import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { whenOver } from './when-over.ts'

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

export interface WebServer {
  readonly port: number
  /** `http://127.0.0.1:<port>`; `https://localhost:<port>` with TLS. */
  readonly url: string
  /** Paths that were asked for, with their queries. */
  readonly asked: string[]
  /** Drops all connections and takes no more, until `restart`. */
  kill(): Promise<void>
  restart(): Promise<void>
}

/** A real HTTP server on loopback: a folder's files (with ranges), and handlers by path before them. */
export async function startWebServer(
  folder: string | null,
  handlers: Readonly<Record<string, Handler>> = {},
  { tls, host = '127.0.0.1' }: { tls?: { key: Buffer; cert: Buffer }; host?: string } = {},
): Promise<WebServer> {
  const asked: string[] = []
  const handle: Handler = (request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://x')
    asked.push(pathname + search)
    const handler = handlers[pathname]
    if (handler) return handler(request, response)
    if (folder === null) return void response.writeHead(404).end()
    void sendFile(join(folder, pathname), request, response)
  }
  const server = tls ? createTlsServer(tls, handle) : createServer(handle)
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, host, () => resolve()))
  await listen(0)
  const { port } = server.address() as AddressInfo
  const kill = async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }
  whenOver(kill)
  return {
    port,
    url: tls ? `https://localhost:${port}` : `http://${host}:${port}`,
    asked,
    kill,
    restart: () => listen(port),
  }
}

export async function sendFile(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const size = await stat(path).then(
    (found) => (found.isFile() ? found.size : undefined),
    () => undefined,
  )
  if (size === undefined) return void response.writeHead(404).end()
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
  const start = Number(range?.[1] ?? 0)
  const end = Math.min(Number(range?.[2] || size - 1), size - 1)
  if (start >= size) return void response.writeHead(416).end()
  response.writeHead(range ? 206 : 200, {
    'content-length': end - start + 1,
    'accept-ranges': 'bytes',
    ...(range ? { 'content-range': `bytes ${start}-${end}/${size}` } : {}),
  })
  createReadStream(path, { start, end })
    .on('error', () => response.destroy())
    .pipe(response)
}
