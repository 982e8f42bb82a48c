import { setTimeout as sleep } from 'node:timers/promises'
import { type ChannelWatch, watchChannel, watchingStreamlinks } from '#tests/support/channel-watch.ts'
import { eventually } from '#tests/support/eventually.ts'
import { FakeTwitch } from '#tests/support/fake-twitch.ts'
import { channelTiming } from '#worker/ingest/channel/channel-timing.ts'
import { cpuSeconds, residentMib } from './cpu-time.ts'
import { benchSeconds, printTable, quantile } from './table.ts'

// Channels by the real streamlink, against the fake Twitch: `npm run bench -- channel --seconds 20`. How soon media comes
// once the channel is live, with the times of production, and what streamlink costs while it waits and while it fetches.
const seconds = benchSeconds(20)
const timing = { quickPollSeconds: channelTiming.quickPollSeconds, quietMs: 500 }

const fake = await FakeTwitch.start()
const starts = await startTimes(8)
printTable('To the first byte out, ms', [
  ['', 'p50', 'max'],
  ['from going live', quantile(starts.live, 0.5).toFixed(0), Math.max(...starts.live).toFixed(0)],
  [
    'from the question that found it live',
    quantile(starts.asked, 0.5).toFixed(0),
    Math.max(...starts.asked).toFixed(0),
  ],
])
printTable('One streamlink', [
  ['Mbit/s', '% of a core', 'MiB'],
  await waiting(),
  ...[await fetching(0.5), await fetching(3), await fetching(6)],
])
await fake.close()

async function startTimes(rounds: number): Promise<{ live: number[]; asked: number[] }> {
  const times = { live: [] as number[], asked: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    fake.reset()
    const watch = await watchChannel(fake, { timing })
    await eventually('it waits', () => watch.state()?.detail.includes('offline'))
    await sleep(1_000 + Math.random() * 5_000)
    const liveAtMs = performance.now()
    const before = fake.requests.length
    fake.goLive()
    const soon = { intervalMs: 2 }
    await eventually('it is asked', () => fake.requests.slice(before).some((path) => path.endsWith('.m3u8')), soon)
    const askedAtMs = performance.now()
    await media(watch)
    times.live.push(performance.now() - liveAtMs)
    times.asked.push(performance.now() - askedAtMs)
    await watch.remove()
  }
  return times
}

async function waiting(): Promise<string[]> {
  fake.reset()
  const watch = await watchChannel(fake, { timing: { ...timing, quickPollSeconds: channelTiming.pollSeconds } })
  await eventually('it waits', () => watch.state()?.detail.includes('offline'))
  const figures = await cost(watchingStreamlinks()[0]!, 2 * seconds)
  await watch.remove()
  return ['waiting', ...figures]
}

async function fetching(mbps: number): Promise<string[]> {
  fake.reset()
  const plain = [...fake.media.source]
  replace(plain.map((segment) => padded(segment, mbps)))
  fake.goLive()
  const watch = await watchChannel(fake, { timing: { describeEachMs: channelTiming.describeEachMs } })
  await media(watch)
  await sleep(3_000)
  const figures = await cost(watchingStreamlinks()[0]!, seconds)
  await watch.remove()
  replace(plain)
  return [String(mbps), ...figures]
}

function media(watch: ChannelWatch): Promise<true> {
  return eventually('media comes', () => (watch.source()?.bytes().length ?? 0) > 0, { intervalMs: 2 })
}

async function cost(pid: number, overSeconds: number): Promise<string[]> {
  const before = cpuSeconds(pid)
  await sleep(overSeconds * 1_000)
  return [(((cpuSeconds(pid) - before) / overSeconds) * 100).toFixed(2), residentMib(pid).toFixed(0)]
}

/** A segment of one second, filled up with null packets (PID 0x1FFF). */
function padded(segment: Buffer, mbps: number): Buffer {
  const filler = Buffer.alloc(188, 0xff)
  filler.set([0x47, 0x1f, 0xff, 0x10])
  const packets = Math.max(0, Math.round((mbps * 125_000 - segment.length) / 188))
  return Buffer.concat([segment, ...Array<Buffer>(packets).fill(filler)])
}

function replace(segments: readonly Buffer[]): void {
  ;(fake.media.source as Buffer[]).splice(0, Number.POSITIVE_INFINITY, ...segments)
}
