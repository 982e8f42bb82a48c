import { setTimeout as sleep } from 'node:timers/promises'
import { startLossyNetwork } from '#tests/support/lossy-network.ts'
import { descendants } from '#tests/support/processes.ts'
import { SeededRandom } from '#tests/support/random.ts'
import { ffmpegCaller, srtUrl, testSrtServer } from '#tests/support/srt.ts'
import { avFixture } from '#tests/support/transport-stream.ts'
import { cpuSeconds, residentMib } from './cpu-time.ts'
import { benchSeconds, printTable, quantile } from './table.ts'

// The SRT server alone: `npm run bench -- srt --seconds 20`. How soon a caller's first bytes reach the reader (of which 200 ms
// are SRT's latency), and what one encrypted stream costs: the demultiplexer and intake in this process, and its listener.
const seconds = benchSeconds(20)

const starts = await startTimes(10)
printTable('From the first datagram, ms', [
  ['', 'p50', 'max'],
  ['to the source', quantile(starts.source, 0.5).toFixed(0), Math.max(...starts.source).toFixed(0)],
  ['to the first byte out', quantile(starts.byte, 0.5).toFixed(0), Math.max(...starts.byte).toFixed(0)],
])
printTable('One stream, % of a core', [
  ['Mbit/s', 'this process', 'listener', 'both', 'listener MiB'],
  ...[await cost(3_000), await cost(6_000)],
])

async function startTimes(rounds: number): Promise<{ source: number[]; byte: number[] }> {
  const file = await avFixture({ seconds: 8 })
  const times = { source: [] as number[], byte: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    const byte = Promise.withResolvers<number>()
    let sourceAtMs = 0
    const server = await testSrtServer({
      onSource: (_key, _input, source) => {
        sourceAtMs = performance.now()
        source.open()?.on('data', () => byte.resolve(performance.now()))
      },
    })
    const network = await startLossyNetwork({
      targetPort: server.port,
      random: new SeededRandom(1),
      loss: 0,
      jitterMs: 0,
    })
    const caller = ffmpegCaller(file, srtUrl(network.port, 'publish:good'))
    const byteAtMs = await byte.promise
    times.source.push(sourceAtMs - network.firstAtMs())
    times.byte.push(byteAtMs - network.firstAtMs())
    caller.kill()
    network.close()
    await server.close()
  }
  return times
}

async function cost(kbps: number): Promise<string[]> {
  const file = await avFixture({ seconds: 10, kbps, noise: true })
  let described = () => 0
  const server = await testSrtServer({
    onSource: (_key, _input, source) => {
      source.open()?.resume()
      described = () => source.describe().bitrate_kbps ?? 0
    },
  })
  const idle = await cpuShare(() => process.cpuUsage(), 3)
  const caller = ffmpegCaller(file, server.url('publish:cost', { pbkeylen: 32 }), { loop: true })
  while (descendants(process.pid, 'mode=listener').length === 0) await sleep(100)
  const [listener = 0] = descendants(process.pid, 'mode=listener')
  await sleep(2_000)
  const listenerBefore = cpuSeconds(listener)
  const own = (await cpuShare(() => process.cpuUsage(), seconds)) - idle
  const child = ((cpuSeconds(listener) - listenerBefore) / seconds) * 100
  const memory = residentMib(listener)
  const mbps = (described() / 1_000).toFixed(1)
  caller.kill()
  await server.close()
  return [mbps, own.toFixed(1), child.toFixed(1), (own + child).toFixed(1), memory.toFixed(0)]
}

/** Percent of a core over some seconds. */
async function cpuShare(usage: () => NodeJS.CpuUsage, overSeconds: number): Promise<number> {
  const before = usage()
  await sleep(overSeconds * 1_000)
  const after = usage()
  return (after.user + after.system - before.user - before.system) / 10_000 / overSeconds
}
