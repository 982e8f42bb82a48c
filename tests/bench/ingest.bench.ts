import { setTimeout as sleep } from 'node:timers/promises'
import { flvFixture } from '#tests/support/media.ts'
import { ffmpegPublisher } from '#tests/support/rtmp-encoders.ts'
import { keyframe, RtmpPeer } from '#tests/support/rtmp-peer.ts'
import { testRtmpServer } from '#tests/support/rtmp-server.ts'
import { command } from '#worker/rtmp/messages.ts'
import { benchSeconds } from './table.ts'

// The RTMP server alone: `npm run bench -- ingest --seconds 30`. How soon bytes reach the reader of a publication (the encoder
// is in this process), and what five real publishers of 3 Mbit/s cost it while it does nothing else.
const seconds = benchSeconds()
let received = 0
let arrived = Promise.withResolvers<number>()
const server = await testRtmpServer({
  onPublication: (publication) =>
    void publication.openFlv().on('data', (chunk: Buffer) => {
      received += chunk.length
      arrived.resolve(performance.now())
    }),
})

console.table({
  'publish → first FLV byte': milliseconds(await publishTimes(200)),
  'frame → reader': milliseconds(await frameTimes(1_000)),
})
console.table({ 'five publishers of 3 Mbit/s': await cost(5, 3_000) })
await server.close()

async function publishTimes(rounds: number): Promise<number[]> {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const peer = await RtmpPeer.open(server.port)
    peer.connect()
    times.push(await timed(() => peer.send(command(1, 'publish', 5, null, `key${round}`, 'live'))))
    peer.socket.destroy()
  }
  return times
}

async function frameTimes(rounds: number): Promise<number[]> {
  const peer = await RtmpPeer.publish(server.port, 'frames')
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    await sleep(2) // Else the server reads the next frame in the same turn of its loop, which no network does.
    times.push(await timed(() => peer.video(round * 40, keyframe)))
  }
  peer.socket.destroy()
  return times
}

async function timed(send: () => void): Promise<number> {
  arrived = Promise.withResolvers()
  const start = performance.now()
  send()
  return (await arrived.promise) - start
}

async function cost(publishers: number, videoBitrateKbps: number): Promise<Record<string, string>> {
  const file = await flvFixture({ seconds: 10, width: 640, height: 360, videoBitrateKbps })
  const encoders = Array.from({ length: publishers }, (_, index) =>
    ffmpegPublisher(file, server.url(`cost${index}`), { loop: true }),
  )
  await sleep(2_000)
  const before = { cpu: process.cpuUsage(), bytes: received, atMs: performance.now() }
  await sleep(seconds * 1_000)
  const { user, system } = process.cpuUsage(before.cpu)
  const wallMs = performance.now() - before.atMs
  for (const encoder of encoders) encoder.kill()
  return {
    'Mbit/s in all': ((received - before.bytes) / 125 / wallMs).toFixed(2),
    '% of a core': ((user + system) / 10 / wallMs).toFixed(2),
    'RSS MB': (process.memoryUsage.rss() / 1e6).toFixed(0),
  }
}

function milliseconds(times: number[]): Record<string, string> {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (fraction: number) => (sorted[Math.floor(fraction * (sorted.length - 1))] ?? Number.NaN).toFixed(2)
  return { p50: at(0.5), p95: at(0.95), max: at(1) }
}
