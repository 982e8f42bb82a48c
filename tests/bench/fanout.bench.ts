/**
 * What one more destination costs, and what stopped ones do to the others: a 6 Mbit/s feed to real nginx-rtmp receivers
 * on loopback. `node tests/bench/fanout.bench.ts [--seconds 60]`.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { eventually } from '../support/eventually.ts'
import { type NginxRtmp, startNginxRtmp } from '../support/nginx-rtmp.ts'
import { startTcpTap } from '../support/tcp-tap.ts'
import { startTlsFront } from '../support/tls-front.ts'
import type { SenderReport, SenderTask } from './fanout-sender.ts'
import { benchSeconds, machine, printTable } from './table.ts'

interface Row {
  /** CPU-seconds of the sender per second of stream. */
  readonly cpu: number
  readonly rssMb: number
  readonly cells: readonly (string | number)[]
}

const seconds = benchSeconds()
const receiver = await startNginxRtmp({ record: false })
const front = await startTlsFront(receiver.port)
try {
  const secureUrl = `rtmps://localhost:${front.port}/live`
  const none = await measure(0, receiver.url)
  const one = await measure(1, receiver.url)
  const eight = await measure(8, receiver.url)
  const many = await measure(32, receiver.url)
  const most = await measure(100, receiver.url)
  const oneSecure = await measure(1, secureUrl, front.ca)
  const manySecure = await measure(32, secureUrl, front.ca)
  printTable(`Fan-out of 6 Mbit/s, ${seconds} s a row, ${machine()}`, [
    ['destinations', 'CPU-s per s', 'RSS MB', 'Mbit/s each', 'dropped ms'],
    ...[none, one, eight, many, most, oneSecure, manySecure].map(({ cells }) => cells),
  ])
  printTable('One more destination', [
    ['', '% of a core', 'MB of memory'],
    ['RTMP, 1 → 32', ...perDestination(one, many, 31)],
    ['RTMP, 32 → 100', ...perDestination(many, most, 68)],
    ['RTMPS, 1 → 32', ...perDestination(oneSecure, manySecure, 31)],
  ])
  printTable('32 destinations, 3 of which freeze: largest gap at a healthy one, ms', await measureIsolation(receiver))
} finally {
  await front.close()
  await receiver.close()
}

async function measure(count: number, url: string, ca?: string): Promise<Row> {
  const sender = await startSender({ urls: Array.from({ length: count }, () => url), ca })
  const before = await report(sender)
  const startMs = performance.now()
  await pause(seconds * 1000)
  const after = await report(sender)
  const elapsed = (performance.now() - startMs) / 1000
  await endSender(sender)
  const cpu = (after.cpuSeconds - before.cpuSeconds) / elapsed
  const rssMb = after.rssBytes / 1e6
  const mbitEach = ((after.bytesSent - before.bytesSent) * 8) / 1e6 / elapsed / Math.max(1, count)
  const name = `${count} ${url.slice(0, url.indexOf(':'))}`
  return { cpu, rssMb, cells: [name, cpu.toFixed(4), rssMb.toFixed(1), mbitEach.toFixed(2), after.droppedMs] }
}

/** 29 healthy destinations, three of them watched on the wire, while three others are frozen. */
async function measureIsolation(healthy: NginxRtmp) {
  const frozen = await startNginxRtmp({ record: false })
  const taps = await Promise.all([0, 1, 2].map(() => startTcpTap(healthy.port)))
  const watch = async (durationMs: number) => {
    for (const tap of taps) tap.watch()
    await pause(durationMs)
    return Math.max(...taps.map((tap) => tap.largestGapMs)).toFixed(1)
  }
  try {
    const watched = taps.map(({ port }) => `rtmp://127.0.0.1:${port}/live`)
    const urls = [...watched, ...Array.from({ length: 26 }, () => healthy.url), frozen.url, frozen.url, frozen.url]
    const sender = await startSender({ urls })
    const calm = await watch(5_000)
    frozen.signal('SIGSTOP')
    const stopped = await watch(Math.max(15_000, seconds * 1000))
    frozen.signal('SIGCONT')
    const back = await watch(5_000)
    await endSender(sender)
    return [
      ['all run', '3 are frozen', 'all run again'],
      [calm, stopped, back],
    ]
  } finally {
    await Promise.all(taps.map((tap) => tap.close()))
    await frozen.close()
  }
}

function perDestination(few: Row, many: Row, more: number): string[] {
  return [(((many.cpu - few.cpu) / more) * 100).toFixed(3), ((many.rssMb - few.rssMb) / more).toFixed(3)]
}

/** Started and broadcasting to all. */
async function startSender(task: SenderTask): Promise<ChildProcess> {
  const sender = fork(new URL('fanout-sender.ts', import.meta.url), { execArgv: ['--expose-gc'] })
  sender.send(task)
  await eventually('all destinations are live', async () => (await report(sender)).broadcasting === task.urls.length, {
    timeoutMs: 30_000,
    intervalMs: 500,
  })
  return sender
}

function report(sender: ChildProcess): Promise<SenderReport> {
  const answer = new Promise<SenderReport>((resolve, reject) => {
    sender.once('message', (message) => resolve(message as SenderReport))
    sender.once('exit', () => reject(new Error('The sender ended')))
  })
  sender.send('report')
  return answer
}

async function endSender(sender: ChildProcess): Promise<void> {
  const exited = new Promise((resolve) => sender.once('exit', resolve))
  sender.disconnect()
  await exited
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
