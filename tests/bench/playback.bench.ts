/**
 * What viewers cost control, and the worker behind it: `GET /v1/playback/:id` as fast as it goes, then low-latency viewers who
 * each hold a blocking reload open for video and one for sound, and fetch every part of both.
 * `npm run bench -- playback --seconds 20 --viewers 1,100,1000`.
 */
import { Agent, get } from 'node:http'
import { startOrigin } from '#worker/package/origin.ts'
import { reportOf } from '../support/fake-worker.ts'
import { addStream, addWorker, claimed, publishTo } from '../support/jobs.ts'
import { packageOf } from '../support/live-origin.ts'
import { syntheticMedia } from '../support/live-samples.ts'
import { type BenchControl, controlDeployments } from './control-deployments.ts'
import { cpuSeconds } from './cpu-time.ts'
import { benchSeconds, machine, printTable, quantile } from './table.ts'

const seconds = benchSeconds(20)
const viewersAt = process.argv.indexOf('--viewers')
const crowds = (viewersAt < 0 ? '1,100,1000' : (process.argv[viewersAt + 1] ?? '')).split(',').map(Number)
/** `--on Node`: only those whose names hold this. */
const onAt = process.argv.indexOf('--on')
const wantedName = onAt < 0 ? '' : (process.argv[onAt + 1] ?? '')
const asking = 50

/** About 2.5 Mbit/s, in two sizes of samples. */
const thin = syntheticMedia({ fps: 25, gopSeconds: 1, heights: [720] })
const sized = (bytes: number) => Buffer.alloc(bytes, 0x41)
const media = {
  video: thin.video.map(({ track, samples }) => ({
    track,
    samples: samples.map((sample) => ({ ...sample, payload: sized(sample.keyframe ? 60_000 : 10_000) })),
  })),
  audio: { ...thin.audio, samples: thin.audio.samples.map((sample) => ({ ...sample, payload: sized(341) })) },
}

const statusRows: (string | number)[][] = [['control', 'requests/s', 'p50/p99 ms', 'CPU-s per 1,000 requests']]
const viewerRows: (string | number)[][] = [
  [
    'control',
    'viewers',
    'requests/s',
    'of them to the worker/s',
    'reload + part p50/p99 ms',
    'CPU % of control',
    'failed',
  ],
]
for (const start of controlDeployments) {
  const control = await start()
  try {
    if (control.name.includes(wantedName)) await measure(control)
  } finally {
    await control.stop()
  }
}
printTable(`GET /v1/playback/:id, ${asking} at once, ${seconds} s, ${machine()}`, statusRows)
printTable(`Low-latency viewers through control, ${seconds} s a row, ${machine()}`, viewerRows)
process.exit(0)

async function measure(bench: BenchControl): Promise<void> {
  const call = (method: string, path: string, body?: unknown) =>
    fetch(`${bench.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${bench.token}`, 'content-type': 'application/json' },
      ...(method !== 'GET' && { body: JSON.stringify(body ?? {}) }),
    })
  const control = { url: bench.url, call }
  const stream = await addStream(control)
  const id = stream.playback_ids[0]?.id ?? ''
  const { package: live, feed } = packageOf(media, 'low_latency')
  let asked = 0
  const origin = await startOrigin({
    ...{ host: '127.0.0.1', port: 0, resolve: () => ({ package: live }), log: () => {} },
    handle: () => {
      asked++
      return false
    },
  })
  const worker = await addWorker(control, { originUrl: `http://127.0.0.1:${origin.port}` })
  await worker.beat([reportOf(await claimed(await publishTo(worker, stream)))])
  feed.advance(20)
  const stopping = new AbortController()
  const running = feed.run(stopping.signal)
  const cpuNow = () => (bench.pid === undefined ? Number.NaN : cpuSeconds(bench.pid))

  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
  const tookMs: number[] = []
  const cpuBefore = cpuNow()
  const endMs = performance.now() + seconds * 1000
  await Promise.all(
    Array.from({ length: asking }, async () => {
      while (performance.now() < endMs) {
        const startMs = performance.now()
        await fetchBody(`${bench.url}/v1/playback/${id}`, agent)
        tookMs.push(performance.now() - startMs)
      }
    }),
  )
  const perThousand = ((cpuNow() - cpuBefore) / tookMs.length) * 1000
  statusRows.push([bench.name, Math.round(tookMs.length / seconds), percentiles(tookMs), perThousand.toFixed(3)])
  process.stderr.write(`${statusRows.at(-1)?.join('  ')}\n`)

  for (const viewers of crowds) {
    const tally = { requests: 0, failures: 0, tookMs: [] as number[] }
    const leaving = new AbortController()
    const watching = Array.from({ length: viewers }, () =>
      ['720p', 'audio'].map((track) => watch(`${bench.url}/live/${id}/${track}.m3u8`, agent, tally, leaving.signal)),
    ).flat()
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    Object.assign(tally, { requests: 0, failures: 0, tookMs: [] })
    const [askedBefore, cpuBefore, startMs] = [asked, cpuNow(), performance.now()]
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
    const elapsed = (performance.now() - startMs) / 1000
    const [toWorker, cpu] = [(asked - askedBefore) / elapsed, ((cpuNow() - cpuBefore) / elapsed) * 100]
    viewerRows.push([
      ...[bench.name, viewers, Math.round(tally.requests / elapsed), toWorker.toFixed(1)],
      ...[percentiles(tally.tookMs), cpu.toFixed(0), tally.failures],
    ])
    process.stderr.write(`${viewerRows.at(-1)?.join('  ')}\n`)
    leaving.abort()
    await Promise.all(watching)
  }
  agent.destroy()
  stopping.abort()
  await running
  await origin.close()
}

/** One track of one viewer: blocking reload, then the newest part, and again. */
async function watch(
  url: string,
  agent: Agent,
  tally: { requests: number; failures: number; tookMs: number[] },
  signal: AbortSignal,
): Promise<void> {
  let next = ''
  while (!signal.aborted) {
    const startMs = performance.now()
    const playlist = (await fetchBody(url + next, agent))?.toString()
    const hint = /PRELOAD-HINT:TYPE=PART,URI="(.*\/(\d+)\.(\d+)\.m4s)"/.exec(playlist ?? '')
    const newest = /.*#EXT-X-PART:[^\n]*URI="([^"]+)"/s.exec(playlist ?? '')?.[1]
    const part = newest === undefined ? null : await fetchBody(new URL(newest, url).href, agent)
    tally.requests += 2
    if (playlist === undefined || part === null) tally.failures++
    tally.tookMs.push(performance.now() - startMs)
    next = hint ? `?_HLS_msn=${hint[2]}&_HLS_part=${hint[3]}` : ''
  }
}

/** The body of a 200, else null. */
function fetchBody(url: string, agent: Agent): Promise<Buffer | null> {
  return new Promise((resolve) => {
    get(url, { agent }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', () => resolve(null))
      response.on('end', () => resolve(response.statusCode === 200 ? Buffer.concat(chunks) : null))
    }).on('error', () => resolve(null))
  })
}

function percentiles(ms: readonly number[]): string {
  return `${quantile(ms, 0.5).toFixed(1)}/${quantile(ms, 0.99).toFixed(1)}`
}
