import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'

/** A TCP relay on loopback that can be made to lose the network between two programs. */
export interface Relay {
  readonly port: number
  /** From now on new connections go to this port. */
  aim(targetPort: number): void
  /** Bytes vanish in both directions, and no end of a connection is passed on: a half-open network. */
  blackhole(): void
  /** New connections work again; those from before stay dead. */
  heal(): void
  close(): Promise<void>
}

export async function startRelay(targetPort: number): Promise<Relay> {
  const sockets = new Set<Socket>()
  let target = targetPort
  let generation = 0
  let isBlack = false
  const server = createServer((near) => {
    const own = generation
    const far = connect(target, '127.0.0.1')
    const passes = () => own === generation && !isBlack
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (chunk) => {
        if (passes()) to.write(chunk)
      })
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        if (passes()) to.end()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    aim: (port) => {
      target = port
    },
    blackhole: () => {
      isBlack = true
    },
    heal: () => {
      isBlack = false
      generation += 1
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
