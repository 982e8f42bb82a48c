import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import type { SeededRandom } from './random.ts'

export interface LossyNetworkOptions {
  readonly targetPort: number
  readonly random: SeededRandom
  /** Share of the datagrams that vanish, each way: 0.02 is two in a hundred. */
  readonly loss: number
  /** Each datagram is late by 0 to so many ms, each way, so that some overtake others. */
  readonly jitterMs: number
}

/** A UDP relay on loopback between one caller and a port, that loses, delays and reorders. */
export interface LossyNetwork {
  readonly port: number
  /** Datagrams that it let through and that it lost, both ways. */
  readonly counts: { passed: number; lost: number }
  /** When the caller's first datagram came, performance.now; 0: none yet. */
  firstAtMs(): number
  close(): void
}

export async function startLossyNetwork(options: LossyNetworkOptions): Promise<LossyNetwork> {
  const { targetPort, random, loss, jitterMs } = options
  const near = createSocket('udp4')
  const far = createSocket('udp4')
  const late = new Set<NodeJS.Timeout>()
  const counts = { passed: 0, lost: 0 }
  let caller: RemoteInfo | undefined
  const maybe = (send: () => void) => {
    if (random.fraction() < loss) {
      counts.lost++
      return
    }
    counts.passed++
    const timer = setTimeout(() => {
      late.delete(timer)
      send()
    }, random.fraction() * jitterMs)
    late.add(timer)
  }
  let firstAtMs = 0
  near.on('message', (datagram, from) => {
    caller = from
    firstAtMs ||= performance.now()
    maybe(() => far.send(datagram, targetPort, '127.0.0.1'))
  })
  far.on('message', (datagram) => {
    maybe(() => caller && near.send(datagram, caller.port, caller.address))
  })
  near.bind(0, '127.0.0.1')
  await once(near, 'listening')
  return {
    port: near.address().port,
    counts,
    firstAtMs: () => firstAtMs,
    close: () => {
      for (const timer of late) clearTimeout(timer)
      near.close()
      far.close()
    },
  }
}
