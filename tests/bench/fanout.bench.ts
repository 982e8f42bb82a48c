/**
 * What sending costs beside what people do today, and what hanging destinations do to the others: a 6 Mbit/s feed to a real
 * nginx-rtmp on loopback. `node tests/bench/fanout.bench.ts [--seconds 15]`.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { startNginxRtmp } from '../support/nginx-rtmp.ts'
import { startTcpTap } from '../support/tcp-tap.ts'
import { cpuSeconds, ownMib } from './cpu-time.ts'
import { startFanoutReceiver } from './fanout-receiver.ts'
import { type FanoutWay, fanoutWays } from './fanout-ways.ts'
import { benchSeconds, machine, printTable } from './table.ts'

interface Cost {
  /** CPU-seconds of the sending processes per second of a feed of 6 Mbit/s. */
  readonly cpu: number
  readonly mib: number
  /** What arrived at each destination: a way that does not keep up shows here. */
  readonly mbitEach: number
}

const seconds = benchSeconds(15)
const counts = [1, 8, 32, 100]
/** The kernel takes some ten megabytes for one who does not read: what waits for it stands still after that. */
const hangMs = 30_000
const receiver = await startFanoutReceiver()
try {
  printCosts('RTMP', await compare(fanoutWays, receiver.url))
  const secureWays = fanoutWays.filter(({ canTls }) => canTls)
  printCosts('RTMPS', await compare(secureWays, receiver.secureUrl))
  await printIsolation()
} finally {
  await receiver.close()
}

/** Count by count, so that all ways meet the machine in the same mood. */
async function compare(ways: readonly FanoutWay[], url: string): Promise<Map<string, Cost[]>> {
  const costs = new Map<string, Cost[]>(ways.map(({ name }) => [name, []]))
  for (const count of counts)
    for (const way of ways) costs.get(way.name)?.push(await measure(way, addresses(url, count)))
  return costs
}

async function measure(way: FanoutWay, to: readonly string[]): Promise<Cost> {
  await receiver.publishers(0)
  const sending = await way.start(to, receiver.ca)
  try {
    await receiver.publishers(to.length)
    await caughtUp(to.length)
    const cpu = () => sending.pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0)
    const before = { cpu: cpu(), bytes: await receiver.receivedBytes(), atMs: performance.now() }
    await sleep(seconds * 1_000)
    const megabits = ((await receiver.receivedBytes()) - before.bytes) * (8 / 1e6)
    const cpuUsed = cpu() - before.cpu
    const elapsed = (performance.now() - before.atMs) / 1_000
    await sending.collect?.()
    const mib = sending.pids.reduce((sum, pid) => sum + ownMib(pid), 0)
    return { cpu: cpuUsed / (megabits / to.length / 6), mib, mbitEach: megabits / to.length / elapsed }
  } finally {
    await sending.close()
  }
}

/** Some send what they fell behind while they connected; waits until that is over, 30 s at most. */
async function caughtUp(count: number): Promise<void> {
  for (let turn = 0, mbitEach = Infinity; mbitEach > 6.5 && turn < 10; turn++) {
    const before = await receiver.receivedBytes()
    await sleep(3_000)
    mbitEach = (((await receiver.receivedBytes()) - before) * 8) / 3e6 / count
  }
}

function printCosts(protocol: string, costs: ReadonlyMap<string, readonly Cost[]>): void {
  const rows = [...costs]
  const cells = (cell: (cost: Cost) => string) => rows.map(([name, row]) => [name, ...row.map(cell)])
  const head = ['destinations', ...counts.map(String)]
  const title = (what: string) => `${protocol}, 6 Mbit/s each, ${seconds} s a figure, ${machine()}: ${what}`
  printTable(title('CPU-seconds per second'), [head, ...cells(({ cpu }) => cpu.toFixed(4))])
  printTable(title('memory of its own, MiB'), [head, ...cells(({ mib }) => mib.toFixed(0))])
  printTable(title('Mbit/s that arrive at each'), [head, ...cells(({ mbitEach }) => mbitEach.toFixed(2))])
  const each = rows.map(([name, row]) => ({ name, ...oneMore(row) }))
  const baseline = each.find(({ name }) => name === 'nginx-rtmp push')
  printTable(`${protocol}: one more destination, 1 → ${counts.at(-1)}`, [
    ['', '% of a core', 'beside nginx push', 'destinations per core', 'MiB of its own'],
    ...each.map(({ name, cpu, mib }) => [
      ...[name, (cpu * 100).toFixed(3), baseline ? `${(cpu / baseline.cpu).toFixed(2)} ×` : ''],
      ...[Math.round(1 / cpu), mib.toFixed(2)],
    ]),
  ])
}

function oneMore(row: readonly Cost[]): { cpu: number; mib: number } {
  const [few, many] = [row[0]!, row.at(-1)!]
  const more = (counts.at(-1) ?? 0) - (counts[0] ?? 0)
  return { cpu: (many.cpu - few.cpu) / more, mib: (many.mib - few.mib) / more }
}

/** Of 30 destinations three hang: they take connections and never read. Three healthy ones are watched on the wire. */
async function printIsolation(): Promise<void> {
  const rows: string[][] = []
  for (const way of fanoutWays) rows.push([way.name, ...(await isolation(way))])
  printTable('30 destinations, 3 of which hang: largest gap at a healthy one, ms', [
    ['', 'all run', '3 hang', 'all run again'],
    ...rows,
  ])
}

async function isolation(way: FanoutWay): Promise<string[]> {
  await receiver.publishers(0)
  const hanging = await startNginxRtmp({ record: false })
  const taps = await Promise.all([0, 1, 2].map(() => startTcpTap(receiver.server.port)))
  const watch = async (durationMs: number) => {
    for (const tap of taps) tap.watch()
    await sleep(durationMs)
    return Math.max(...taps.map((tap) => tap.largestGapMs)).toFixed(0)
  }
  const sending = await way.start(
    [
      ...addresses(hanging.url, 3),
      ...taps.map(({ port }, index) => `rtmp://127.0.0.1:${port}/live/watched${index}`),
      ...addresses(receiver.url, 24),
    ],
    receiver.ca,
  )
  try {
    await receiver.publishers(27)
    const calm = await watch(5_000)
    hanging.signal('SIGSTOP')
    const hung = await watch(hangMs)
    hanging.signal('SIGCONT')
    return [calm, hung, await watch(5_000)]
  } finally {
    await sending.close()
    await Promise.all(taps.map((tap) => tap.close()))
    await hanging.close()
  }
}

function addresses(url: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${url}/d${index}`)
}
