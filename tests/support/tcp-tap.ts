import { connect, createServer, type Socket } from 'node:net'

/** A wire between a sender and a server on loopback that can be watched and held. */
export interface TcpTap {
  readonly port: number
  /** Connections taken so far. */
  readonly connections: number
  /** Bytes that the sender has got through so far. */
  readonly bytes: number
  /** The longest time without a byte from the sender, from the last `watch` on until now, milliseconds. */
  readonly largestGapMs: number
  /** Begins to look for gaps. */
  watch(): void
  /** Takes no more bytes from anybody; connections stay open. */
  hold(): void
  /** From now on takes no more than so much from all senders together, as a slow line would. */
  throttle(bytesPerSecond: number): void
  /** Closes all connections, as a lost line would. */
  cut(): void
  close(): Promise<void>
}

export async function startTcpTap(toPort: number): Promise<TcpTap> {
  const sockets = new Set<Socket>()
  let connections = 0
  let bytes = 0
  let lastMs = 0
  let gapMs = 0
  const senders = new Map<Socket, Socket>()
  let throttling: NodeJS.Timeout | undefined
  const seen = (length: number) => {
    const nowMs = performance.now()
    gapMs = Math.max(gapMs, nowMs - lastMs)
    lastMs = nowMs
    bytes += length
  }
  const server = createServer((sender) => {
    connections++
    const receiver = connect(toPort, '127.0.0.1')
    for (const [from, to] of [
      [sender, receiver],
      [receiver, sender],
    ] as const) {
      sockets.add(from)
      from.setNoDelay(true)
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
    sender.on('data', (chunk: Buffer) => seen(chunk.length))
    senders.set(sender, receiver)
    sender.on('close', () => senders.delete(sender))
    if (throttling) sender.pause()
    else sender.pipe(receiver)
    receiver.pipe(sender)
  })
  const port = await listen(server)
  return {
    port,
    get connections() {
      return connections
    },
    get bytes() {
      return bytes
    },
    get largestGapMs() {
      return Math.max(gapMs, performance.now() - lastMs)
    },
    watch: () => {
      gapMs = 0
      lastMs = performance.now()
    },
    hold: () => {
      for (const socket of sockets) socket.unpipe().pause()
    },
    throttle: (bytesPerSecond) => {
      for (const [sender, receiver] of senders) sender.unpipe(receiver).pause()
      clearInterval(throttling)
      let credit = 0
      let creditedMs = performance.now()
      throttling = setInterval(() => {
        const nowMs = performance.now()
        credit = Math.min(bytesPerSecond / 4, credit + ((nowMs - creditedMs) * bytesPerSecond) / 1_000)
        creditedMs = nowMs
        for (const [sender, receiver] of senders) {
          const size = Math.min(sender.readableLength, Math.floor(credit))
          // To read nothing makes the socket go on reading, where it had stopped for want of a reader.
          const chunk: Buffer | null = sender.read(size)
          if (!chunk) continue
          credit -= chunk.length
          receiver.write(chunk)
        }
      }, 20)
    },
    cut: () => {
      for (const socket of sockets) socket.destroy()
    },
    close: async () => {
      clearInterval(throttling)
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Listens on a free port of loopback and gives it. */
export async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port')
  return address.port
}
