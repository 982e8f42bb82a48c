import { setTimeout as sleep } from 'node:timers/promises'
import { startWhip, streamKey } from '#tests/support/whip.ts'
import { startWhipPublisher } from '#tests/support/whip-file-publisher.ts'
import { benchSeconds, printTable, quantile } from './table.ts'

// The WHIP endpoint alone: `npm run bench -- whip --seconds 20`. What publishers of 2.5 Mbit/s and Opus cost this process
// while somebody reads each stream, and how soon after its POST a publisher's first Matroska byte is there.
const seconds = benchSeconds(20)
const videoBitrateKbps = 2_500

printTable('WHIP: CPU of this process', [
  ['publishers', 'Mbit/s in all', 'core', 'core per stream'],
  ...(await costs([1, 4])),
])
const times = await firstBytes(8)
printTable('WHIP: POST → first byte of media', [
  ['', 'p50', 'p95'],
  ['ms', Math.round(quantile(times, 0.5)), Math.round(quantile(times, 0.95))],
])

async function costs(counts: readonly number[]): Promise<string[][]> {
  const rows: string[][] = []
  for (const count of counts) rows.push(await cost(count))
  return rows
}

async function cost(count: number): Promise<string[]> {
  const whip = await startWhip({ authorize: async () => ({ accept: true, slot: 'main' }) })
  const fixture = { width: 1280, height: 720, videoBitrateKbps, seconds: 10 }
  const publishers = await Promise.all(
    Array.from({ length: count }, (_, index) => startWhipPublisher(whip.endpointUrl, `key-${index}`, fixture)),
  )
  while (whip.publications.length < count) await sleep(20)
  const sources = whip.publications.map(({ source }) => source)
  for (const source of sources) {
    await source.ready
    source.open()?.resume()
  }
  await sleep(2_000)
  const before = { cpu: process.cpuUsage(), bytes: total(), atMs: performance.now() }
  await sleep(seconds * 1_000)
  const { user, system } = process.cpuUsage(before.cpu)
  const elapsedMs = performance.now() - before.atMs
  const core = (user + system) / 1_000 / elapsedMs
  const mbits = ((total() - before.bytes) * 8) / elapsedMs / 1_000
  await Promise.all(publishers.map((publisher) => publisher.end('SIGKILL')))
  await whip.stop()
  return [String(count), mbits.toFixed(1), `${(core * 100).toFixed(1)} %`, `${((core / count) * 100).toFixed(1)} %`]

  function total(): number {
    return sources.reduce((sum, { bytesReceived }) => sum + bytesReceived, 0)
  }
}

async function firstBytes(rounds: number): Promise<number[]> {
  let postedMs = 0
  const whip = await startWhip({
    authorize: async () => {
      postedMs = performance.now()
      return { accept: true, slot: 'main' }
    },
  })
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const publisher = await startWhipPublisher(whip.endpointUrl, streamKey, { width: 640, height: 360 })
    while (whip.publications.length <= round) await sleep(1)
    const feed = whip.publications[round]?.source.open()
    await new Promise((resolve) => feed?.once('data', resolve))
    times.push(performance.now() - postedMs)
    await publisher.end('SIGKILL')
  }
  await whip.stop()
  return times
}
