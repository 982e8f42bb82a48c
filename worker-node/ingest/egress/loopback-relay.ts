import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** A port on loopback behind which one connection to the outside waits. */
export interface LoopbackRelay {
  readonly port: number
  close(): void
}

/**
 * Joins the first program that connects to a loopback port with `outside`; nobody else can connect then. `fromOutside`
 * stands between the two in the direction of the program. Both are closed when either is.
 */
export async function relayOnce(outside: Socket, fromOutside: Duplex): Promise<LoopbackRelay> {
  const server = createServer({ noDelay: true })
  const close = () => {
    server.close()
    outside.destroy()
    fromOutside.destroy()
  }
  server.once('connection', (inside: Socket) => {
    server.close()
    const end = () => {
      close()
      inside.destroy()
    }
    for (const stream of [inside, outside, fromOutside]) stream.on('error', end).on('close', end)
    inside.pipe(outside)
    outside.pipe(fromOutside).pipe(inside)
  })
  outside.once('error', close).once('close', () => server.close())
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, close }
}
