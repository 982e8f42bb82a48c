import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import type { Peer } from './caller.ts'
import { Callers, type SrtHandlers } from './callers.ts'
import { defaultSrtLimits, type SrtLimits } from './limits.ts'

export interface SrtServerOptions extends SrtHandlers {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly limits?: Partial<SrtLimits>
}

export interface SrtServer {
  readonly port: number
  /** Tells all callers, ends their listeners, and closes the port. */
  close(): Promise<void>
}

const watchEachMs = 500
/** What the kernel may hold for us while we are busy; it gives less where it must. */
const kernelBufferBytes = 4 * 1024 * 1024

/** Listens for SRT callers: many streams on one UDP port. Rejects when it can't listen. */
export async function startSrtServer(options: SrtServerOptions): Promise<SrtServer> {
  const socket = createSocket({ type: isIPv6(options.host) ? 'udp6' : 'udp4' })
  await listen(socket, options)
  let open = true
  const callers = new Callers({
    authorize: (...request) => options.authorize(...request),
    onNotComing: (...gone) => options.onNotComing(...gone),
    onSource: (...source) => options.onSource(...source),
    ffmpeg: options.ffmpeg,
    log: options.log,
    limits: { ...defaultSrtLimits, ...options.limits },
    nowMs: () => performance.now(),
    // A datagram that can't be sent is one that got lost: SRT repeats it.
    send: (datagram, { address, port }) => {
      if (open) socket.send(datagram, port, address, () => {})
    },
  })
  socket.on('message', (datagram: Buffer, peer: Peer) => callers.receive(datagram, peer))
  socket.on('error', (error) => options.log.info({ err: error }, 'the SRT port reported an error'))
  const watch = setInterval(() => callers.watch(), watchEachMs)
  const close = async () => {
    clearInterval(watch)
    await callers.endAll()
    open = false
    await new Promise<void>((resolve) => socket.close(() => resolve()))
  }
  let closing: Promise<void> | undefined
  return {
    port: socket.address().port,
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

async function listen(socket: Socket, { host, port }: SrtServerOptions): Promise<void> {
  socket.bind(port, host)
  await once(socket, 'listening') // Rejects with the socket's error.
  try {
    socket.setRecvBufferSize(kernelBufferBytes)
    socket.setSendBufferSize(kernelBufferBytes)
  } catch {
    // The system's own sizes do.
  }
}
