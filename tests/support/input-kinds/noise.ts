import { createServer } from 'node:net'
import { listen } from '../tcp-tap.ts'

export interface NoiseServer {
  readonly port: number
  close(): Promise<void>
}

/** The same each time: no protocol and no container begins like this. */
export const noise = (length: number): Buffer =>
  Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 31 + 7) & 0xbf))

/** A TCP server that answers everybody with noise. */
export async function startNoiseServer(): Promise<NoiseServer> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.write(noise(5_000)))
    socket.once('end', () => socket.destroy())
  })
  const port = await listen(server)
  return {
    port,
    close: async () => {
      server.close()
    },
  }
}
