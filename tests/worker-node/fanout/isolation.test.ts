import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { liveFanout } from '#tests/support/fanout-feed.ts'
import { encodedMedia, type LoopingMedia } from '#tests/support/live-samples.ts'
import { type NginxRtmp, startNginxRtmp } from '#tests/support/nginx-rtmp.ts'
import { listen, startTcpTap, type TcpTap } from '#tests/support/tcp-tap.ts'
import type { Fanout } from '#worker/fanout/fanout.ts'

/** What a person may have to wait for the truth about a destination. */
const withinMs = 5_000
/** A picture comes each 40 ms; the rest is for a busy machine. A destination that held the others up would hold them for seconds. */
const smallGapMs = 300

let media: LoopingMedia
let platform: NginxRtmp
let tap: TcpTap
let fanout: Fanout

beforeAll(async () => {
  media = await encodedMedia({ heights: [180] })
})
beforeEach(async () => {
  platform = await startNginxRtmp({ record: false })
  tap = await startTcpTap(platform.port)
  fanout = liveFanout(media)
  fanout.add({
    id: 'healthy',
    url: `rtmp://127.0.0.1:${tap.port}/live`,
    streamKey: 'healthy',
    enabled: true,
    feedId: 'main',
  })
  await eventually('the healthy one is live', () => status('healthy')?.state === 'broadcasting')
  tap.watch()
})
afterEach(async () => {
  await tap.close()
  await platform.close()
})

const status = (id: string) => fanout.statuses().get(id)
const add = (id: string, url: string) => fanout.add({ id, url, streamKey: id, enabled: true, feedId: 'main' })
const isLive = (id: string) => eventually(`${id} is live`, () => status(id)?.state === 'broadcasting')

async function fails(id: string, code: string) {
  const seen = await eventually(
    `"${id}" says "${code}"`,
    () => {
      const now = status(id)
      return now?.last_error?.code === code && now
    },
    { timeoutMs: withinMs },
  )
  expect(['retrying', 'starting']).toContain(seen.state)
}
function healthyDidNotNotice(): void {
  expect(status('healthy')).toMatchObject({ state: 'broadcasting', sessions: 1, dropped_ms: 0, last_error: null })
  expect(tap.connections).toBe(1)
  expect(tap.largestGapMs).toBeLessThan(smallGapMs)
}
async function serve(onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    onConnection(socket)
  })
  const port = await listen(server)
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `rtmp://127.0.0.1:${port}/live`
}

describe('destinations in trouble change nothing for another', () => {
  it('when one never answers and one reads a byte a second', async () => {
    add('silent', await serve(() => {}))
    add(
      'slow',
      await serve((socket) => {
        socket.pause()
        const timer = setInterval(() => socket.read(1), 1_000)
        socket.on('close', () => clearInterval(timer))
      }),
    )
    await Promise.all([fails('silent', 'timeout'), fails('slow', 'timeout')])
    healthyDidNotNotice()
  })

  it('when, in mid-broadcast, one is frozen, one is killed and the line to one goes dead', async () => {
    const frozen = await startNginxRtmp({ record: false })
    onTestFinished(() => frozen.close())
    const killed = await startNginxRtmp({ record: false })
    onTestFinished(() => killed.close())
    const line = await startTcpTap(platform.port)
    onTestFinished(() => line.close())
    add('frozen', frozen.url)
    add('killed', killed.url)
    add('line', `rtmp://127.0.0.1:${line.port}/live`)
    for (const id of ['frozen', 'killed', 'line'])
      await eventually(`${id} has taken a second`, () => (status(id)?.bytes_sent ?? 0) > 60_000)

    frozen.signal('SIGSTOP')
    line.hold()
    await killed.kill()
    await Promise.all([fails('frozen', 'stalled'), fails('line', 'stalled'), fails('killed', 'unreachable')])
    frozen.signal('SIGCONT')
    await isLive('frozen')
    healthyDidNotNotice()
  })

  it('when all is ended: nobody is waited for longer than two seconds', async () => {
    const frozen = await startNginxRtmp({ record: false })
    onTestFinished(() => frozen.close())
    add('frozen', frozen.url)
    await isLive('frozen')
    frozen.signal('SIGSTOP')
    const startMs = performance.now()
    await fanout.stop()
    expect(performance.now() - startMs).toBeLessThan(6_000)
  })
})
