import { eventually } from '#tests/support/eventually.ts'
import { freePort, type NginxRtmp, startNginxRtmp } from '#tests/support/nginx-rtmp.ts'
import { startTlsFront } from '#tests/support/tls-front.ts'

/** A real nginx-rtmp that counts what it gets, with TLS before it: stands for all platforms of the fan-out bench. */
export interface FanoutReceiver {
  readonly server: NginxRtmp
  /** `rtmp://…/live` and `rtmps://…/live`, without keys. */
  readonly url: string
  readonly secureUrl: string
  /** The authority of its certificate, PEM. */
  readonly ca: string
  /** Bytes that came so far from all publishers. */
  receivedBytes(): Promise<number>
  /** Resolves once so many publish. */
  publishers(count: number): Promise<void>
  close(): Promise<void>
}

const publishingClient = /<publishing\/>(<active\/>)?<\/client>/g

export async function startFanoutReceiver(): Promise<FanoutReceiver> {
  const statisticsPort = await freePort()
  const server = await startNginxRtmp({ record: false, statisticsPort })
  const front = await startTlsFront(server.port)
  const statistics = async () => (await fetch(`http://127.0.0.1:${statisticsPort}/`)).text()
  return {
    server,
    url: server.url,
    secureUrl: `rtmps://localhost:${front.port}/live`,
    ca: front.ca,
    receivedBytes: async () => Number(/<bytes_in>(\d+)/.exec(await statistics())?.[1]),
    publishers: async (count) => {
      const publishing = async () => (await statistics()).match(publishingClient)?.length ?? 0
      const wait = { timeoutMs: 90_000, intervalMs: 250 }
      await eventually(`${count} publish`, async () => (await publishing()) === count, wait)
    },
    close: async () => {
      await front.close()
      await server.close()
    },
  }
}
