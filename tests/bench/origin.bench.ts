/**
 * What low-latency viewers cost the origin: each holds a blocking reload open for video and one for sound, and fetches
 * every part of both. `node tests/bench/origin.bench.ts [--seconds 60]`.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { Agent, get } from 'node:http'
import type { OriginReport } from './origin-server.ts'
import { benchSeconds, machine, printTable, quantile } from './table.ts'

interface Tally {
  reloads: number
  parts: number
  bytes: number
  failures: number
  /** Time to fetch a part, ms. */
  readonly partMs: number[]
}

const seconds = benchSeconds()
const rows: (string | number)[][] = []
for (const mode of ['tutorial', 'low_latency'])
  for (const viewers of [0, 50, 200]) rows.push(await measure(mode, viewers))
printTable(`Origin, ${seconds} s a row, ${machine()}`, [
  [
    'mode',
    'viewers',
    'requests/s',
    'reloads/CPU-s',
    'requests/CPU-s',
    '% of a core',
    'RSS MiB',
    'part p50/p99 ms',
    'Mbit/s',
    'failed',
  ],
  ...rows,
])

async function measure(mode: string, viewers: number): Promise<(string | number)[]> {
  const origin = fork(new URL('origin-server.ts', import.meta.url), [mode])
  const { url } = await report(origin)
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
  const tally: Tally = { reloads: 0, parts: 0, bytes: 0, failures: 0, partMs: [] }
  const stopping = new AbortController()
  const watching = Array.from({ length: viewers }, () =>
    ['720p', 'audio'].map((track) => watch(`${url}/${track}.m3u8`, agent, tally, stopping.signal)),
  ).flat()
  await pause(2_000)
  Object.assign(tally, { reloads: 0, parts: 0, bytes: 0, failures: 0 })
  tally.partMs.length = 0
  const before = await report(origin)
  const startMs = performance.now()
  await pause(seconds * 1000)
  const after = await report(origin)
  const elapsed = (performance.now() - startMs) / 1000
  const { reloads, parts, bytes, failures, partMs } = { ...tally }
  const cpu = after.cpuSeconds - before.cpuSeconds
  stopping.abort()
  agent.destroy()
  await Promise.all(watching)
  const exited = new Promise((resolve) => origin.once('exit', resolve))
  origin.disconnect()
  await exited
  const latency = viewers === 0 ? '' : `${quantile(partMs, 0.5).toFixed(1)}/${quantile(partMs, 0.99).toFixed(1)}`
  return [
    ...[
      mode,
      viewers,
      Math.round((reloads + parts) / elapsed),
      Math.round(reloads / cpu),
      Math.round((reloads + parts) / cpu),
    ],
    ...[
      ((cpu / elapsed) * 100).toFixed(1),
      Math.round(after.rssMib),
      latency,
      Math.round((bytes * 8) / 1e6 / elapsed),
      failures,
    ],
  ]
}

/** One track of one viewer: blocking reload, then the new parts, and again. */
async function watch(url: string, agent: Agent, tally: Tally, signal: AbortSignal): Promise<void> {
  let next = ''
  let known = ''
  while (!signal.aborted) {
    const playlist = await fetchText(url + next, agent)
    if (signal.aborted) return
    if (playlist === null) tally.failures += 1
    else tally.reloads += 1
    const hint = /PRELOAD-HINT:TYPE=PART,URI="(.*\/(\d+)\.(\d+)\.m4s)"/.exec(playlist?.toString() ?? '')
    const newest = /.*#EXT-X-PART:[^\n]*URI="([^"]+)"/s.exec(playlist?.toString() ?? '')?.[1]
    if (hint === null || newest === undefined) continue
    next = `?_HLS_msn=${hint[2]}&_HLS_part=${hint[3]}`
    if (newest === known) continue
    known = newest
    const startMs = performance.now()
    const part = await fetchText(new URL(newest, url).href, agent)
    if (signal.aborted) return
    tally.partMs.push(performance.now() - startMs)
    if (part === null) tally.failures += 1
    else tally.parts += 1
    tally.bytes += part?.length ?? 0
  }
}

/** The body of a 200, else null. */
function fetchText(url: string, agent: Agent): Promise<Buffer | null> {
  return new Promise((resolve) => {
    get(url, { agent }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', () => resolve(null))
      response.on('end', () => resolve(response.statusCode === 200 ? Buffer.concat(chunks) : null))
    }).on('error', () => resolve(null))
  })
}

function report(origin: ChildProcess): Promise<OriginReport> {
  const answer = new Promise<OriginReport>((resolve) =>
    origin.once('message', (message) => resolve(message as OriginReport)),
  )
  origin.send('report')
  return answer
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
