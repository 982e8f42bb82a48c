import { eventually } from '../support/eventually.ts'
import { TestFleet } from '../support/fleet.ts'
import { startWatchingPlatform } from '../support/watching-platform.ts'
import { printTable, quantile } from './table.ts'

// A worker with a live stream is emptied, again and again, and another one takes it: how long the platform gets nothing, from
// the last bytes of the one publisher to the first of the next. All are real processes on this machine.
const rounds = 10
const patience = { timeoutMs: 60_000, intervalMs: 10 }

const fleet = await TestFleet.start([{}, {}])
const platform = await startWatchingPlatform()
const answeredMs: number[] = []
try {
  const stream = await fleet.weir.createStream({
    ...{ name: 'Bench', source: { type: 'test' }, latency_mode: 'low_latency', encoder_preset: 'ultrafast' },
    ladder: { preset: 'custom', renditions: [{ height: 180 }] },
  })
  await fleet.weir.api('POST', `/v1/live-streams/${stream.id}/destinations`, { url: platform.url, stream_key: 'key' })
  const drain = (id: string, draining: boolean) => fleet.weir.api('PATCH', `/v1/workers/${id}`, { draining })
  for (let round = 0; round < rounds; round++) {
    await eventually('it is on air', () => platform.sessions().length === round + 1, patience)
    const holder = await eventually('somebody runs it', () => fleet.holderOf(stream.id), patience)
    const orderedMs = performance.now()
    await drain(holder.id, true)
    await eventually('another one publishes', () => platform.sessions().length === round + 2, patience)
    answeredMs.push(platform.sessions()[round]!.lastMs - orderedMs)
    await drain(holder.id, false)
    await eventually('control knows', async () => (await fleet.holderOf(stream.id)) !== holder, patience)
  }
} finally {
  await fleet.close()
}
const sessions = platform.sessions()
const gapsMs = sessions.slice(1).map((session, index) => session.fromMs - sessions[index]!.lastMs)
const line = (name: string, ms: readonly number[]) => [
  ...[name, quantile(ms, 0.5).toFixed(0), Math.max(...ms).toFixed(0)],
]
printTable(`A test picture that goes from one worker to another, ${rounds} times`, [
  ['', 'median ms', 'worst ms'],
  line('order → the first one stops publishing', answeredMs),
  line('nothing at the platform', gapsMs),
])
process.exit(0)
