import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

/** A UDP relay on loopback that can be made to lose the network between two programs: the cousin of {@link Relay}. */
export interface DatagramRelay {
  readonly port: number
  /** From now on what comes goes to this port. */
  aim(targetPort: number): void
  /** Datagrams vanish in both directions. */
  blackhole(): void
  heal(): void
  close(): void
}

/** Each caller has a socket of its own towards the target, as behind a router. */
export async function startDatagramRelay(targetPort: number): Promise<DatagramRelay> {
  const near = createSocket('udp4')
  const callers = new Map<number, Socket>()
  let target = targetPort
  let isBlack = false
  const farOf = (callerPort: number) => {
    const known = callers.get(callerPort)
    if (known) return known
    const far = createSocket('udp4')
    far.on('message', (datagram) => {
      if (!isBlack) near.send(datagram, callerPort, '127.0.0.1')
    })
    callers.set(callerPort, far)
    return far
  }
  near.on('message', (datagram, { port }) => {
    if (!isBlack) farOf(port).send(datagram, target, '127.0.0.1')
  })
  near.bind(0, '127.0.0.1')
  await once(near, 'listening')
  return {
    port: near.address().port,
    aim: (port) => {
      target = port
    },
    blackhole: () => {
      isBlack = true
    },
    heal: () => {
      isBlack = false
    },
    close: () => {
      near.close()
      for (const far of callers.values()) far.close()
    },
  }
}
