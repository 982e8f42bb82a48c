import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'

/** A TCP relay on loopback that can be made to lose the network between two programs. */
export interface Relay {
  readonly host: string
  readonly port: number
  /** From now on new connections go to this port. */
  aim(targetPort: number): void
  /** Until the target has sent this text to somebody. */
  told(text: string): Promise<void>
  /** New connections are refused, as where nothing listens, until it is to accept them again. */
  refuse(): void
  accept(): Promise<void>
  /** Bytes vanish in both directions, and no end of a connection is passed on: a half-open network. */
  blackhole(): void
  /** New connections work again; those from before stay dead. */
  heal(): void
  close(): Promise<void>
}

/**
 * `targetPort`: on 127.0.0.1; `same`: the one that it gets itself. `host`: where it listens, an address on loopback (127.0.0.0/8);
 * to programs each is another machine.
 */
export async function startRelay(targetPort: number | 'same', host = '127.0.0.1'): Promise<Relay> {
  const sockets = new Set<Socket>()
  let target = targetPort === 'same' ? 0 : targetPort
  let generation = 0
  let isBlack = false
  const waiting = new Set<{ readonly text: string; readonly resolve: () => void }>()
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
        if (!passes()) return
        to.write(chunk)
        for (const each of waiting) if (from === far && chunk.includes(each.text)) each.resolve()
      })
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        if (passes()) to.end()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const { port } = server.address() as AddressInfo
  if (targetPort === 'same') target = port
  return {
    ...{ host, port },
    aim: (port) => {
      target = port
    },
    told: async (text) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      const waiter = { text, resolve }
      waiting.add(waiter)
      await promise
      waiting.delete(waiter)
    },
    refuse: () => void server.close(),
    accept: () => new Promise((resolve) => (server.listening ? resolve() : server.listen(port, host, resolve))),
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
