import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

/** Lets a burst of packets wait in the kernel, bytes. */
const kernelBuffer = 1024 * 1024

/** A UDP port on loopback behind which a peer outside is. */
export interface DatagramRelay {
  readonly port: number
  close(): void
}

/**
 * A UDP port on loopback whose packets go to exactly this address and port, and back. The first program that sends to it
 * is the only one that is served. `onPacket` sees what comes from outside; `onRefused` is told when the system there says that nothing listens.
 */
export async function relayDatagrams(
  address: string,
  port: number,
  onPacket: (packet: Buffer) => void,
  onRefused?: () => void,
): Promise<DatagramRelay> {
  const outside = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4' })
  const inside = createSocket('udp4')
  let isClosed = false
  const close = () => {
    isClosed = true
    for (const socket of [inside, outside]) closeOnce(socket)
  }
  // A packet that can't be delivered is a lost packet; SRT itself notices a peer that is gone.
  for (const socket of [inside, outside]) socket.on('error', () => {})
  outside.on('error', (error: NodeJS.ErrnoException) => error.code === 'ECONNREFUSED' && onRefused?.())
  outside.connect(port, address)
  inside.bind(0, '127.0.0.1')
  try {
    await Promise.all([once(outside, 'connect'), once(inside, 'listening')])
    for (const socket of [inside, outside]) socket.setRecvBufferSize(kernelBuffer)
  } catch (error) {
    close()
    throw error
  }
  const sent = (error: NodeJS.ErrnoException | null) => error?.code === 'ECONNREFUSED' && onRefused?.()
  let programPort: number | undefined
  inside.on('message', (packet, from) => {
    programPort ??= from.port
    if (from.port === programPort) outside.send(packet, sent)
  })
  outside.on('message', (packet) => {
    onPacket(packet)
    if (programPort !== undefined && !isClosed) inside.send(packet, programPort, '127.0.0.1', () => {})
  })
  return { port: inside.address().port, close }
}

function closeOnce(socket: Socket): void {
  try {
    socket.close()
  } catch {
    // It was closed before.
  }
}
