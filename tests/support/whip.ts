import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createWhipEndpoint, type WhipEndpointOptions, type WhipPublication } from '#worker/ingest/whip/endpoint.ts'

/** A WHIP endpoint on a real HTTP server, as the worker's origin has it. It lets the key `the-key` in. */
export interface TestWhip {
  readonly url: string
  /** Of the live stream `ls_1`. */
  readonly endpointUrl: string
  /** Where picture and sound go. */
  readonly udpPort: number
  readonly publications: WhipPublication[]
  /** Publishers that were let in and did not connect, and why. */
  readonly notComing: string[]
  readonly log: string[]
  stop(): Promise<void>
}

export const streamKey = 'the-key'

export async function startWhip(options: Partial<WhipEndpointOptions> = {}): Promise<TestWhip> {
  const publications: WhipPublication[] = []
  const notComing: string[] = []
  const log: string[] = []
  const note = (fields: object, message: string) => void log.push(`${message} ${JSON.stringify(fields)}`)
  const endpoint = await createWhipEndpoint({
    host: '127.0.0.1',
    ports: [0, 0],
    publicAddresses: ['127.0.0.1'],
    iceServers: [],
    authorize: async (request) =>
      request.streamKey === streamKey
        ? { accept: true, slot: 'main' }
        : { accept: false, reason: 'unknown_key', detail: 'No live stream has this stream key.' },
    onPublication: (publication) => void publications.push(publication),
    onNotComing: (key, { reason, detail }) => void notComing.push(`${key} ${reason}: ${detail}`),
    log: { info: note, warn: note },
    ...options,
  })
  const server = createServer((request, response) => {
    if (endpoint.handle(request, response)) return
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>site</title>')
  })
  await listening(server)
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    endpointUrl: `${url}/live/ls_1/whip`,
    udpPort: endpoint.udpPort,
    publications,
    notComing,
    log,
    stop: async () => {
      await endpoint.close()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

const listening = (server: Server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
